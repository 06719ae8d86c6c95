"""What is around this machine: names, feeds over TLS, the time that servers tell, the servers of the receivers.

All is asked at the same time, each for ten seconds at most. Where no name can be looked up, that is said once, and
what needs names is not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from threading import Thread
from typing import Final, TypeVar
from urllib.parse import urlsplit

from wirewatch.core.urls import host_of
from wirewatch.core.watchlist import Feed, Settings
from wirewatch.doctor.finding import Finding, State
from wirewatch.errors import DeliveryError, FetchError, SecretError
from wirewatch.fetch.client import Request, Response
from wirewatch.fetch.sites import site_of
from wirewatch.notify.reach import Way
from wirewatch.visit import Get

T = TypeVar("T")
Resolve = Callable[[str], str]

PATIENCE: Final = timedelta(seconds=10)
FEEDS_NAMED: Final = 5  # whose hosts are looked up
FEEDS_ASKED: Final = 3  # over TLS

_CONNECTION: Final = (
    "look at this machine's connection and DNS (cat /etc/resolv.conf); where programs may go out by a proxy only, "
    "write it as settings: network: proxy"
)


@dataclass(frozen=True, slots=True)
class Names:
    """Which hosts have addresses. closed: names were looked up, and not one could be."""

    known: Mapping[str, bool]
    closed: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What feeds' servers said. offsets: this machine's clock minus theirs."""

    findings: tuple[Finding, ...]
    offsets: tuple[timedelta, ...]


def feeds_to_try(feeds: Sequence[Feed], resolve: Resolve, most: int, *, secure: bool = False) -> tuple[Feed, ...]:
    """The first feed of each of `most` hosts. secure: only those with an https:// address."""
    found: dict[str, Feed] = {}
    for feed in feeds:
        url = _resolved(feed, resolve)
        if feed.enabled and url and (not secure or url.lower().startswith("https://")):
            found.setdefault(host_of(url), feed)
    return tuple(found.values())[:most]


def _resolved(feed: Feed, resolve: Resolve) -> str:
    """Its address; "" where its secret is not there, which is said elsewhere."""
    try:
        return resolve(feed.url)
    except SecretError:
        return ""


def hosts_to_look_up(
    settings: Settings, feeds: Sequence[Feed], ways: Mapping[str, Way], resolve: Resolve
) -> dict[str, str]:
    """Host → who needs it. Behind a proxy feeds' names are looked up there, and only the proxy's own is needed here."""
    wanted: dict[str, str] = {}
    if settings.proxy:
        host = _proxy_host(settings.proxy, resolve)
        wanted |= {host: "proxy"} if host else {}
    else:
        direct = (feed for feed in feeds if not feed.access.proxy)
        wanted |= {host_of(_resolved(feed, resolve)): f"feeds.{feed.name}" for feed in direct}
    for key, way in ways.items():
        if way.host is not None and not way.proxied:
            wanted.setdefault(way.host, f"receivers.{key}")
    return {host: who for host, who in wanted.items() if host and not _is_address(host)}


def _proxy_host(proxy: str, resolve: Resolve) -> str:
    try:
        return urlsplit(resolve(proxy)).hostname or ""
    except (SecretError, ValueError):  # said by the checks of secrets, and of the feeds
        return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


async def check_names(
    hosts: Mapping[str, str], look_up: Callable[[str], Awaitable[tuple[str, ...]]], patience: timedelta = PATIENCE
) -> Names:
    """Look up every host at the same time. hosts: host → who needs it (which is shown; a host may be a secret)."""

    async def one(host: str) -> bool:
        try:
            async with asyncio.timeout(patience.total_seconds()):
                return bool(await look_up(host))
        except OSError:  # no such name, no answer, or (TimeoutError) no answer in time
            return False

    known = dict(zip(hosts, await asyncio.gather(*map(one, hosts)), strict=True))
    far = {host: found for host, found in known.items() if host != "localhost"}
    closed = bool(far) and not any(far.values())
    if closed and len(far) > 1:
        count = f"not one of {len(far)} names could be looked up"
        text = f"{count}: this machine has no way to the internet, or its DNS does not answer"
        return Names(known, closed, (Finding("network", State.WRONG, text, _CONNECTION),))
    lost = tuple(
        Finding(who, State.WRONG, "its server's name is not known (DNS)", "check its spelling, and this machine's DNS")
        for host, who in hosts.items()
        if not known[host]
    )
    well = Finding("names", State.OK, f"{sum(known.values())} of {len(known)} can be looked up (DNS)")
    return Names(known, closed, lost or ((well,) if known else ()))


