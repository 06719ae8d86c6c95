"""The guarded parsers: a few child processes that read documents for the daemon, started when something comes.

A document goes to a child and its answer comes back before the next one goes, so a child that dies names the guilty
one. A dead child is replaced; what was not the document's own fault is tried once more.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import queue
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, Timer
from typing import Final

from wirewatch.core.model import ParsedFeed
from wirewatch.core.watchlist import Limits
from wirewatch.errors import ParseError
from wirewatch.fetch.frames import Answer, feed_from_plain, pack_document, read_answer

# The daemon's own search path, and neither its environment (secrets) nor its main module: the child is small.
_PROGRAM: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from wirewatch.fetch.child import serve; serve(*map(int, sys.argv[2:]))"
)
_KEPT_ENVIRONMENT: Final = ("LD_LIBRARY_PATH", "PATH")
# glibc gives freed memory back at once: 2 MiB less in a child after real feeds (measured in November 2026).
_MEMORY: Final = {"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}
_ATTEMPTS: Final = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Document:
    """One answer of a server. url: where it was found in the end; content_type: the header, None where none came."""

    body: bytes
    content_type: str | None
    url: str


class ParsePool:
    """`limits.parsers` children at most. Use from one event loop; close it at the end, or its children stay."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.parsers, thread_name_prefix="parse")
        self._idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._children: set[_Child] = set()
        self._lock = Lock()
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the children that run now."""
        with self._lock:
            return tuple(child.pid for child in self._children)

    async def parse(self, documents: Sequence[Document]) -> list[ParsedFeed | ParseError]:
        """Read the documents, each to its feed or to the error that it costs; in their order. Never blocks the loop."""
        loop = asyncio.get_running_loop()
        lanes = [range(start, len(documents), self._limits.parsers) for start in range(self._limits.parsers)]
        work = [
            loop.run_in_executor(self._threads, self._parse_all, [documents[index] for index in lane])
            for lane in lanes
            if lane
        ]
        results = dict[int, ParsedFeed | ParseError]()
        for lane, answers in zip(lanes, await asyncio.gather(*work), strict=False):
            results.update(zip(lane, answers, strict=True))
        return [results[index] for index in range(len(documents))]

    def close(self) -> None:
        """End the children at once; what they were reading is lost to whoever waits for it (RuntimeError)."""
        with self._lock:
            self._closed = True
            children = list(self._children)
        for child in children:
            child.kill()
        self._threads.shutdown(wait=True)  # what is queued meets `_closed` at once
        for child in children:
            child.end()

    def _parse_all(self, documents: Sequence[Document]) -> list[ParsedFeed | ParseError]:
        return [self._parse_one(document) for document in documents]

    def _parse_one(self, document: Document) -> ParsedFeed | ParseError:
        died = ""
        for _ in range(_ATTEMPTS):
            child = self._take()
            answer = child.ask(document)
            if answer is not None:
                self._give_back(child, answer.last)
                return _result(answer)
            self._drop(child)
            died = child.end()
            if child.took_too_long:
                return ParseError(f"cost too much time to read ({child.patience:.0f} s); tell its publisher")
            if died == signal.SIGXCPU.name:
                seconds = self._limits.parse_cpu.total_seconds()
                return ParseError(
                    f"cost more than {seconds:g} s of CPU to read; tell its publisher, or remove the feed"
                )
        return ParseError(f"the parser died of this document ({died}); tell its publisher, or remove the feed")

    def _take(self) -> _Child:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            pass  # the first, or others are busy: there are never more threads than children allowed
        with self._lock:
            if self._closed:
                raise RuntimeError("the parsers are closed")
            child = _Child(self._limits)
            self._children.add(child)
        return child

    def _give_back(self, child: _Child, last: bool) -> None:
        if last:
            self._drop(child)
            child.end()
        else:
            self._idle.put(child)

    def _drop(self, child: _Child) -> None:
        with self._lock:
            self._children.discard(child)


class _Child:
    """One parser process. Not thread-safe: it is in one thread's hands at a time (but for `kill`)."""

    def __init__(self, limits: Limits) -> None:
        cpu = max(1, math.ceil(limits.parse_cpu.total_seconds()))
        # The kernel counts CPU; this is for a child that waits for ever, on a machine that may be loaded.
        self.patience = cpu * 3.0 + 10
        self.took_too_long = False
        numbers = (cpu, limits.parse_memory_bytes, limits.entries)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, json.dumps(sys.path), *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ} | _MEMORY,
            start_new_session=True,  # Ctrl-C in a terminal reaches the daemon alone
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, document: Document) -> Answer | None:
        """The answer to one document; None where the child died, or was killed because it took too long."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = Timer(self.patience, self._give_up)
        timer.start()
        try:
            self._process.stdin.write(pack_document(document.body, document.content_type, document.url))
            self._process.stdin.flush()
            return read_answer(self._process.stdout.read)
        except BrokenPipeError:
            return None
        finally:
            timer.cancel()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> str:
        """Wait for its end, closing the pipes; returns what it died of, as "SIGKILL" or "exit code 1"."""
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except BrokenPipeError:
                pass  # half a document was still in our buffer
        code = self._process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def _give_up(self) -> None:
        self.took_too_long = True
        self.kill()


def _result(answer: Answer) -> ParsedFeed | ParseError:
    if answer.kind == "feed":
        return feed_from_plain(answer.value)
    if answer.kind == "bug":
        log.error("action=parse-bug\n%s", answer.value)
        return ParseError("could not be read because of a fault in Wirewatch; its log tells more, please report it")
    return ParseError(answer.value)
