"""New, edited, the same, or old? Each verdict carries its reason, which is logged, stored and shown.

"New" is decided by identity, never by a date alone. What looks old is held only en masse: news must not be lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from wirewatch.core.model import Entry, FeedState, Identity, Seen, SeenEntry

# Some pages print the time of day into every entry; without a limit each poll would store another version.
MAX_EDITS = 24
# A feed looks rebuilt only if at least this many of its unknown entries look old.
HOLD_AT_LEAST = 6
# Guids are numbers given out anew when this many of a document, and most of those known, stand on other articles.
RENUMBERED_AT_LEAST = 3
# Without the same date, two texts are one entry only if they are long enough not to be a standing phrase.
TELLING_TEXT = 80
SAME_TEXT_WITHIN = timedelta(days=1)


class Verdict(Enum):
    """Why an entry is news or not; the value is the sentence that people read."""

    NEW = "first time seen"
    RECYCLED = "old ids on other articles: taken as new"
    BASELINE = "stood there before we watched this feed"
    HELD = "looks old: the feed seems to be rebuilt"
    CUT = "the document stops here: waits for the next poll"
    EDITED = "text changed"
    RESTLESS = "changes at every poll: kept and matched, no longer told as changed"
    RENAMED = "known under another id"
    SAME = "unchanged, or a version that we had before"


NEWS = frozenset({Verdict.NEW, Verdict.RECYCLED})
UNKNOWN = NEWS | {Verdict.BASELINE, Verdict.HELD}


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry of a document with its verdict; `seen` is what was known of it, None for unknown ones."""

    entry: Entry
    identity: Identity
    verdict: Verdict
    seen: SeenEntry | None = None


def judge_entry(entry: Entry, identity: Identity, seen: Seen) -> Judged:
    """Judge one entry against what its feed has shown before (baseline, holds and cuts are not decided here)."""
    known = recognise(entry, identity, seen)
    if known is None:
        return Judged(entry, identity, Verdict.NEW)
    # Known under any entry of the feed: two entries may share one wording, and a wording was matched when it came.
    if identity.version in seen:
        renamed = any(key is not None and key not in seen for key in (identity.guid, identity.link))
        return Judged(entry, identity, Verdict.RENAMED if renamed else Verdict.SAME, known)
    return Judged(entry, identity, Verdict.EDITED if known.edits < MAX_EDITS else Verdict.RESTLESS, known)


def recognise(entry: Entry, identity: Identity, seen: Seen) -> SeenEntry | None:
    """The known entry that this one is: by guid, then link, then text; None if there is none."""
    for key in (identity.guid, identity.link):
        if key is not None and key in seen:
            return seen[key]
    by_text = seen.get(identity.version)
    if by_text is not None and is_same_text(entry, identity, by_text):
        return by_text
    by_title = seen.get(identity.title) if identity.title is not None else None
    return by_title if by_title is not None and is_same_title(entry, identity, by_title) else None


def are_renumbered(identities: Sequence[Identity], seen: Seen) -> bool:
    """Are the guids of a document given out anew, as by feeds that number their entries 1 to 20 at each poll?

    One article that changes headline, address and date under its guid is an edit; most of a document is not.
    """
    known = [one for one in identities if one.guid is not None and one.link is not None and one.guid in seen]
    elsewhere = [one for one in known if _is_on_another_article(one, seen)]
    return len(elsewhere) >= RENUMBERED_AT_LEAST and len(elsewhere) * 2 > len(known)


def _is_on_another_article(identity: Identity, seen: Seen) -> bool:
    by_guid = seen[identity.guid]  # type: ignore[index]  # the caller has asked
    by_link = seen.get(identity.link) if identity.link is not None else None
    return identity.title != by_guid.title_key and (by_link is None or by_link.id != by_guid.id)


def is_same_text(entry: Entry, identity: Identity, known: SeenEntry) -> bool:
    """Does the same wording under unknown ids make it the same entry? Not for "Weather", told anew each day.

    A long text is the same entry within SAME_TEXT_WITHIN: houses date an article anew when they move it.
    """
    is_long = len(entry.summary + entry.content) >= TELLING_TEXT
    if entry.published is None or known.published is None:
        has_no_id = identity.guid is None and identity.link is None
        return entry.published is None and (has_no_id or (known.published is None and is_long))
    apart = abs(entry.published - known.published)
    return not apart or (is_long and apart <= SAME_TEXT_WITHIN)


def is_same_title(entry: Entry, identity: Identity, known: SeenEntry) -> bool:
    """Is an entry with neither guid nor link the known one of this title? If their dates agree: its text was edited."""
    has_no_id = identity.guid is None and identity.link is None
    return has_no_id and entry.published is not None and entry.published == known.published


def looks_old(judged: Judged, state: FeedState, seen: Seen) -> bool:
    """Known by title or text under another id, or dated before the newest entry of the previous poll."""
    identity, published = judged.identity, judged.entry.published
    if identity.version in seen or (identity.title is not None and identity.title in seen):
        return True
    return published is not None and state.newest is not None and published < state.newest


def hold_rebuilt(judged: Sequence[Judged], state: FeedState, seen: Seen) -> tuple[Judged, ...]:
    """Hold what looks old where it is most of the document; unlike entries stay news, however many they are.

    Less than that is news: houses publish late, and broadcasters put the same clip up again for each newscast.
    """
    old = {id(one) for one in judged if one.verdict in NEWS and looks_old(one, state, seen)}
    if len(old) < HOLD_AT_LEAST or len(old) * 2 <= len(judged):
        return tuple(judged)
    return tuple(_as(one, Verdict.HELD) if id(one) in old else one for one in judged)


def take_baseline(judged: Sequence[Judged], state: FeedState) -> tuple[Judged, ...]:
    """The first document with entries is older news. If it had no end, what the next one adds below it is, too."""
    first = state.cut_key is None
    return tuple(
        _as(one, Verdict.BASELINE) if one.verdict in NEWS and (first or _not_newer(one.entry, state.newest)) else one
        for one in judged
    )


def newest_of(judged: Sequence[Judged], now: datetime) -> datetime | None:
    """The newest publication date of a document, by the date each entry had when first seen, none in the future.

    Dates as first seen, because some feeds date a standing entry anew at every poll.
    """
    dates = [one.seen.published if one.seen is not None else one.entry.published for one in judged]
    return max((date for date in dates if date is not None and date <= now), default=None)


def _not_newer(entry: Entry, newest: datetime | None) -> bool:
    return entry.published is None or newest is None or entry.published <= newest


def _as(judged: Judged, verdict: Verdict) -> Judged:
    return Judged(judged.entry, judged.identity, verdict, judged.seen)