async def check_feeds(
    feeds: Sequence[Feed], get: Get, now: Callable[[], datetime], patience: timedelta = PATIENCE
) -> Asked:
    """Does a secure connection to these feeds' servers come about? An answer with an error is one, too."""

    async def one(feed: Feed) -> tuple[Finding, timedelta | None]:
        subject = f"feeds.{feed.name}"
        try:
            async with asyncio.timeout(patience.total_seconds()):
                response = await get.get(Request(feed.url, site_of(feed.url), feed.access))
        except FetchError as error:
            if error.status is not None:
                return Finding(subject, State.NOTE, f"takes secure connections (TLS), but {error}", _PROBE), None
            return Finding.of_error(subject, error), None
        except TimeoutError:
            text = f"no whole answer within {patience.total_seconds():.0f} s"
            return Finding(subject, State.NOTE, text, _PROBE), None
        seconds = response.elapsed.total_seconds()
        return Finding(subject, State.OK, f"takes secure connections (TLS), answers after {seconds:.1f} s"), _offset(
            response, now()
        )

    done = await asyncio.gather(*map(one, feeds))
    return Asked(tuple(finding for finding, _ in done), tuple(off for _, off in done if off is not None))


_PROBE: Final = "see how every feed is: wirewatch check --probe"


def _offset(response: Response, now: datetime) -> timedelta | None:
    """Our clock minus the server's; None where it does not tell its time. A cache's copy says how old it is
    (RFC 9111, section 5.1)."""
    headers = dict(response.headers)
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    age = headers.get("age", "")
    seconds = int(age) if age.isascii() and age.isdigit() and len(age) < 9 else 0
    date = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return now - date - timedelta(seconds=seconds)


async def check_ways(ways: Mapping[str, Way], names: Names, patience: timedelta = PATIENCE) -> tuple[Finding, ...]:
    """Is the server of each destination there, and does it let us in? ways: by the destination's key."""

    async def one(key: str, way: Way) -> Finding | None:
        subject = f"receivers.{key}"
        if way.reach is None:
            return Finding(subject, State.OK, way.what)
        if way.proxied:
            cure = f"try it: wirewatch receivers test {key.partition('/')[0].partition('#')[0]}"
            return Finding(subject, State.NOTE, f"{way.what}: goes through a proxy, and was not asked", cure)
        if not names.known.get(way.host or "", True):
            return None  # its name is not known: said already
        try:
            answer = await boxed(way.reach, patience)
        except DeliveryError as error:
            found = Finding.of_error(subject, error)
            return replace(found, text=found.text.removeprefix(f"{key}: "))
        except TimeoutError:
            text = f"{way.what}: no answer within {patience.total_seconds():.0f} s"
            return Finding(subject, State.WRONG, text, "check server and port, and this machine's firewall")
        return Finding(subject, State.OK, f"{way.what}: {answer}")

    done = await asyncio.gather(*(one(key, way) for key, way in ways.items()))
    return tuple(finding for finding in done if finding is not None)


def left_out(names: Names, feeds: Sequence[Feed], ways: Mapping[str, Way]) -> Iterator[Finding]:
    """What was not asked because names cannot be looked up, in one line."""
    servers = sum(not names.known.get(way.host or "", True) for way in ways.values())
    parts = [f"feeds ({len(feeds)})"] if feeds else []
    parts += [f"servers of receivers ({servers})"] if servers else []
    if names.closed and parts:
        yield Finding("network", State.NOTE, f"not asked for that reason: {' and '.join(parts)}")


async def boxed(job: Callable[[], T], patience: timedelta) -> T:
    """Run a blocking function in a thread of its own, which is left behind when it takes too long (TimeoutError).

    Not asyncio's pool: that makes the end of the program wait for it.
    """
    box: Future[T] = Future()

    def work() -> None:
        box.set_running_or_notify_cancel()
        try:
            box.set_result(job())
        except BaseException as fault:  # noqa: BLE001  handed to whoever waits, which raises it
            box.set_exception(fault)

    Thread(target=work, name="wirewatch-doctor", daemon=True).start()
    async with asyncio.timeout(patience.total_seconds()):
        return await asyncio.wrap_future(box)
