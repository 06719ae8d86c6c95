"""A document to entries: RSS 0.9x, 1.0, 2.0, Atom 0.3, 1.0 and CDF by feedparser (whose only home this is), JSON Feed
by `jsonfeed`. Knows nothing of processes and limits of cost: `pool` guards it.

feedparser does not raise on purpose, and still does; it never says that a document is no feed. Both are mended here.
"""

from __future__ import annotations

import io
import re
from html.entities import html5
from itertools import chain
from typing import Any, Final
from xml.sax import SAXParseException

import feedparser
import feedparser.api

from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.core.plaintext import clean_line, clean_text, decode_references, plain_text
from wirewatch.errors import ParseError
from wirewatch.fetch.charset import decode_body
from wirewatch.fetch.dates import read_date
from wirewatch.fetch.fields import MAX_NAME, absolute_link, make_entry, make_lang
from wirewatch.fetch.jsonfeed import read_json_feed
from wirewatch.fetch.pages import instead_of_a_feed, is_bridge_error, is_html_page

# Guids stay as printed: feedparser would resolve "12345" against the feed's address, and the feed's move to another
# host would rename every entry. Public switch there is none.
for _parser in (feedparser.api.StrictFeedParser, feedparser.api.LooseFeedParser):
    _parser.can_be_relative_uri = _parser.can_be_relative_uri - {"id"}

_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_DOCTYPE: Final = re.compile(r"<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\][^>]*+)?>", re.IGNORECASE)
# Characters that XML 1.0 forbids (section 2.2): expat gives up on the first, a reader does not.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE: Final = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:#([0-9]+|[xX][0-9a-fA-F]+)|([A-Za-z][A-Za-z0-9]+));")
_ROOT: Final = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?(?:rss|feed|rdf|channel))(?=[\s>/])", re.IGNORECASE)
_ENTRY: Final = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)(?=[\s>])", re.IGNORECASE)
# A bare ampersand makes the document ill-formed, and the loose parser reads "&lang=ko" as an entity. CDATA and comments
# are matched whole, so that theirs are left alone.
_BARE: Final = re.compile(r"<!(?:\[CDATA\[.*?(?:\]\]>|\Z)|--.*?(?:-->|\Z))|&(?!#?\w+;)", re.DOTALL)
_STRAY: Final = re.compile(r"&(?!#?\w+;)")
# What feedparser raises on elements that come alone or empty, and those elements: none holds news.
_ITS_FAULTS: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
_UNKEPT: Final = re.compile(
    r"</?(?:[A-Za-z_][\w.-]*:)?(?:textinput|image|width|height|license|where|point|line|polygon|box|pos|poslist|category"
    r"|keywords|enclosure|thumbnail|player|credit|rating|restriction|chapters?|cloud|source)(?=[\s/>])[^>]*+>",
    re.IGNORECASE,
)
_BASE: Final = re.compile(r"xml:base\s*=", re.IGNORECASE)
_MARKUP: Final = re.compile(r"</[A-Za-z]|<(?:br|p|img)\b", re.IGNORECASE)
_FEED_TYPE: Final = re.compile(r"xml|json|rss|atom|octet-stream", re.IGNORECASE)


def parse_document(body: bytes, *, content_type: str | None, url: str, max_entries: int) -> ParsedFeed:
    """Read one feed document.

    content_type: the header as it came, None without one; url: where the document was found, for relative links.
    A well-formed feed without entries gives none; what is no feed, empty, or unreadable raises ParseError, in words.
    At most max_entries are given. Faults that were survived are warnings; `complete` is False without an end.
    """
    if not body.strip():
        raise ParseError("the answer was empty; nothing to do if it comes back, else open its address in a browser")
    decoded = decode_body(body, content_type)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        feed = read_json_feed(text, url)
    elif is_html_page(text):
        raise ParseError(instead_of_a_feed(text))
    else:
        feed = _read_xml(text, url)
    return _finished(feed, decoded.warnings + _type_warning(content_type), max_entries)


