"""The bytes of a document to text: which character set is it in?

Only sets that feeds really use are obeyed: UTF-7 and Python's own codecs would let a feed hide text from its readers.
Nothing is refused here; what had to be guessed or replaced is said in a warning.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

_MARKS: Final = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How `<` or `{` looks without a mark (XML 1.0, appendix F.1; RFC 4627, section 3; EBCDIC only for `<?xm`).
_OPENINGS: Final = (
    (re.compile(rb"[<{\[]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<{\[]"), "utf-32-be"),
    (re.compile(rb"[<{\[]\0[^\0]\0"), "utf-16-le"),
    (re.compile(rb"\0[<{\[]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"\x4c\x6f\xa7\x94"), "cp037"),
)
# Sets that are read as a wider one, as every browser does (WHATWG Encoding, section 4.2), and names Python lacks.
_WIDER: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
_ALIASES: Final = {
    "x-sjis": "cp932",
    "windows-949": "cp949",
    "x-gbk": "gb18030",
    "utf8mb4": "utf-8",
    "unicode": "utf-8",
}
_KNOWN: Final = re.compile(
    r"utf-8|cp(?:037|437|85\d|86\d|874|932|949|125\d)|iso8859-\d+|iso2022_(?:jp|kr)\w*|koi8-[ru]|mac-\w+"
    r"|gb18030|big5hkscs|euc_j\w+|johab|ascii"
)
# What servers and editors print without looking: given up at once where the bytes are UTF-8.
_CARELESS: Final = frozenset(["ascii", "iso8859-1", "iso8859-15", "cp1252"])
# One wrong character in this many is damage in the right set; more means that it is the wrong set.
_DAMAGE_ONE_IN: Final = 20

_HIGH: Final = bytes(range(128, 256))
_HEADER: Final = re.compile(r";\s*charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DECLARATION: Final = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']\s*([\w.:-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as text without its byte order mark, and what had to be survived, in words."""

    text: str
    warnings: tuple[str, ...] = ()


def decode_body(body: bytes, content_type: str | None) -> Decoded:
    """Decode by byte order mark, else by the bytes' shape, the HTTP header, the XML declaration, UTF-8, Windows-1252.

    content_type: the header as it came, None where there was none. A character cut off at the end is dropped.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name)
    for opening, name in _OPENINGS:
        if opening.match(body):
            return _decoded(body, name)
    labelled = declared = _declared(body, content_type)
    if not declared or declared[0] in _CARELESS or "utf-8" in declared:
        # Bytes that are valid UTF-8 beyond ASCII are never anything else, whatever the label says.
        declared = ["utf-8", *declared]
    high = _high_bytes(body)
    for name in [*declared, "utf-8"]:
        text = _decode(body, name)
        if text.count("\ufffd") * _DAMAGE_ONE_IN <= high:
            return _with_damage(text)
    said = ("its characters are not of the set that it names: read as Windows-1252",) if labelled else ()
    return Decoded(_decode(body, "cp1252"), said)


def charset_name(label: str) -> str | None:
    """The name of a set that may be used, as Python spells it; None for unknown and forbidden ones."""
    label = label.strip().lower()
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
    except (LookupError, UnicodeError, ValueError):
        return None
    name = _WIDER.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def _declared(body: bytes, content_type: str | None) -> list[str]:
    header = _HEADER.search(content_type or "")
    declaration = _DECLARATION.match(body[:1000])
    labels = (header[1] if header else "", declaration[1].decode("ascii", "replace") if declaration else "")
    return [name for name in map(charset_name, labels) if name is not None]


def _high_bytes(body: bytes) -> int:
    return 0 if body.isascii() else len(body) - len(body.translate(None, _HIGH))


def _decode(body: bytes, name: str) -> str:
    return codecs.getincrementaldecoder(name)("replace").decode(body, final=False)


def _decoded(body: bytes, name: str) -> Decoded:
    return _with_damage(_decode(body, name))


def _with_damage(text: str) -> Decoded:
    damage = text.count("\ufffd")
    if not damage:
        return Decoded(text)
    return Decoded(text, (f"{damage} characters cannot be read and stand as \ufffd",))
