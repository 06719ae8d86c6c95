"""Records in the order they came, and a way to wait for one. The only way in which tests of the world wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Journal(Generic[T]):
    """Written by servers in their threads, read by the test in its own."""

    def __init__(self) -> None:
        self._records: list[T] = []
        self._changed = threading.Condition()

    def add(self, record: T) -> None:
        with self._changed:
            self._records.append(record)
            self._changed.notify_all()

    def all(self) -> tuple[T, ...]:
        with self._changed:
            return tuple(self._records)

    def wait_until(self, holds: Callable[[tuple[T, ...]], bool], *, within: float, what: str) -> tuple[T, ...]:
        """All records, as soon as `holds` says yes to them. within: seconds; after that TimeoutError says `what`."""
        deadline = time.monotonic() + within
        with self._changed:
            while not holds(tuple(self._records)):
                left = deadline - time.monotonic()
                if left <= 0:
                    last = "; ".join(str(record) for record in self._records[-3:])
                    raise TimeoutError(f"waited {within:g} s for {what}; of {len(self._records)} the last: {last}")
                self._changed.wait(left)
            return tuple(self._records)

    def wait_for_next(self, wanted: Callable[[T], bool], *, after: int, within: float, what: str) -> T:
        """The first record that is wanted, not counting the first `after` ones."""
        found = self.wait_until(lambda records: any(wanted(one) for one in records[after:]), within=within, what=what)
        return next(one for one in found[after:] if wanted(one))

    def quiet_for(self, seconds: float) -> bool:
        """Did nothing come for so long? Returns at once when something does."""
        with self._changed:
            return not self._changed.wait(seconds)

    def __len__(self) -> int:
        with self._changed:
            return len(self._records)
