"""Control over a daemon's socket: what commands use while it runs."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from wirewatch.control.codec import from_json, to_json
from wirewatch.control.follow import Event
from wirewatch.control.operations import BY_NAME, FOLLOW, Operation
from wirewatch.control.protocol import Noise, Status
from wirewatch.core.model import DeliveryState, EntryId, HitState
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.errors import ControlError, StoreBusy
from wirewatch.store.ledger import Ledger
from wirewatch.store.listing import ListedAlert, ListedFeed, ListedHit
from wirewatch.store.overview import Record

PATIENCE = 60.0  # seconds that an answer may take: a reload compiles every topic
KNOCK = 5.0  # seconds that a daemon may take to answer at all


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket (http.client knows only hosts)."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.sock.close()
            raise


def answers(path: Path) -> bool:
    """Does a daemon listen there? Raises ControlError where it does and this user may not speak to it."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as knocking:
            knocking.settimeout(KNOCK)
            knocking.connect(str(path))
    except PermissionError as error:
        raise ControlError(
            f"{path}: you may not speak to this daemon: you are not in its group; "
            "ask its administrator for: usermod -aG wirewatch YOUR-NAME, then log in again"
        ) from error
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class RemoteControl:
    """Every method raises ControlError with the daemon's words, or where it does not answer."""

    path: Path

    def status(self) -> Status:
        found: Status = self._ask("status")
        return found

    def feeds(self) -> tuple[ListedFeed, ...]:
        found: tuple[ListedFeed, ...] = self._ask("feeds")
        return found

    def hits(
        self,
        *,
        topic: TopicKey | None = None,
        feed: str | None = None,
        state: HitState | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[ListedHit, ...]:
        found: tuple[ListedHit, ...] = self._ask(
            "hits", topic=topic, feed=feed, state=state, since=since, before=before, limit=limit
        )
        return found

    def alerts(
        self,
        *,
        state: DeliveryState | None = None,
        receiver: ReceiverName | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> tuple[ListedAlert, ...]:
        found: tuple[ListedAlert, ...] = self._ask("alerts", state=state, receiver=receiver, before=before, limit=limit)
        return found

    def ledger(self) -> Ledger:
        found: Ledger = self._ask("ledger")
        return found

    def records(
        self,
        *,
        entry: EntryId | None = None,
        alert: int | None = None,
        link: str | None = None,
        title: str | None = None,
    ) -> tuple[Record, ...]:
        found: tuple[Record, ...] = self._ask("records", entry=entry, alert=alert, link=link, title=title)
        return found

    def silences(self) -> tuple[Silence, ...]:
        found: tuple[Silence, ...] = self._ask("silences")
        return found

    def silence(self, topic: TopicKey, lasts: timedelta, because: str, by: str = "") -> Silence:
        """`by` is not sent: the daemon knows who asks."""
        made: Silence = self._ask("silence", topic=topic, lasts=lasts, because=because)
        return made

    def lift(self, topic: TopicKey) -> int:
        return int(self._ask("lift", topic=topic))

    def release(self, name: str) -> int:
        return int(self._ask("release", name=name))

    def retry(self, message: str | None = None, receiver: ReceiverName | None = None) -> int:
        return int(self._ask("retry", message=message, receiver=receiver))

    def not_this(self, *, hit: int | None = None, alert: int | None = None, by: str = "") -> tuple[Noise, ...]:
        found: tuple[Noise, ...] = self._ask("not_this", hit=hit, alert=alert)
        return found

    def reload(self) -> tuple[str, ...]:
        errors: tuple[str, ...] = self._ask("reload")
        return errors

    def follow(self) -> Iterator[Event]:
        """Events as they come, until the daemon stops."""
        connection = _Connection(self.path, PATIENCE)
        try:
            connection.request("GET", FOLLOW)
            for line in connection.getresponse():
                if line.strip():
                    yield from_json(Event, line)
        except (OSError, http.client.HTTPException) as error:
            raise ControlError(f"{self.path}: the daemon is gone: {error}") from error
        finally:
            connection.close()

    def _ask(self, called: str, /, **given: Any) -> Any:
        operation = BY_NAME[called]
        status, body = self._exchange(operation, {key: value for key, value in given.items() if value is not None})
        if status == 200 or (status == 422 and called == "reload" and not body.startswith(b'{"error"')):
            return from_json(operation.gives, body)
        text = _text_of(body)
        raise StoreBusy(text) if status == 503 else ControlError(text)

    def _exchange(self, operation: Operation, given: dict[str, Any]) -> tuple[int, bytes]:
        values = json.loads(to_json(dict[str, Any], given))
        query = f"?{urlencode(values)}" if operation.method == "GET" and values else ""
        body = json.dumps(values).encode() if operation.method == "POST" else None
        connection = _Connection(self.path, PATIENCE)
        try:
            connection.request(operation.method, operation.path + query, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise ControlError(f"{self.path}: the daemon does not answer: {error}; is it stopping?") from error
        finally:
            connection.close()


def _text_of(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the daemon said something that this version does not know: {body[:200]!r}"
