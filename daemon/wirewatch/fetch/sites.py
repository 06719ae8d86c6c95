"""Registrable domains (publicsuffixlist's home): which feeds share a site, and so its patience."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from wirewatch.core.urls import host_of, request_url


def site_of(url: str) -> str:
    """The registrable domain of an address's host: `feeds.bbci.co.uk` is `bbci.co.uk`.

    IP literals and one-word hosts stay as they are, with their port: two servers on one machine are two sites.
    A host without a registrable domain (a public suffix itself) is its own site. No host at all: the text as it is.
    """
    host = host_of(url)
    if not host:
        return url
    if "." not in host or host.startswith("[") or host.rpartition(".")[2].isdigit():
        # The host is sound, so the address can be rebuilt; a default port is left out.
        return urlsplit(request_url(url) or f"//{host}").netloc
    return str(_suffixes().privatesuffix(host) or host)


@cache
def _suffixes() -> PublicSuffixList:
    # 0.1 to 0.3 s CPU and 1 to 2 MB, measured in November 2026: loaded when the first feed is read, not at import.
    return PublicSuffixList()