def _finished(feed: ParsedFeed, warnings: tuple[str, ...], max_entries: int) -> ParsedFeed:
    """The feed with all its warnings, without too many entries and without those that only tell of an error."""
    entries = tuple(entry for entry in feed.entries if not is_bridge_error(entry.title))
    if feed.entries and not entries:
        said = feed.entries[0].title[:100]
        raise ParseError(f"the program that makes this feed failed ('{said}'); look there, not here")
    if not feed.complete:
        warnings += ("the document stops before its end: its last entry may be cut",)
    if len(entries) > max_entries:
        warnings += (f"{len(entries)} entries: only the first {max_entries} are read",)
    return ParsedFeed(
        format=feed.format,
        entries=entries[:max_entries],
        title=feed.title,
        link=feed.link,
        lang=feed.lang,
        complete=feed.complete,
        warnings=feed.warnings + warnings,
    )


def _type_warning(content_type: str | None) -> tuple[str, ...]:
    mime = clean_line((content_type or "").split(";")[0])[:100]
    return (f"the server calls it '{mime}', which is no feed's type",) if mime and not _FEED_TYPE.search(mime) else ()


def _read_xml(text: str, url: str) -> ParsedFeed:
    text = _legal(text)
    root = _ROOT.search(text)
    try:
        found = _ask_feedparser(text, url)
    except (MemoryError, RecursionError) as error:
        raise ParseError("needs more memory to read than a feed may take; tell its publisher") from error
    except Exception as error:  # its own code fails on some documents, with whatever Python raises then
        raise ParseError("this document cannot be read; tell its publisher") from error
    faults = _faults(found)
    if not found.entries and not root:
        raise ParseError(instead_of_a_feed(text))
    if not found.entries and faults and _ENTRY.search(text):
        raise ParseError(f"its entries cannot be read: {faults[0]}; tell its publisher")
    channel, is_atom = found.feed, found.version.startswith("atom")
    # The loose parser leaves "?a=1&ampb=2" of a channel's "?a=1&amp;b=2", though not of an entry's.
    link = _string(channel, "link").replace("&amp", "&") if faults else _string(channel, "link")
    language = make_lang(_string(channel, "language"))
    return ParsedFeed(
        format=found.version or "unknown",
        entries=tuple(_entry(entry, is_atom, url) for entry in found.entries),
        title=clean_line(_plain(_string(channel, "title"), _detail(channel, "title"), is_atom))[:MAX_NAME],
        link=absolute_link(link, url),
        lang=language,
        complete=root is not None and _has_end(text, root),
        warnings=faults,
    )


def _ask_feedparser(text: str, url: str) -> Any:
    try:
        return _feedparser(text, url)
    except _ITS_FAULTS:  # an `image` without its start, a `georss:where` that is empty, …: read without such elements
        return _feedparser(_UNKEPT.sub("", text), url)


