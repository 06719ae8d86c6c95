"""Exit codes, after BSD's sysexits.h where it has one; README.md lists them for scripts and for systemd."""

from __future__ import annotations

from enum import IntEnum

from wirewatch.errors import (
    ConfigError,
    InstanceRunning,
    SecretError,
    StoreBusy,
    StoreError,
    WirewatchError,
)


class Exit(IntEnum):
    """What a script learns from how a command ended."""

    OK = 0
    FAULT = 1  # it ran, and what it looked at is not right (a ledger that does not balance)
    USAGE = 2  # the command line is wrong (typer's own code)
    DATABASE = (
        65  # corrupt, unreadable, or from a newer version; or a file to score is not right: trying again does not help
    )
    BUSY = 75  # locked, full, or held by another daemon: try again later
    WATCHLIST = 78  # the watchlist cannot be used, and there is no last good one


def exit_for(error: WirewatchError) -> Exit:
    """The code of an error that ended a command."""
    if isinstance(error, ConfigError | SecretError):
        return Exit.WATCHLIST
    if isinstance(error, StoreBusy | InstanceRunning):
        return Exit.BUSY
    if isinstance(error, StoreError):
        return Exit.DATABASE
    return Exit.FAULT
