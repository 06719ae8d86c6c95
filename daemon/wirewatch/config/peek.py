"""The database of a watchlist that is broken: enough of the file to find the last good one."""

from __future__ import annotations

import re
from pathlib import Path

from wirewatch.core.watchlist import Settings

_SECTION = re.compile(r"^settings\s*:(?P<rest>.*)$")
_DATABASE = re.compile(r"""database\s*:\s*(?P<address>"[^"]*"|'[^']*'|[^\s#,}]+)""")


def peek_database(path: Path) -> str:
    """The address that `settings: database:` names, read by line and not as YAML; the default where it names none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Settings().database
    inside = False
    for line in lines:
        section = _SECTION.match(line)
        if section:
            inside = True
        elif line and not line[0].isspace() and not line.startswith("#"):
            inside = False
        found = _DATABASE.search(section["rest"] if section else line) if inside else None
        if found and not line.lstrip().startswith("#"):
            return found["address"].strip("'\"")
    return Settings().database
