"""Which entry is this? Keys by which an entry is recognised, whatever its publisher does to its guid or link.

Keys are 64-bit digests, compared within one feed. Their normal forms are frozen on purpose and apart from the
folding of `text.py`: if they changed, every entry ever seen would come back as edited.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from urllib.parse import urldefrag

from wirewatch.core.model import Entry, Identity, ParsedFeed, SeenKey
from wirewatch.core.urls import canonical_link, unwrap_link

# A link or guid that more than this share of a document carries names the page or the channel, not the entry.
SHARED_PERCENT = 10

_SCHEME = re.compile(r"^https?://(?:www\.)?", re.IGNORECASE)


def identify_document(parsed: ParsedFeed) -> tuple[Identity, ...]:
    """The identity of each entry of a document, in its order.

    A link identifies unless it is the channel's own, more than SHARED_PERCENT of the entries (and at least two)
    carry it, or it stands there with several fragments (parts of one page, as in live blogs). A guid identifies
    unless it is shared in the same way.
    """
    links = [_link_of(entry) for entry in parsed.entries]
    own = link_of_text(parsed.link)
    shared_links = _shared(link for link, _ in links)
    parts = Counter(link for link, _ in set(links))
    shared_guids = _shared(entry.guid for entry in parsed.entries)
    return tuple(
        Identity(
            guid=_guid_key(entry.guid) if entry.guid and entry.guid not in shared_guids else None,
            link=digest("link", link)
            if link and link != own and link not in shared_links and parts[link] == 1
            else None,
            title=digest("title", normal(entry.title)) if entry.title else None,
            version=digest("version", normal(entry.title), normal(entry.summary), normal(entry.content)),
        )
        for entry, (link, _) in zip(parsed.entries, links, strict=True)
    )


def normal(text: str) -> str:
    """Text as keys see it: NFKC, case-folded, white space squeezed."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.split())


def digest(kind: str, *parts: str) -> SeenKey:
    """A signed 64-bit digest (BLAKE2b) of a kind and its parts; lone surrogates are allowed."""
    data = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
    return SeenKey(int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True))


def _guid_key(guid: str) -> SeenKey:
    # A site that moves to https or drops its www. keeps its guids' substance; fragments and parameters stay.
    return digest("guid", _SCHEME.sub("", guid.strip()))


def _link_of(entry: Entry) -> tuple[str | None, str]:
    return link_of_text(entry.link), urldefrag(entry.link).fragment if entry.link and "#" in entry.link else ""


def link_of_text(link: str | None) -> str | None:
    return canonical_link(unwrap_link(link)) if link else None


def _shared(values: Iterator[str | None]) -> frozenset[str]:
    listed = list(values)
    most = max(1, len(listed) * SHARED_PERCENT // 100)
    return frozenset(value for value, count in Counter(listed).items() if value is not None and count > most)
