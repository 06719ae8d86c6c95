"""`wirewatch ledger`: the proof by arithmetic that nothing is lost."""

from __future__ import annotations

import typer

from wirewatch.cli.exits import Exit
from wirewatch.cli.place import DatabaseOption, JsonOption, WatchlistOption, control, print_json
from wirewatch.core.model import HIT_WORDS
from wirewatch.store.ledger import Ledger


def ledger_command(
    json: JsonOption = False, watchlist: WatchlistOption = None, database: DatabaseOption = None
) -> None:
    """Count every entry, hit, alert and message by its state, and compare. Ends with 1 if it does not balance."""
    with control(watchlist, database) as watch:
        book = watch.ledger()
    if json:
        print_json(book)
    else:
        print("\n".join(in_words(book)))
    if book.faults:
        raise typer.Exit(Exit.FAULT)


def in_words(book: Ledger) -> list[str]:
    """The book as columns of sums."""
    lines = [f"entries seen ever    {book.seen:>8}", f"entries kept         {sum(book.entries.values()):>8}"]
    lines += [f"    {count:>8}  {verdict}" for verdict, count in book.entries.items()]
    lines.append(f"hits                 {sum(book.hits.values()):>8}")
    lines += [f"    {count:>8}  {HIT_WORDS[state]}" for state, count in book.hits.items()]
    lines.append(f"alerts               {book.alerts:>8}")
    lines.append(f"deliveries           {sum(book.outbox.values()):>8}")
    lines += [f"    {count:>8}  {state.value}" for state, count in book.outbox.items()]
    if book.waiting_again:
        lines.append(f"              of these waiting, {book.waiting_again} were tried and are tried again")
    lines.append(f"messages             {sum(book.messages.values()):>8}")
    lines += [f"    {count:>8}  {state.value}" for state, count in book.messages.items()]
    if book.faults:
        return [*lines, "It does NOT balance. Please keep the database and report this:", *book.faults]
    return [*lines, "It balances: every hit has its state, every alert its deliveries, every delivery its message."]
