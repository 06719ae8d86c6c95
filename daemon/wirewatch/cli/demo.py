"""`wirewatch demo`: see the whole watch at work within half a minute, without an account or a network."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from wirewatch.cli.exits import Exit
from wirewatch.demo.play import Demo

KeepOption = Annotated[
    Path | None, typer.Option("--keep", help="Keep watchlist, database, mailbox and log in this new folder.")
]
FastOption = Annotated[bool, typer.Option("--fast", help="Only the start, the seed article, and the kill.")]


def demo(keep: KeepOption = None, fast: FastOption = False) -> None:
    """Play a day of made news on loopback and judge it; ends with 1 if an alert is missing, doubled or wrong."""
    start = time.monotonic()
    with ExitStack() as stack:
        if keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-demo-")))
        else:
            folder = _new_folder(keep)
        faults = Demo(folder, _tell, _say).run(fast=fast)
    seconds = time.monotonic() - start
    for fault in faults:
        print(f"NOT RIGHT: {fault}")
    if faults:
        raise typer.Exit(Exit.FAULT)
    _tell(f"All as expected: nothing missing, nothing doubled, nothing wrong. {seconds:.0f} s.")


def _new_folder(keep: Path) -> Path:
    if keep.exists():
        raise typer.BadParameter(f"{keep} exists already; name a new folder")
    keep.mkdir(parents=True)
    return keep.resolve()


def _tell(text: str) -> None:
    print(f"\n== {text}", flush=True)


def _say(text: str) -> None:
    print(f"   {text}" if text else "", flush=True)
