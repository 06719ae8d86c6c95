"""A client for tests: allowed on the loopback, closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from wirewatch.core.watchlist import Access, Limits, Settings
from wirewatch.errors import FetchError, SecretError
from wirewatch.fetch.client import Client, Request, Response

LOOPBACK = ("127.0.0.0/8", "::1/128")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def resolver(secrets: Mapping[str, str]) -> Callable[[str], str]:
    """References of both kinds: a whole text such as `env:KEY`, and `${KEY}` inside one."""

    def resolve(text: str) -> str:
        if text.startswith("env:"):
            if text not in secrets:
                raise SecretError(f"{text}: not set; set it where Wirewatch is started")
            return secrets[text]
        for reference, value in secrets.items():
            text = text.replace(reference, value)
        return text

    return resolve


@asynccontextmanager
async def fetching(
    *,
    allow: tuple[str, ...] = LOOPBACK,
    secrets: Mapping[str, str] | None = None,
    seconds: float = 20.0,
    body_bytes: int = 1_000_000,
    connections: int = 8,
    per_site: int = 8,
    contact: str | None = None,
    proxy: str | None = None,
    ca_file: str | None = None,
) -> AsyncIterator[Client]:
    limits = Limits(
        timeout=timedelta(seconds=seconds), body_bytes=body_bytes, connections=connections, per_site=per_site
    )
    settings = Settings(allow=allow, limits=limits, contact=contact, proxy=proxy, ca_file=ca_file)
    client = Client(settings, resolver(secrets or {}), version="9.9", now=lambda: NOW)
    try:
        yield client
    finally:
        await client.close()


async def fetched(client: Client, url: str, access: Access | None = None, **more: str) -> Response:
    return await client.get(Request(url, more.pop("site", "site.example"), access or Access(), **more))


async def refused(client: Client, url: str, access: Access | None = None, **more: str) -> FetchError:
    """The error that a request ends in."""
    try:
        response = await fetched(client, url, access, **more)
    except FetchError as error:
        return error
    raise AssertionError(f"an error was expected, not {response.status}")
