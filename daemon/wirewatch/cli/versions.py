"""`wirewatch --version`: what a report of a fault should name."""

from __future__ import annotations

import platform

import typer

from wirewatch import __version__
from wirewatch.fetch.curl import curl_version
from wirewatch.store.schema import Schema, sqlite_version


def versions() -> dict[str, str]:
    """By name, in the order in which they are printed."""
    return {
        "wirewatch": __version__,
        "schema": Schema().head,
        "SQLite": sqlite_version(),
        "libcurl": curl_version(),
        "Python": platform.python_version(),
    }


def show_version(wanted: bool) -> None:
    """The callback of --version."""
    if wanted:
        print("\n".join(f"{name} {version}" for name, version in versions().items()))
        raise typer.Exit
