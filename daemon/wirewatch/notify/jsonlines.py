"""Messages as lines of a file, one JSON object each: an archive that any program can read. Never rewrites a line.

A line counts as delivered once the disk has it (fsync). A message that is repeated stands there twice, with one id.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wirewatch.core.model import Message
from wirewatch.errors import DeliveryError
from wirewatch.notify.record import json_line
from wirewatch.notify.sender import DeskCard, Destination

MODE: Final = 0o640
# Not blocking: a named pipe without a reader would hold the lane for ever.
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
_CURES: Final[Mapping[int, str]] = {
    errno.ENOENT: "its folder is not there; make it",
    errno.ENOTDIR: "its folder is not there; make it",
    errno.EISDIR: "is a folder; name a file in it",
    errno.EACCES: "may not be written; let the user of wirewatch write it and its folder",
    errno.EPERM: "may not be written; let the user of wirewatch write it and its folder",
    errno.EROFS: "cannot be written: read-only here; a service writes only to its own folders, see systemd/README.md",
    errno.ENOSPC: "the disk is full; make room",
    errno.EDQUOT: "the disk quota is used up; make room",
}


@dataclass(frozen=True, slots=True)
class JsonLinesSender:
    """Appends. Every fault is temporary: the message waits until the file can be written."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def send(self, message: Message, destination: Destination, desk: DeskCard) -> str:
        """Append one line and wait for the disk. DeliveryError says what is wrong with the file, never permanent."""
        path = Path(destination.file or "")
        with self._lock, _mapped(destination, path):
            _append(path, json_line(message))
        return "written"

    def look(self, destination: Destination) -> str:
        """Could a line be written now? Writes and makes nothing. DeliveryError as `send`."""
        path = Path(destination.file or "")
        with _mapped(destination, path):
            try:
                os.close(_opened(path, _FLAGS))
            except FileNotFoundError:
                if not path.parent.is_dir():
                    raise
                if not os.access(path.parent, os.W_OK | os.X_OK):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
                return "will be made by the first message"
        return "can be written"


def _append(path: Path, line: bytes) -> None:
    handle = _opened(path, _FLAGS | os.O_CREAT)
    try:
        size = os.fstat(handle).st_size
        # A crash or a full disk may have left half a line: it must not swallow this one.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        rest = memoryview((b"\n" if torn else b"") + line + b"\n")
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if size == 0:
        _sync_folder(path.parent)


def _opened(path: Path, flags: int) -> int:
    handle = os.open(path, flags, MODE)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.ENXIO, "is no plain file")
    return handle


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _mapped(destination: Destination, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        other = f"cannot be written ({error.strerror or error}); name a plain file on a disk that works"
        text = _CURES.get(error.errno or 0, other)
        raise DeliveryError(f"{destination.key}: file {path}: {text}; the message waits") from error