def _feedparser(text: str, url: str) -> Any:
    # Bytes behind BytesIO: bare bytes would be tried as a file's name first, a str might be fetched.
    # A line of its own: feedparser sees a DOCTYPE only at a line's start.
    declared = '<?xml version="1.0" encoding="utf-8"?>\n' + _DECLARATION.sub("", text, count=1)
    headers = {"content-type": "application/xml; charset=utf-8"}
    if _BASE.search(text):
        # Only for documents with xml:base: feedparser joins addresses at every tag then, a quarter of all its work.
        # Otherwise links come as printed, and `absolute_link` resolves them.
        headers["content-location"] = url
    return feedparser.parse(
        io.BytesIO(declared.encode("utf-8", "replace")),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _legal(text: str) -> str:
    """The text without characters and references that XML forbids, and with HTML's entities as characters.

    Legal only where the document declares no entities of its own.
    """
    text = _FORBIDDEN.sub("", text)
    if "\\" in text[:10_000] and "<!ENTITY" in text[:10_000]:
        text = _DOCTYPE.sub("", text, count=1)  # feedparser takes the backslash for one of a pattern's, and raises
    if "<rss:" in text and "xmlns:rss" not in text:
        text = text.replace("<rss:", "<").replace("</rss:", "</")  # a prefix that is declared nowhere (dylanharris.org)
    if "&" not in text:
        return text
    if _STRAY.search(text):
        text = _BARE.sub(lambda match: "&amp;" if match[0] == "&" else match[0], text)
    named = "<!ENTITY" not in text[:10_000]
    return _REFERENCE.sub(lambda match: _legal_reference(match, named), text)


def _legal_reference(match: re.Match[str], named: bool) -> str:
    number, name = match[1], match[2]
    if name:
        return html5.get(name + ";", match[0]) if named and name not in ("LT", "GT", "AMP", "QUOT") else match[0]
    digits = number[1:] if number[0] in "xX" else number
    if len(digits) > 7:
        return ""
    code = int(digits, 16 if number[0] in "xX" else 10)
    legal = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return match[0] if legal else ""


def _has_end(text: str, root: re.Match[str]) -> bool:
    """Is the root closed? Comments, white space and junk may follow."""
    name = root[1]
    end = text.rfind(f"</{name}")
    if end < 0 and name.lower() != name:  # the start and the end tag need not agree where the loose parser reads
        end = text.lower().rfind(f"</{name.lower()}")
    if end >= 0:
        return ">" in text[end:]
    return text[root.end() : text.find(">", root.end()) + 1].endswith("/>")


def _faults(found: Any) -> tuple[str, ...]:
    fault = found.get("bozo_exception")
    if not found.bozo or fault is None:
        return ()
    if isinstance(fault, SAXParseException):
        line = (fault.getLineNumber() or 2) - 1  # without that of our declaration
        return (f"not well-formed in line {line} ({fault.getMessage()}): read as far as it goes",)
    return (f"read with a fault: {clean_line(str(fault))[:200]}",)


def _entry(found: Any, is_atom: bool, url: str) -> Entry:
    summary = _plain(_string(found, "summary"), _detail(found, "summary"), is_atom)
    published = _date(found, "published") or _date(found, "created")
    updated = _date(found, "updated")
    if published is None and not is_atom:
        published = updated  # dc:date is the one date of RSS 1.0; in Atom `updated` means what it says
    return make_entry(
        guid=_string(found, "id"),
        link=_link(found, url),
        title=_plain(_string(found, "title"), _detail(found, "title"), is_atom),
        summary=summary,
        content=_content(found, summary, is_atom),
        author=_author(found),
        tags=_tags(found),
        published=published,
        updated=updated,
        lang=_entry_lang(found),
    )


def _string(found: Any, key: str) -> str:
    # dict.get: feedparser's own gives `published` for `updated`, and an element with attributes is a dictionary.
    value = dict.get(found, key)
    return value if isinstance(value, str) else ""


def _detail(found: Any, key: str) -> str:
    return _string(dict.get(found, key + "_detail") or {}, "type")


def _plain(value: str, mime: str, is_atom: bool) -> str:
    """Plain text of a value. RSS never says what it holds, so it is read as HTML; Atom's text is text.

    Atom's text is decoded once more: "AT&amp;amp;T" is a fault of feeds far more often than a lesson on entities.
    """
    if is_atom and mime == "text/plain" and not _MARKUP.search(value):
        return clean_text(decode_references(value))
    return plain_text(value)


def _content(found: Any, summary: str, is_atom: bool) -> str:
    """Every text of the content, each once; pictures and other binary matter left out. summary: as plain text."""
    printed = (_string(found, "summary"), _detail(found, "summary") or "text/html")
    texts: list[str] = []
    for part in dict.get(found, "content") or ():
        value, mime = _string(part, "value"), _string(part, "type")
        if not mime.startswith(("image/", "audio/", "video/", "font/")):
            # feedparser copies the content where there is no summary; it is not read twice.
            texts.append(summary if (value, mime) == printed else _plain(value, mime, is_atom))
    return "\n".join(dict.fromkeys(text for text in texts if text))


def _link(found: Any, url: str) -> str | None:
    printed = _string(found, "link")
    if dict.get(found, "guidislink") and printed == _string(found, "id"):
        # "12345" is called a permanent link wherever isPermaLink was forgotten.
        printed = printed if printed.lower().startswith(("http://", "https://")) else ""
    others = (_string(link, "href") for link in dict.get(found, "links") or () if link.get("rel") == "alternate")
    return next((link for text in chain([printed], others) if (link := absolute_link(text, url))), None)


def _author(found: Any) -> str:
    names = (_string(author, "name") for author in dict.get(found, "authors") or ())
    return ", ".join(dict.fromkeys(name for name in names if name)) or _string(found, "author")


def _tags(found: Any) -> list[str]:
    return [_string(tag, "label") or _string(tag, "term") for tag in dict.get(found, "tags") or ()]


def _date(found: Any, key: str) -> Any:
    return read_date(_string(found, key), dict.get(found, key + "_parsed"))


def _entry_lang(found: Any) -> str | None:
    details = (dict.get(found, key) or {} for key in ("title_detail", "summary_detail"))
    return make_lang(_string(found, "language")) or next(
        (lang for detail in details if (lang := make_lang(_string(detail, "language")))), None
    )
