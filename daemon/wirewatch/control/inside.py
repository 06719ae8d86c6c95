"""Control from inside the daemon: its writer writes, its editions reload, its loop is asked from other threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

from wirewatch.control.local import LocalControl, Running
from wirewatch.editions import Editions
from wirewatch.store.database import Connection, Database
from wirewatch.store.writer import Writer

T = TypeVar("T")


def control_inside(
    database: Database,
    writer: Writer,
    editions: Editions,
    clock: Callable[[], datetime],
    reload: Callable[[], Coroutine[Any, Any, tuple[str, ...]]],
) -> LocalControl:
    """Call it in the loop's thread. The methods of what it gives block: never call them there."""
    loop = asyncio.get_running_loop()

    def write(job: Callable[[Connection], T], *, placing: bool = False) -> T:
        return writer.submit(job, placing=placing).result()

    def reload_and_wait() -> tuple[str, ...]:
        return asyncio.run_coroutine_threadsafe(reload(), loop).result()

    return LocalControl(
        database=database,
        write=write,
        live=lambda: editions.live,
        clock=clock,
        desk=lambda: editions.live.watchlist.settings.name,
        watchlist=str(editions.path.resolve()),
        running=Running(os.getpid(), clock(), lambda: editions.refused, reload_and_wait),
    )
