"""The process that parses: one document in, one answer out, under limits of its own. Started by `pool`.

It ends when its pipe does, so it never outlives the daemon; what it remembers is lost with it at no harm.
"""

from __future__ import annotations

import os
import resource
import signal
import time
import traceback
from functools import partial
from pathlib import Path
from typing import Final

from wirewatch.errors import ParseError
from wirewatch.fetch.delta import MEMORY_BYTES, Memory
from wirewatch.fetch.frames import Answer, pack_answer, plain_from_feed, read_document
from wirewatch.fetch.parse import parse_document

# feedparser's many small objects fragment the heap: a child is replaced after so many documents, or when it has grown.
DOCUMENTS: Final = 2_000
GROWTH_BYTES: Final = 64 * 1024 * 1024
TOO_LARGE: Final = "needs more memory to read than a feed may take; tell its publisher, or remove the feed"

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def serve(cpu_seconds: int, memory_bytes: int, max_entries: int) -> None:
    """Answer documents from standard input on standard output until it ends.

    A document that costs more than cpu_seconds of CPU ends the process with SIGXCPU: only the kernel can stop a
    regular expression. memory_bytes: of address space, the interpreter included.
    """
    _guard(memory_bytes)
    source = os.fdopen(0, "rb", buffering=1 << 16)
    sink = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    memory = Memory()
    grown = _resident_bytes() + MEMORY_BYTES + GROWTH_BYTES
    for number in range(1, DOCUMENTS + 1):
        document = read_document(source.read)
        if document is None:
            return
        _allow_cpu(cpu_seconds)
        kind, value = answer_document(memory, *document, max_entries=max_entries)
        last = number == DOCUMENTS or _resident_bytes() > grown
        try:
            _write(sink, pack_answer(Answer(kind, value, last)))
        except BrokenPipeError:  # the daemon ended while we were reading
            return
        if last:
            return


def answer_document(
    memory: Memory, body: bytes, content_type: str | None, url: str, *, max_entries: int
) -> tuple[str, object]:
    """The kind and value of an answer (see `Answer`)."""
    parse = partial(parse_document, content_type=content_type, url=url, max_entries=max_entries)
    try:
        feed = memory.read(body, content_type or "", url, parse)
        return "feed", plain_from_feed(feed)
    except ParseError as error:
        return "error", str(error)
    except MemoryError:
        return "error", TOO_LARGE
    except Exception:  # noqa: BLE001 - the top of this loop: a bug costs this document, and the daemon logs it
        return "bug", traceback.format_exc()


def _guard(memory_bytes: int) -> None:
    # Signals to the daemon's group (Ctrl-C, systemd's stop) are not for us: the end of the pipe is.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_cpu(seconds: int) -> None:
    """Raise the soft limit for one more document: it counts over the process's life."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds + 1, hard))


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
