"""Where the control socket is: the daemon makes it there, commands look for it there."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

# systemd's RuntimeDirectory=wirewatch, as the shipped unit has it.
SERVICE_SOCKET = Path("/run/wirewatch/control.sock")
SERVICE_WATCHLIST = Path("/etc/wirewatch/watchlist.yaml")
# A Unix socket's address has room for 108 bytes, the last one 0 (unix(7)).
LONGEST = 107


def socket_of_daemon(environ: Mapping[str, str], database: str) -> Path:
    """Where a daemon on this database (its address, secrets resolved) makes its socket."""
    if given := environ.get("WIREWATCH_SOCKET"):
        return Path(given)
    if folder := environ.get("RUNTIME_DIRECTORY"):
        return Path(folder.split(":")[0]) / SERVICE_SOCKET.name
    return _own(environ, database)


def sockets_to_ask(environ: Mapping[str, str], database: str | None, watchlist: Path) -> tuple[Path, ...]:
    """Where a command looks for the daemon of its watchlist and database, best first.

    database: None where a command must not or cannot know it. The service's socket is asked only about its watchlist.
    """
    if given := environ.get("WIREWATCH_SOCKET"):
        return (Path(given),)
    found = [] if database is None else [own for own in (_own(environ, database),) if is_ours(own.parent)]
    if watchlist.resolve() == SERVICE_WATCHLIST:
        found.append(SERVICE_SOCKET)
    return tuple(found)


def is_ours(folder: Path) -> bool:
    """Does the folder belong to this user or to root? In a folder for everybody another user may have made it first."""
    try:
        return folder.lstat().st_uid in (0, os.getuid())
    except FileNotFoundError:
        return True


def _own(environ: Mapping[str, str], database: str) -> Path:
    """One socket per database and user, in a folder that only this user may enter."""
    name = hashlib.blake2b(_absolute(database).encode(), digest_size=6).hexdigest()
    if folder := environ.get("XDG_RUNTIME_DIR"):
        return Path(folder) / "wirewatch" / f"{name}.sock"
    return Path(tempfile.gettempdir()) / f"wirewatch-{os.getuid()}" / f"{name}.sock"


def _absolute(database: str) -> str:
    """A SQLite address names its file by a path that may be relative: from another folder it is the same file."""
    scheme, slashes, path = database.partition(":///")
    return f"{scheme}{slashes}{Path(path).resolve()}" if scheme.startswith("sqlite") else database
