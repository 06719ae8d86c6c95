"""`wirewatch backup` and `wirewatch restore`: one moment of the database in one file, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wirewatch.cli.place import DatabaseOption, WatchlistOption, database_address, find_watchlist
from wirewatch.store.backup import backup, restore

TargetArgument = Annotated[Path, typer.Argument(help="The file to write; replaced if it is there.")]
SourceArgument = Annotated[Path, typer.Argument(help="A file that `wirewatch backup` wrote.")]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace a database that is there; a SQLite file is kept aside.")
]


def backup_command(target: TargetArgument, watchlist: WatchlistOption = None, database: DatabaseOption = None) -> None:
    """Write a checked copy of the database to a file; the daemon may go on meanwhile."""
    backup(database_address(find_watchlist(watchlist), database), target)
    print(f"{target}: written and checked, {target.stat().st_size:,} bytes.")


def restore_command(
    source: SourceArgument,
    overwrite: OverwriteOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Put a backup in the place of the database. Stop the daemon first; it is refused while one runs."""
    aside = restore(source, database_address(find_watchlist(watchlist), database), overwrite=overwrite)
    kept = f" The one before is kept as {aside}." if aside is not None else ""
    print(f"Restored from {source}.{kept} Start the watch again with: wirewatch run")
