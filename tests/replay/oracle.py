"""A second opinion on a replay, from raw ids, links and titles alone: what is old, what is new, who was told what.

It shares no code with the judge: an id is the guid, else the link, else the title, compared as text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from wirewatch.core.model import Alert, Entry, ParsedFeed


def raw_id(entry: Entry) -> str:
    return entry.guid or entry.link or entry.title


def bare(link: str | None) -> str:
    """A link without scheme, query and fragment."""
    parts = urlsplit(link or "")
    return f"{parts.netloc}{parts.path}".rstrip("/")


@dataclass(slots=True)
class Oracle:
    """Watches the documents of one feed go by. Maps hold the number of the document that first showed it, from 1."""

    ids: dict[str, int] = field(default_factory=dict)
    titles: dict[str, int] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)
    documents: int = 0
    empty: int = 0
    owed: set[str] = field(default_factory=set)  # titles of entries that are new by id, link and title alike
    told: Counter[str] = field(default_factory=Counter)
    told_links: Counter[str] = field(default_factory=Counter)
    told_old: list[str] = field(default_factory=list)
    shared_links: set[str] = field(default_factory=set)
    dates: dict[str, datetime] = field(default_factory=dict)  # by title, as first seen
    again: int = 0  # old headlines that a house published anew, under a new id, link and later date

    def sees(self, parsed: ParsedFeed) -> None:
        """Take in one document. The first with entries is the baseline: nobody is owed anything of it."""
        if not parsed.entries:
            self.empty += 1
            return
        self.documents += 1
        carried = Counter(bare(entry.link) for entry in parsed.entries)
        self.shared_links |= {link for link, count in carried.items() if count > 1 or link == bare(parsed.link)}
        whole = parsed.entries if parsed.complete else parsed.entries[:-1]
        if self.documents > 1:
            self.owed.update(entry.title for entry in whole if self._is_new(entry))
        for entry in parsed.entries:
            self.ids.setdefault(raw_id(entry), self.documents)
            self.titles.setdefault(entry.title, self.documents)
            self.links.setdefault(bare(entry.link), self.documents)
            if entry.published is not None:
                self.dates.setdefault(entry.title, entry.published)

    def hears(self, alert: Alert) -> None:
        """Take in what was told after the document just seen."""
        self.told[alert.headline] += 1
        self.told_links[bare(alert.link)] += 1
        link = bare(alert.link)
        old_link = self.links[link] < self.documents and link not in self.shared_links
        old_title = self.titles[alert.headline] < self.documents
        first = self.dates.get(alert.headline)
        if old_title and not old_link and first is not None and alert.published is not None and first < alert.published:
            self.again += 1
        elif old_title or self.documents == 1:
            self.told_old.append(alert.headline)

    def missed(self) -> tuple[str, ...]:
        return tuple(sorted(self.owed - set(self.told)))

    def told_twice(self) -> tuple[str, ...]:
        """Links of their own entry that were told more than once."""
        return tuple(
            sorted(link for link, times in self.told_links.items() if times > 1 and link not in self.shared_links)
        )

    def _is_new(self, entry: Entry) -> bool:
        return (
            raw_id(entry) not in self.ids
            and entry.title not in self.titles
            and bare(entry.link) not in self.links
            and bare(entry.link) not in self.shared_links
        )
