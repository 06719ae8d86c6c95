"""Puts the service's files in place and takes them away: units, user, rights, a first watchlist.

It writes files only: starting, stopping and making the user is systemd's, by the commands that `next_steps` gives.
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from wirewatch.errors import ControlError
from wirewatch.shipped import shipped

UNIT: Final = Path("etc/systemd/system/wirewatch.service")
WATCHLIST: Final = Path("etc/wirewatch/watchlist.yaml")
DATABASE: Final = "sqlite:////var/lib/wirewatch/wirewatch.db"  # in StateDirectory=
# Where each file that comes with us goes, below the root; an upgrade writes them anew.
FILES: Final = {
    "wirewatch.service": UNIT,
    "wirewatch-failed@.service": Path("etc/systemd/system/wirewatch-failed@.service"),
    "wirewatch.sysusers": Path("etc/sysusers.d/wirewatch.conf"),
    "wirewatch.tmpfiles": Path("etc/tmpfiles.d/wirewatch.conf"),
}
ENABLED: Final = Path("etc/systemd/system/multi-user.target.wants/wirewatch.service")
HOMES: Final = ("/home", "/root", "/run/user")  # what ProtectHome= hides from the service
_USER: Final = re.compile(r"[a-z_][a-z0-9_-]{0,30}")  # what systemd-sysusers takes


class Outcome(Enum):
    """What became of a file."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "as it was"
    KEPT = "kept: yours"
    REMOVED = "removed"
    ABSENT = "not there"


@dataclass(frozen=True, slots=True)
class Change:
    path: Path
    outcome: Outcome

    @property
    def is_done(self) -> bool:
        """Was anything written or removed?"""
        return self.outcome in (Outcome.NEW, Outcome.CHANGED, Outcome.REMOVED)


@dataclass(frozen=True, slots=True)
class Installation:
    """root: of the system that is served; command: what starts wirewatch there; user: of the service, and its group."""

    root: Path
    command: tuple[str, ...]
    user: str = "wirewatch"
    dry_run: bool = False

    def __post_init__(self) -> None:
        if not _USER.fullmatch(self.user):
            raise ControlError(f"--user: {self.user!r} cannot be a user's name; use letters, digits, _ and -")

    def install(self) -> tuple[Change, ...]:
        """Put everything in place; a watchlist that is there stays. The same again where nothing changed."""
        files = {path: self.text_of(name) for name, path in FILES.items()}
        made = [self._put(self.root / path, text) for path, text in files.items()]
        watchlist = self.root / WATCHLIST
        if watchlist.exists():
            return (*made, Change(watchlist, Outcome.KEPT))
        return (*made, self._put(watchlist, first_watchlist(), 0o660))

    def remove(self) -> tuple[Change, ...]:
        """Take away what `install` put there; the watchlist, the database and the user stay."""
        if os.path.lexists(self.root / ENABLED):
            raise ControlError(
                f"{self.root / ENABLED}: the service is still enabled; first: systemctl disable --now wirewatch"
            )
        return tuple(self._take(self.root / path) for path in FILES.values())

    def text_of(self, name: str) -> str:
        """A shipped file with this installation's command and user in it."""
        text = shipped("systemd", name).read_text(encoding="utf-8")
        command = " ".join(quoted(part) for part in self.command)
        text = re.sub(r"(?m)^(Exec\w+=)/usr/bin/wirewatch\b", lambda found: found[1] + command, text)
        text = re.sub(r"(?m)^((?:User|Group)=)wirewatch$", rf"\g<1>{self.user}", text)
        text = re.sub(r"(?m)^u wirewatch\b", f"u {self.user}", text)
        return re.sub(r"(?m)^([dz] .* root) wirewatch\b", rf"\g<1> {self.user}", text)

    def _put(self, path: Path, text: str, mode: int = 0o644) -> Change:
        def put() -> Outcome:
            before = path.read_text(encoding="utf-8") if path.exists() else None
            if before == text:
                return Outcome.SAME
            if not self.dry_run:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, text, mode)
            return Outcome.NEW if before is None else Outcome.CHANGED

        return Change(path, _done(put))

    def _take(self, path: Path) -> Change:
        def take() -> Outcome:
            if not path.exists():
                return Outcome.ABSENT
            if not self.dry_run:
                path.unlink()
            return Outcome.REMOVED

        return Change(path, _done(take))


def _done(work: Callable[[], Outcome]) -> Outcome:
    try:
        return work()
    except PermissionError as error:
        raise ControlError(f"{error.filename}: only root may change this; run the same command with sudo") from error
    except OSError as error:
        raise ControlError(f"{error.filename}: cannot be changed: {error.strerror}") from error


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all: systemd may read it at any moment."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def first_watchlist() -> str:
    """The one that comes with the program, its database where the service keeps it, whatever folder a command is in."""
    text = shipped("templates", "watchlist.yaml").read_text(encoding="utf-8")
    return re.sub(r"(?m)^( *database: )sqlite:///\S+.*$", rf"\g<1>{DATABASE}    # everything that is remembered", text)


def own_command() -> tuple[str, ...]:
    """How this very installation is started: its script, else its interpreter with the package."""
    script = Path(sysconfig.get_path("scripts")) / "wirewatch"
    return (str(script),) if script.is_file() else (sys.executable, "-m", "wirewatch")


def hidden_part(paths: tuple[str, ...]) -> str | None:
    """The first of these that the service could not see because it lies in a home; links are followed."""
    homes = tuple(f"{home}/" for home in HOMES)
    return next((one for path in paths for one in (path, os.path.realpath(path)) if one.startswith(homes)), None)


def quoted(part: str) -> str:
    """A word of ExecStart= (systemd.service(5)): `%` is a specifier there, `$` a variable."""
    part = part.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$")
    return part if re.fullmatch(r"[\w@%+=:,./\\$-]+", part) else '"' + part.replace('"', '\\"') + '"'


def next_steps(changes: tuple[Change, ...], root: Path) -> tuple[str, ...]:
    """The commands to run after `install`, as root; none where nothing changed."""
    done = {change.path: change.outcome for change in changes if change.is_done}
    if not done:
        return ()
    first = done.get(root / UNIT) is Outcome.NEW
    return (
        f"systemd-sysusers {root / FILES['wirewatch.sysusers']}",
        f"systemd-tmpfiles --create {root / FILES['wirewatch.tmpfiles']}",
        "systemctl daemon-reload",
        "systemctl enable --now wirewatch" if first else "systemctl try-restart wirewatch",
    )
