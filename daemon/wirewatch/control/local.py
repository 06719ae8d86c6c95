"""Control on the database itself: inside the daemon for its socket, and in a command where no daemon runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Protocol, TypeVar

from wirewatch import __version__
from wirewatch.control.protocol import Failing, Noise, Queue, Status
from wirewatch.control.wellness import troubles_of, well_since
from wirewatch.core.identity import digest, link_of_text
from wirewatch.core.model import DeliveryState, EntryId, HitState, SeenKey
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import ReceiverName, TopicKey
from wirewatch.errors import ControlError
from wirewatch.live import Live
from wirewatch.placing import release_feed
from wirewatch.store import listing
from wirewatch.store.again import retry_messages
from wirewatch.store.database import Connection, Database
from wirewatch.store.ledger import Ledger, ledger
from wirewatch.store.listing import ListedAlert, ListedFeed, ListedHit
from wirewatch.store.noise import NoiseMark, hits_to_mark, mark_noise
from wirewatch.store.outbox import open_notices, release_held
from wirewatch.store.overview import Overview, Record, overview, records, schema_number
from wirewatch.store.silences import add_silence, in_force, lift_silences, silences

T = TypeVar("T")

LATELY = timedelta(days=7)


class Write(Protocol):
    """Runs a job in one transaction and gives its value. Blocks; raises StoreBusy or StoreError."""

    def __call__(self, job: Callable[[Connection], T], *, placing: bool = False) -> T: ...


@dataclass(frozen=True, slots=True)
class Running:
    """The daemon that answers. refused: the errors of the last edit, if it is not live; reload: makes the file live."""

    pid: int
    since: datetime
    refused: Callable[[], tuple[str, ...]]
    reload: Callable[[], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LocalControl:
    """live: the watchlist, raises ConfigError where there is none; desk, watchlist: as `status` names them."""

    database: Database
    write: Write
    live: Callable[[], Live]
    clock: Callable[[], datetime]
    desk: Callable[[], str]
    watchlist: str
    running: Running | None = None
    refused: tuple[str, ...] = ()

    def status(self) -> Status:
        now, running = self.clock(), self.running
        refused = running.refused() if running else self.refused
        with self.database.read() as conn:
            seen, notices = overview(conn, now - LATELY), open_notices(conn)
            quiet, schema = in_force(conn, now), schema_number(conn)
        troubles = troubles_of(seen, running is not None, refused, now, running.since if running else None)
        return Status(
            well=not troubles,
            troubles=troubles,
            now=now,
            version=__version__,
            schema=schema,
            running=running is not None,
            pid=running.pid if running else None,
            since=running.since if running else None,
            since_well=well_since(notices, troubles, running.since if running else None),
            desk=self.desk(),
            watchlist=self.watchlist,
            loaded_at=seen.loaded_at,
            refused=refused,
            database=self.database.place,
            feeds=seen.feeds,
            heard=seen.heard,
            failing=tuple(Failing(*one) for one in seen.failing),
            polled_at=seen.polled_at,
            delivered_at=seen.delivered_at,
            queue=_queue(seen),
            silences=quiet,
            notices=notices,
        )

    def feeds(self) -> tuple[ListedFeed, ...]:
        with self.database.read() as conn:
            return listing.feed_rows(conn)

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
        with self.database.read() as conn:
            return listing.hits(conn, topic=topic, feed=feed, state=state, since=since, before=before, limit=limit)

    def alerts(
        self,
        *,
        state: DeliveryState | None = None,
        receiver: ReceiverName | None = None,
        before: int | None = None,
        limit: int = 20,
    ) -> tuple[ListedAlert, ...]:
        with self.database.read() as conn:
            return listing.alerts(conn, state=state, receiver=receiver, before=before, limit=limit)

    def ledger(self) -> Ledger:
        with self.database.read() as conn:
            return ledger(conn)

    def records(
        self,
        *,
        entry: EntryId | None = None,
        alert: int | None = None,
        link: str | None = None,
        title: str | None = None,
    ) -> tuple[Record, ...]:
        key = None if link is None else link_key(link)
        with self.database.read() as conn:
            return records(conn, entry=entry, alert=alert, link_key=key, title=title)

    def silences(self) -> tuple[Silence, ...]:
        with self.database.read() as conn:
            return silences(conn, self.clock() - LATELY)

    def silence(self, topic: TopicKey, lasts: timedelta, because: str, by: str) -> Silence:
        self._known_topic(topic)
        now = self.clock()
        return self.write(lambda conn: add_silence(conn, topic, now, now + lasts, because, by))

    def lift(self, topic: TopicKey) -> int:
        now = self.clock()
        lifted = self.write(lambda conn: lift_silences(conn, topic, now))
        if not lifted:
            self._known_topic(topic)  # a silence may outlive its topic: only a name that is neither is wrong
        return lifted

    def release(self, name: str) -> int:
        live, now = self.live(), self.clock()
        if receiver := next((one.name for one in live.watchlist.receivers if one.name == name), None):
            return self.write(lambda conn: release_held(conn, receiver, now))
        feed = next((one for one in live.watchlist.feeds if name in (one.name, one.url)), None)
        if feed is None:
            known = [*(one.name for one in live.watchlist.receivers), *(one.name for one in live.watchlist.feeds)]
            raise _unknown("receiver or feed", name, known)
        return self.write(lambda conn: release_feed(conn, feed, live, now), placing=True)

    def retry(self, message: str | None = None, receiver: ReceiverName | None = None) -> int:
        now = self.clock()
        if receiver is not None:
            known = [one.name for one in self.live().watchlist.receivers]
            if receiver not in known:
                raise _unknown("receiver", receiver, known)
        sent = self.write(lambda conn: retry_messages(conn, now, message=message, receiver=receiver))
        if message is not None and not sent:
            raise ControlError(
                f"message {message}: none of this number waits or was given up; "
                "see: wirewatch alerts --state 'given up'"
            )
        return sent

    def not_this(self, *, hit: int | None = None, alert: int | None = None, by: str = "") -> tuple[Noise, ...]:
        if (hit is None) == (alert is None):
            raise ControlError("name one hit or one alert by its number, as `wirewatch hits` and `alerts` show it")
        now = self.clock()
        with self.database.read() as conn:
            found = hits_to_mark(conn, hit=hit, alert=alert)
        if not found:
            what = f"hit {hit}" if alert is None else f"alert {alert}"
            raise ControlError(f"{what}: there is none (any more); see: wirewatch hits, wirewatch alerts")
        marks = [NoiseMark(one.hit_id, one.topic, now, by, one.sentence, one.rules) for one in found]
        self.write(lambda conn: mark_noise(conn, marks))
        return tuple(Noise(one.hit_id, one.topic, now, by, one.sentence, one.terms, one.sentence) for one in marks)

    def reload(self) -> tuple[str, ...]:
        if self.running is None:
            raise ControlError("no daemon runs on this database: its next start reads the watchlist anew")
        return self.running.reload()

    def _known_topic(self, topic: TopicKey) -> None:
        known = [one.key for one in self.live().watchlist.topics]
        if topic not in known:
            raise _unknown("topic", topic, known)


def link_key(link: str) -> SeenKey:
    """The key under which entries with this link are kept; 0, which none has, for a link that names nothing."""
    canonical = link_of_text(link)
    return SeenKey(0) if canonical is None else digest("link", canonical)


def _queue(seen: Overview) -> Queue:
    return Queue(
        waiting=seen.waiting,
        oldest=seen.oldest,
        next_due=seen.next_due,
        sending=seen.sending,
        held=seen.held,
        given_up=seen.given_up,
        silenced=seen.silenced,
    )


def _unknown(what: str, name: str, known: Iterable[str]) -> ControlError:
    names = list(known)
    near = get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(names[:12]) or 'none'}"
    return ControlError(f"no {what} is called {name!r} in the watchlist; {hint}")
