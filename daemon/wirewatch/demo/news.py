"""The demo's news, read from the seeds that come with the program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wirewatch.shipped import shipped

ARTICLE_LINK = "https://news.example/white-house-open-to-north-koreas-leader"


@dataclass(frozen=True, slots=True)
class Story:
    """One made report. topics: that a desk is told of, the heading one first; empty: nobody is told."""

    feed: str
    title: str
    text: str
    link: str
    topics: tuple[str, ...] = ()
    silenced: bool = False


@dataclass(frozen=True, slots=True)
class MadeFeed:
    """A feed of the demo. format: "rss", "atom" or "json"."""

    key: str
    name: str
    format: str
    lang: str
    kind: str


@dataclass(frozen=True, slots=True)
class News:
    """Everything that is published, by phase; `older` stands there before the watch begins."""

    feeds: tuple[MadeFeed, ...]
    older: tuple[Story, ...]
    phases: Mapping[str, tuple[Story, ...]]


def load_news() -> News:
    """From seeds/demo.json and the seed article."""
    data = json.loads(shipped("seeds", "demo.json").read_text(encoding="utf-8"))
    title, _, text = shipped("seeds", "article.txt").read_text(encoding="utf-8").partition("\n")
    feeds = tuple(MadeFeed(key, **keys) for key, keys in data["feeds"].items())
    phases = {
        name: tuple(_story(one, f"{name}-{number}", title, text) for number, one in enumerate(stories))
        for name, stories in (*data["phases"].items(), ("older", data["older"]))
    }
    return News(feeds, phases.pop("older"), phases)


def _story(one: Mapping[str, Any], number: str, title: str, text: str) -> Story:
    is_article = bool(one.get("article"))
    return Story(
        feed=one["feed"],
        title=title if is_article else one["title"],
        text=text if is_article else one.get("text", ""),
        link=ARTICLE_LINK if is_article or one.get("link") == "article" else f"https://news.example/{number}",
        topics=tuple(one.get("topics", ())),
        silenced=bool(one.get("silenced")),
    )
