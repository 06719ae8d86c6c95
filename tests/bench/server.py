"""The loopback server of the bench, in a process of its own: HTTP/1.1, kept connections, ETag and 304, counted.

`python -m tests.bench.server FEEDS SITES SEED` prints its ports as one line of JSON, and ends when its standard input
does. Each port is a site of its own. Control requests: /advance/steady, /advance/idle, /reset, /counts.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.request import urlopen

from tests.bench.feeds import MadeFeeds

HOST = "127.0.0.1"
LARGEST_REQUEST = 65_536


@dataclass(slots=True)
class Stand:
    """What the server serves, and how often each feed was asked since the last reset."""

    made: MadeFeeds
    asked: Counter[int] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)

    def answer(self, path: str, etag: str | None) -> bytes:
        """The whole answer to a GET. etag: the value of If-None-Match, None without one."""
        kind, _, rest = path.strip("/").partition("/")
        if kind == "feed" and rest.isdigit() and int(rest) < len(self.made.feeds):
            return self._feed(int(rest), etag)
        control = {"advance": self._advance, "reset": self._reset, "counts": self._counts}.get(kind)
        if control is None:
            return _http("404 Not Found", b"no such feed", {"Content-Type": "text/plain"})
        return _http("200 OK", json.dumps(control(rest)).encode(), {"Content-Type": "application/json"})

    def _feed(self, number: int, etag: str | None) -> bytes:
        self.asked[number] += 1
        now = self.made.etags[number]
        fields = {"ETag": now, "Content-Type": "application/rss+xml; charset=utf-8", "Cache-Control": "no-cache"}
        self.statuses[304 if etag == now else 200] += 1
        if etag == now:
            return _http("304 Not Modified", None, fields)
        return _http("200 OK", self.made.bodies[number], fields)

    def _advance(self, kind: str) -> list[tuple[str, str]]:
        """Link and title of every planted entry of the round."""
        added = self.made.advance(datetime.now(UTC)) if kind == "steady" else ()
        return [(entry.link, entry.title) for entry in added if entry.planted]

    def _reset(self, _: str) -> list[str]:
        self.asked.clear()
        self.statuses.clear()
        return []

    def _counts(self, _: str) -> dict[str, int]:
        return {
            "feeds": len(self.asked),
            "requests": self.asked.total(),
            "changed": self.statuses[200],
            "unchanged": self.statuses[304],
        }


class Visitor(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._waiting = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head, self._waiting = self._waiting[:end].decode("latin-1"), self._waiting[end + 4 :]
            self._transport.write(self._stand.answer(*_read_head(head)))
        if len(self._waiting) > LARGEST_REQUEST:
            self._transport.close()


class ServerProcess:
    """The server as the bench uses it: started with the block, ended with it."""

    def __init__(self, feeds: int, sites: int, seed: int) -> None:
        self._arguments = (str(feeds), str(sites), str(seed))
        self._feeds = feeds
        self._ports: list[int] = []

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.server", *self._arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._ports = json.loads(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)  # closes its standard input

    @property
    def urls(self) -> list[str]:
        """The address of every feed."""
        ports = self._ports
        return [f"http://{HOST}:{ports[number % len(ports)]}/feed/{number}" for number in range(self._feeds)]

    def advance(self, kind: str) -> dict[str, str]:
        """Begin a round, "steady" or "idle". Returns title by link of what was planted."""
        return dict(self._control(f"advance/{kind}"))

    def reset(self) -> None:
        """Count from zero."""
        self._control("reset")

    def counts(self) -> Mapping[str, int]:
        """Since the last reset: feeds asked, requests, changed (200) and unchanged (304) answers."""
        counted: dict[str, int] = self._control("counts")
        return counted

    def _control(self, path: str) -> Any:
        with urlopen(f"http://{HOST}:{self._ports[0]}/{path}", timeout=60) as answer:
            return json.load(answer)


async def serve(stand: Stand, sites: int, announce: Callable[[list[int]], None], until: Awaitable[object]) -> None:
    """Serve on `sites` ephemeral loopback ports, announce them, and end when `until` does."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: Visitor(stand), HOST, 0, backlog=512) for _ in range(sites)]
    announce([server.sockets[0].getsockname()[1] for server in servers])
    try:
        await until
    finally:
        for server in servers:
            server.close()


def _read_head(head: str) -> tuple[str, str | None]:
    """Path and If-None-Match of a request's head."""
    first, *fields = head.split("\r\n")
    values = (
        value.strip() for name, _, value in (one.partition(":") for one in fields) if name.lower() == "if-none-match"
    )
    return first.split(" ")[1], next(values, None)


def _http(status: str, body: bytes | None, fields: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + (body or b"")


def main(feeds: int, sites: int, seed: int) -> None:
    async def until_parent_leaves() -> None:
        await asyncio.to_thread(sys.stdin.read)

    stand = Stand(MadeFeeds(feeds, seed, datetime.now(UTC)))
    asyncio.run(serve(stand, sites, lambda ports: print(json.dumps(ports), flush=True), until_parent_leaves()))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
