"""OPML: the subscription lists that feed readers export. Outlines with an address become feeds, the others groups.

Source: OPML 2.0 (opml.org/spec2.opml). Attribute names are read in any case, as readers write them. Entities of a
document's own are refused: they are no part of OPML, and a small file can make gigabytes of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from wirewatch.config.places import Findings, Place
from wirewatch.config.suggest import shown

_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)")


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of an OPML file, with the titles of the outlines round it."""

    place: Place
    name: str
    address: str
    groups: tuple[str, ...]


class _RefusedError(Exception):
    """The document is not read further; the text says why."""

    def __init__(self, place: Place, what: str) -> None:
        super().__init__(what)
        self.place = place


def read_opml(content: bytes, file: str, findings: Findings) -> tuple[Outline, ...]:
    """The feeds of an OPML file in its order; what is wrong goes to the findings, at its line in that file."""
    try:
        reader = _read(content, file)
    except _RefusedError as error:
        findings.add(error.place, "", str(error))
        return ()
    if not reader.outlines:
        findings.add(Place(file), "", "holds no feed addresses; export the file again, or remove it")
    return tuple(reader.outlines)


def _read(content: bytes, file: str) -> _Reader:
    """Raises _RefusedError."""
    reader = _Reader(file)
    try:
        reader.parser.Parse(content, True)
        return reader
    except expat.ExpatError as error:
        # Of 31 lists on the web 18 hold a bare `&` in a title or address; so it is read as people meant it.
        mended = _BARE_AMPERSAND.sub(b"&amp;", content)
        if mended != content:
            return _read(mended, file)
        what = f"not well-formed XML ({expat.ErrorString(error.code)}); mend the line, or export the file again"
        raise _RefusedError(Place(file, error.lineno, error.offset + 1), what) from error


@dataclass(slots=True)
class _Reader:
    file: str
    outlines: list[Outline] = field(default_factory=list)
    stack: list[str | None] = field(default_factory=list)  # title of each open outline; None for other elements
    parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)

    def __post_init__(self) -> None:
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = self.entity

    def place(self) -> Place:
        return Place(self.file, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.stack and name.lower() != "opml":
            raise _RefusedError(
                self.place(), f"begins with {shown(f'<{name}>')}, so it is not OPML; name an OPML file here"
            )
        if name.lower() != "outline":
            self.stack.append(None)
            return
        known = {key.lower(): " ".join(value.split()) for key, value in attributes.items()}
        title = known.get("title") or known.get("text") or ""
        if address := known.get("xmlurl"):
            groups = tuple(name for name in self.stack if name)
            self.outlines.append(Outline(self.place(), title, address, groups))
        self.stack.append(title)

    def end(self, name: str) -> None:
        self.stack.pop()

    def entity(self, *declaration: object) -> None:
        raise _RefusedError(self.place(), "declares entities of its own; export the file again without them")
