"""HTML and raw text to plain text: what is matched, stored and shown.

Not a sanitizer: the result is text without markup, and whoever prints it escapes it for his medium. Every function
is total and takes time linear in its input, whatever a hostile feed sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import Final

_BLOCK: Final = "\u2029"  # PARAGRAPH SEPARATOR: stands for a line's end between two passes; in feeds it means just that

# C0 (but white space), DEL and C1 (but NEL, white space), soft hyphen, bidi marks, embeddings and isolates, zero-width
# space, word joiner and other invisible operators, BOM, interlinear marks, non-characters. ZWJ and ZWNJ stay: Persian,
# Hindi and emoji are written with them.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]+"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PARAGRAPH: Final = re.compile("\u2029|\r?\n[^\\S\n]*+\n|\r\r")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS: Final = _names(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre"
    " section summary table tbody tfoot thead tr ul"
)
_CELLS: Final = frozenset(["td", "th"])
# An unknown name in angle brackets is text ("vector<int>", "<3"), so the known ones are listed.
_INLINE: Final = _names(
    "a abbr acronym amp applet area audio b base basefont bdi bdo big blink button canvas cite code col colgroup data"
    " datalist del dfn em embed font frame i img input ins kbd keygen label link map mark marquee math meta meter"
    " nobr noscript object output param picture portal progress q ruby s samp search select slot small source span"
    " strike strong sub sup textarea time track tt u var video wbr"
)
# Dropped with what they hold. rt and rp are the reading aids of Japanese: kept, they would cut the word they explain.
_HIDDEN: Final = _names("head iframe noembed noframes rp rt script style svg template title")
# Without an end tag these swallow the rest of the text, as in a browser; of the others only the tag is dropped.
_SWALLOWING: Final = frozenset(["script", "style"])

# Possessive (`++`, `*+`): a tag that does not fit is given up at once. Quoted values may hold angle brackets; a tag
# with an odd quote, or cut off at the end of the text, ends at the next bracket.
_TAG: Final = re.compile(
    r"""<(?:
        (?P<comment>!--)
        | !\[CDATA\[ | [!?][^<>]*+(?:>|\Z)
        | (?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9]*+(?P<prefixed>[:._-][A-Za-z0-9:._-]*+)?+)(?=[\s/>]|\Z)
          (?: (?P<attributes>(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)> | [^<>]*+> | (?P<cut>[^<>]*+)\Z )
        ) | \]\]>""",
    re.VERBOSE,
)
# Only with a semicolon: "R&D", "?a=1&copy=2" and "AT&T < 5" are text.
_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def plain_text(html: str) -> str:
    """The text of an HTML fragment: a newline between blocks, white space folded, entities decoded once.

    Scripts, styles, comments, document heads and reading aids are dropped, images too; text that merely contains
    `<` or `&` stays. Without any tag, empty lines part the paragraphs. Never raises.
    """
    if "<" not in html and "]]>" not in html:
        return clean_text(decode_references(html))
    text, tagged = _without_tags(_INVISIBLE.sub("", html))
    text = decode_references(text)
    return _join(_clean(text).split(_BLOCK)) if tagged else clean_text(text)


def clean_text(text: str) -> str:
    """Text that is no markup: control, bidi and invisible characters out, white space folded, one line a paragraph."""
    return _join(_PARAGRAPH.split(_clean(text)))


def clean_line(text: str) -> str:
    """The same on a single line, for titles, names and tags."""
    return " ".join(_clean(text).split())


def decode_references(text: str) -> str:
    """Entities and character references decoded once; illegal ones become U+FFFD or nothing, as HTML has it."""
    return _REFERENCE.sub(lambda match: unescape(match[0]), text) if "&" in text else text


def _clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))


def _join(lines: Iterable[str]) -> str:
    folded = (" ".join(line.split()) for line in lines)
    return "\n".join(line for line in folded if line)


def _without_tags(html: str) -> tuple[str, bool]:
    """Tags replaced by what they mean for plain text; and whether there was any."""
    pieces: list[str] = []
    unclosed: set[str] = set()  # searched once to the end and not found: never searched again, or it would be quadratic
    tagged, start, position = False, 0, 0
    while match := _TAG.search(html, position):
        replacement, end = _meaning(html, match, unclosed)
        if replacement is None:  # no tag: stays text, and what stands in it is looked at again
            position = match.start() + 1
            continue
        position = end
        tagged = tagged or match["name"] is not None
        pieces += (html[start : match.start()], replacement)
        start = end
    pieces.append(html[start:])
    return "".join(pieces), tagged


def _meaning(html: str, match: re.Match[str], unclosed: set[str]) -> tuple[str | None, int]:
    """What stands for one tag (None: it is text) and where to read on."""
    if match["comment"]:
        end = html.find("-->", match.start() + 2)
        return "", len(html) if end < 0 else end + 3
    if match["name"] is None:
        return "", match.end()
    if (match["cut"] or "").strip() and "=" not in match["cut"]:  # "p <b then": no tag that was cut off, but text
        return None, match.end()
    name = match["name"].lower()
    if name in _HIDDEN:
        return "", match.end() if match["slash"] else _end_of_hidden(html, match, name, unclosed)
    if name in _BLOCKS:
        return _BLOCK, match.end()
    if name in _CELLS:
        return " ", match.end()
    known = name in _INLINE or match["slash"] or match["prefixed"] or "=" in (match["attributes"] or "")
    return ("", match.end()) if known else (None, match.end())


def _end_of_hidden(html: str, match: re.Match[str], name: str, unclosed: set[str]) -> int:
    if name in unclosed or (match["attributes"] or "").endswith("/"):
        return match.end()
    close = _CLOSE[name].search(html, match.end())
    if close:
        return close.end()
    unclosed.add(name)
    return len(html) if name in _SWALLOWING else match.end()


_CLOSE: Final = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _HIDDEN}
