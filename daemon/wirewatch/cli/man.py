"""`wirewatch man`: the manual page, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from wirewatch import __version__
from wirewatch.cli.exits import Exit

MEANING = {
    Exit.OK: "Done; for status: the watch is well.",
    Exit.FAULT: "It ran, and what it looked at is not right.",
    Exit.USAGE: "The command line is wrong.",
    Exit.DATABASE: "The database is damaged, unreadable or from a newer version; a restart does not help.",
    Exit.BUSY: "The database is locked or full, or another daemon holds it; try again later.",
    Exit.WATCHLIST: "The watchlist cannot be used, and there is no last good one.",
}
FILES = {
    "./watchlist.yaml, ./config/watchlist.yaml, /etc/wirewatch/watchlist.yaml": "The watchlist, in this order.",
    "/run/wirewatch/control.sock": "The control socket of the service.",
    "/var/lib/wirewatch/": "The state of the service.",
}
ENVIRONMENT = {
    "WIREWATCH_WATCHLIST": "The watchlist, as --watchlist.",
    "WIREWATCH_DATABASE": "The database, as --database.",
    "WIREWATCH_SOCKET": "The control socket, for the daemon and for the commands.",
    "CREDENTIALS_DIRECTORY": "Where cred:NAME is looked for; systemd sets it.",
}


def man(ctx: typer.Context) -> None:
    """Print the manual page. To read it: wirewatch man | man -l -"""
    root: Any = ctx.find_root().command
    print("\n".join(page(root)))


def page(root: Any) -> Iterator[str]:
    """The page in the language of man(7)."""
    yield f'.TH WIREWATCH 1 "" "wirewatch {__version__}" "User Commands"'
    yield from (".SH NAME", "wirewatch \\- watches newswire feeds and tells you what fits your topics")
    yield from (".SH SYNOPSIS", ".B wirewatch", ".I COMMAND", "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]")
    yield from (".SH DESCRIPTION", _text(root.help or ""), ".PP", _text(root.epilog or ""))
    for heading, names in root.sections.items():
        yield f".SH {heading.upper()} COMMANDS"
        for name in names:
            if name in root.commands:
                yield from _command(f"wirewatch {name}", root.commands[name])
    yield from _list("EXIT STATUS", {str(int(code)): MEANING[code] for code in Exit})
    yield from _list("FILES", FILES)
    yield from _list("ENVIRONMENT", ENVIRONMENT)


def _command(name: str, command: Any) -> Iterator[str]:
    yield f".SS {_text(name)}"
    yield _text(" ".join((command.help or "").split()))
    others = dict(getattr(command, "commands", {}))
    yield from _parameters(others.pop("show", command))
    for other, subcommand in others.items():
        yield from _command(f"{name} {other}", subcommand)


def _parameters(command: Any) -> Iterator[str]:
    for parameter in command.params:
        names = ", ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name.upper()
        if "--help" not in parameter.opts:
            yield from (".TP", f".B {_text(names)}", _text(getattr(parameter, "help", "") or "-"))


def _list(heading: str, rows: dict[str, str]) -> Iterator[str]:
    yield f".SH {heading}"
    for term, meaning in rows.items():
        yield from (".TP", f".B {_text(term)}", _text(meaning))


def _text(text: str) -> str:
    """Plain text, safe at the start of a line; hyphens stay hyphens, so that options can be copied."""
    plain = " ".join(text.split()).replace("…", "...").replace("\\", "\\e").replace("-", "\\-")
    escaped = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in plain)  # groff_char(7)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
