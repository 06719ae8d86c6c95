"""All checks, in the order in which a person would make them: the program, its files, then what is around it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from wirewatch.config.load import files_named
from wirewatch.control.protocol import Status
from wirewatch.core.urls import host_of
from wirewatch.core.watchlist import Feed, Mail, Settings, Watchlist
from wirewatch.doctor.files import check_database, check_secrets, check_watchlist, files_read, sqlite_file
from wirewatch.doctor.finding import Finding, State, merged
from wirewatch.doctor.machine import (
    Versions,
    check_clock,
    check_daemon,
    check_disk,
    check_drift,
    check_program,
    check_rights,
)
from wirewatch.doctor.network import (
    FEEDS_ASKED,
    FEEDS_NAMED,
    PATIENCE,
    Names,
    check_feeds,
    check_names,
    check_ways,
    feeds_to_try,
    hosts_to_look_up,
    left_out,
)
from wirewatch.errors import DeliveryError
from wirewatch.notify.destinations import destinations
from wirewatch.notify.reach import Way, is_unresolved, way_of
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import Destination
from wirewatch.notify.trial import Sent
from wirewatch.visit import Get

STEPS = 6  # how often `Doctor.examine` says that it has come further


class Closing(Get, Protocol):
    """A client that is used for one look."""

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the checks need of the world; tests give their own.

    now, monotonic: the two clocks. free_bytes: of the disk of a path. may_write: as this user, whose name is `user`.
    make: a resolver that reads files by this function. ask: the daemon's status, None where none runs.
    """

    environ: Mapping[str, str]
    versions: Versions
    user: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    free_bytes: Callable[[Path], int]
    may_write: Callable[[Path], bool]
    look_up: Callable[[str], Awaitable[tuple[str, ...]]]
    client: Callable[[Settings, Resolver], Closing]
    make: Callable[[Callable[[Path], str]], Resolver]
    ask: Callable[[], Status | None]


@dataclass(frozen=True, slots=True)
class Doctor:
    """One look at everything.

    address: of the database, resolved; None where its secret is not there (which is said).
    send: sends a test message to a destination; None: none is sent.
    """

    path: Path
    address: str | None
    resolver: Resolver
    around: Surroundings
    send: Callable[[Sequence[Destination]], Sequence[Sent]] | None = None

    async def examine(self, on_step: Callable[[], None] = lambda: None) -> tuple[Finding, ...]:
        """Every finding, those that are alike as one. on_step: called STEPS times, as the look goes on."""
        around = self.around
        start = around.now(), around.monotonic()
        loaded = check_watchlist(self.path)
        found = [*check_program(around.versions), *loaded.findings]
        on_step()
        found += self._files(loaded.watchlist)
        on_step()
        found.append(check_daemon(around.ask))
        on_step()
        if loaded.watchlist is not None:
            found += await self._network(loaded.watchlist, on_step)
        drift = check_drift(around.now() - start[0], timedelta(seconds=around.monotonic() - start[1]))
        found += [drift] if drift is not None else []
        return merged(tuple(replace(one, text=self._clean(one.text), cure=self._clean(one.cure)) for one in found))

    def _clean(self, text: str) -> str:
        return self.resolver.scrub(text)

    def _files(self, watchlist: Watchlist | None) -> Iterator[Finding]:
        around = self.around
        file = sqlite_file(self.address) if self.address is not None else None
        secret: tuple[Path, ...] = ()
        if watchlist is not None:
            yield from check_secrets(watchlist, self.resolver)
            secret = tuple(files_read(around.make, watchlist))
        shared = (*files_named(self.path), *((file,) if file is not None else ()))
        yield from check_rights(
            shared, secret, file.parent if file is not None else None, around.may_write, around.user
        )
        if file is not None:
            yield check_disk(file.parent, around.free_bytes)
        if self.address is not None:
            yield check_database(self.address)

    async def _network(self, watchlist: Watchlist, on_step: Callable[[], None]) -> list[Finding]:
        around, settings = self.around, watchlist.settings
        ways, sendable = self._ways(watchlist)
        named = feeds_to_try(watchlist.feeds, self.resolver.resolve, FEEDS_NAMED)
        names = await check_names(hosts_to_look_up(settings, named, ways, self.resolver.resolve), around.look_up)
        on_step()
        secure = feeds_to_try(watchlist.feeds, self.resolver.resolve, FEEDS_ASKED, secure=True)
        asked = tuple(feed for feed in secure if self._is_known(feed, settings, names))
        lost = tuple(feed for feed in secure if feed not in asked)
        found = [*names.findings, *left_out(names, lost, ways)]
        found += await self._feeds(asked, settings, closed=bool(lost and not asked))
        on_step()
        found += await check_ways(ways, names)
        if self.send is not None:
            found += [_of_sent(sent) for sent in self.send(sendable)]
        on_step()
        return found

    def _is_known(self, feed: Feed, settings: Settings, names: Names) -> bool:
        """Can it be asked, as far as names go? Behind a proxy, the proxy's name is the one that counts."""
        if feed.access.proxy or settings.proxy:
            return not names.closed
        return names.known.get(host_of(self.resolver.resolve(feed.url)), True)

    async def _feeds(self, feeds: Sequence[Feed], settings: Settings, *, closed: bool) -> tuple[Finding, ...]:
        """Feeds over TLS, and the clock by what their servers say. closed: there are some, and none can be asked."""
        if not feeds:
            what = "no server could be asked" if closed else "no feed has an https:// address that tells the time"
            return (Finding("clock", State.NOTE, f"not compared: {what}"),)
        limits = replace(settings.limits, timeout=min(settings.limits.timeout, PATIENCE - timedelta(seconds=1)))
        client = self.around.client(replace(settings, limits=limits), self.resolver)
        try:
            asked = await check_feeds(feeds, client, self.around.now)
        finally:
            await client.close()
        return (*asked.findings, check_clock(asked.offsets))

    def _ways(self, watchlist: Watchlist) -> tuple[dict[str, Way], tuple[Destination, ...]]:
        """The way to each destination, and those that can be written to.

        A mail server is asked once, whomever it writes to: ten refused sign-ins lock an account.
        What lacks its secret is left out: `check_secrets` has said it.
        """
        by_receiver = destinations(watchlist, self.resolver.resolve)
        every = dict.fromkeys(one for found in by_receiver.values() for one in found)
        usable = tuple(one for one in every if not is_unresolved(one, self.resolver))
        ways: dict[str, Way] = {}
        servers: set[Mail] = set()
        for one in usable:
            if one.mail is not None and one.mail in servers:
                continue
            try:
                ways[one.key] = way_of(one, self.resolver, self.around.environ)
            except DeliveryError:
                continue  # an address that Apprise does not know: `check_secrets` has said it, too
            servers |= {one.mail} if one.mail is not None else set()
        return ways, tuple(one for one in usable if one.key in ways or one.mail in servers)


def _of_sent(sent: Sent) -> Finding:
    subject = f"receivers.{sent.destination}"
    if sent.ok:
        return Finding(subject, State.OK, f"test message sent: {sent.answer}")
    what, _, cure = sent.answer.removeprefix(f"{sent.destination}: ").partition("; ")
    return Finding(subject, State.WRONG, f"the test message was not sent: {what}", cure)
