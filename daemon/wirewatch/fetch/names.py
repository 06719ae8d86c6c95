"""Looks host names up without holding anyone up: the system's resolver has no deadline and cannot be interrupted."""

from __future__ import annotations

import asyncio
import socket
from threading import Thread


async def look_up(host: str) -> tuple[str, ...]:
    """The IP addresses of a host name. Raises OSError (`socket.gaierror`) where it has none. Can be cancelled.

    Each look-up has a daemon thread of its own: asyncio's pool would make the end of the program wait for it, and a
    dead DNS server would fill the pool. How many run at once is the caller's matter.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def settle(addresses: tuple[str, ...], error: OSError | None) -> None:
        if answer.done():
            return  # cancelled meanwhile
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(addresses)

    def ask() -> None:
        addresses: tuple[str, ...] = ()
        error: OSError | None = None
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        except (OSError, UnicodeError) as fault:
            error = fault if isinstance(fault, OSError) else socket.gaierror(socket.EAI_NONAME, "not a host name")
        try:
            loop.call_soon_threadsafe(settle, addresses, error)
        except RuntimeError:
            pass  # the loop has ended: nobody waits any more

    Thread(target=ask, name="wirewatch-look-up", daemon=True).start()
    return await answer
