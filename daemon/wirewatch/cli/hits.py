"""`wirewatch hits`: what fitted the topics, and what became of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from wirewatch.cli.complete import feed_names, topic_names
from wirewatch.cli.place import (
    DatabaseOption,
    JsonOption,
    LimitOption,
    WatchlistOption,
    clock,
    console,
    control,
    print_json,
)
from wirewatch.core.model import HIT_WORDS, HitState
from wirewatch.core.watchlist import TopicKey
from wirewatch.greeting import marked
from wirewatch.store.listing import ListedHit

TopicOption = Annotated[
    str | None,
    typer.Option("--topic", "-t", help="Only this topic (its key in the watchlist).", autocompletion=topic_names),
]
FeedOption = Annotated[
    str | None,
    typer.Option("--feed", "-f", help="Only this feed (its name in the watchlist).", autocompletion=feed_names),
]
StateOption = Annotated[HitState | None, typer.Option("--state", "-s", help="Only hits in this state.")]
HoursOption = Annotated[float | None, typer.Option("--hours", min=0, help="Only hits of the last so many hours.")]
BeforeOption = Annotated[
    int | None, typer.Option("--before", help="Only hits with a number below this: the next page.")
]


def hits(
    topic: TopicOption = None,
    feed: FeedOption = None,
    state: StateOption = None,
    hours: HoursOption = None,
    before: BeforeOption = None,
    limit: LimitOption = 20,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show hits, newest first: topic, headline, the sentence with its [matched words], and what became of it."""
    since = datetime.now(UTC) - timedelta(hours=hours) if hours is not None else None
    with control(watchlist, database) as watch:
        found = watch.hits(
            topic=TopicKey(topic) if topic else None,
            feed=feed,
            state=state,
            since=since,
            before=before,
            limit=limit,
        )
    if json:
        print_json(found)
    elif not found:
        print(
            "No hits. If you expected some: wirewatch feeds (are they heard?), wirewatch check (are the topics right?)"
        )
    else:
        console().print("\n\n".join(in_words(hit) for hit in found), markup=False, soft_wrap=True)


def in_words(hit: ListedHit) -> str:
    """One hit as a person reads it."""
    sentence = " ".join(marked(hit.sentence, hit.marks).split())
    became = HIT_WORDS[hit.state] + (" · called noise" if hit.noise else "")
    lines = [
        f"{clock(hit.at)}  {hit.topic}: {hit.title}",
        f"    hit:{hit.id} · {hit.outlet} · published {clock(hit.published)} · {hit.prominence.value} · {became}",
        f'    "{sentence}"',
    ]
    return "\n".join(lines + ([f"    {hit.link}"] if hit.link else []))
