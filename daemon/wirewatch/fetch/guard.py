"""Which network addresses may be fetched from: public ones, and those the settings allow by name.

Judges addresses, not names: libcurl's thread asks about each address it is about to dial, at every hop, so that
decimal, short or octal spellings and names that change between look-up and dial cannot slip through. Behind a proxy
nothing is dialled here; there the target's name is judged before each request (`target_refusal`).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

# Own list instead of ipaddress.is_private: that one differs between patch releases of Python 3.11, calls 6to4 and
# site-local addresses public and knows nothing of what is embedded. Source: IANA special-purpose address registries.
_FORBIDDEN: Final = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "means this machine"),
        ("10.0.0.0/8", "is in a private network"),
        ("100.64.0.0/10", "is in a provider's internal network (CGNAT)"),
        ("127.0.0.0/8", "is this machine itself (loopback)"),
        ("169.254.0.0/16", "is link-local"),
        ("172.16.0.0/12", "is in a private network"),
        ("192.0.0.0/24", "is reserved"),
        ("192.0.2.0/24", "is reserved for documentation"),
        ("192.88.99.0/24", "is reserved (6to4 relay)"),
        ("192.168.0.0/16", "is in a private network"),
        ("198.18.0.0/15", "is reserved for benchmarks"),
        ("198.51.100.0/24", "is reserved for documentation"),
        ("203.0.113.0/24", "is reserved for documentation"),
        ("224.0.0.0/4", "is multicast"),
        ("240.0.0.0/4", "is reserved"),
        ("::/128", "means this machine"),
        ("::1/128", "is this machine itself (loopback)"),
        ("64:ff9b:1::/48", "is in a private network (NAT64)"),
        ("100::/64", "is reserved (discard)"),
        ("2001::/23", "is reserved"),
        ("2001:db8::/32", "is reserved for documentation"),
        ("3fff::/20", "is reserved for documentation"),
        ("5f00::/16", "is reserved (segment routing)"),
        ("fc00::/7", "is in a private network"),
        ("fe80::/10", "is link-local"),
        ("fec0::/10", "is in a private network"),
        ("ff00::/8", "is multicast"),
    )
)
# IPv6 forms that carry an IPv4 address, and how many bits stand right of it. Teredo is refused whole (2001::/23).
_CARRIERS: Final = (
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # IPv4-translated
    (IPv6Network("::/96"), 0),  # IPv4-compatible
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
)
_LOCAL_NAMES: Final = (".localhost", ".local", ".localdomain", ".internal", ".intranet", ".lan", ".home.arpa")
_WAY_OUT: Final = "name its range under settings.network.allow to permit it"


class Guard:
    """The addresses that may be dialled.

    allow: networks in CIDR form that may be fetched from although they are not public; valid by construction.
    """

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = tuple(ip_network(network, strict=False) for network in allow)

    def refusal(self, address: str) -> str | None:
        """Why this address (an IP literal, perhaps with a zone) may not be dialled; None if it may."""
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return f"address {address} cannot be read"
        if self._is_allowed(parsed):
            return None
        what = _fault(parsed)
        return None if what is None else f"address {address} {what}; {_WAY_OUT}"

    def target_refusal(self, host: str, addresses: Sequence[str]) -> str | None:
        """Why this host may not be asked for through a proxy; None if it may.

        host:      as in the address: a name, or an IP literal in any spelling (IPv6 in brackets).
        addresses: what the name was found to mean here; empty where it cannot be looked up.
        Any address that is refused refuses the host: the proxy may pick each. A name that only the proxy can look
        up is trusted, unless it is a literal or plainly local: without that, a network whose only DNS is the proxy's
        could fetch nothing.
        """
        literal = _literal(host)
        for address in (literal,) if literal is not None else addresses:
            refused = self.refusal(address)
            if refused is not None:
                return refused
        if literal is None and not addresses and ("." not in host or f".{host}".endswith(_LOCAL_NAMES)):
            return f"host {host} is a local name that cannot be checked here; use its full public name"
        return None

    def _is_allowed(self, address: IPv4Address | IPv6Address) -> bool:
        inner = _carried(address)
        # `allow: 10.0.0.0/8` also means ::ffff:10.0.0.1, which is the same host on a two-protocol socket.
        candidates = (address,) if inner is None else (address, inner)
        return any(candidate in network for candidate in candidates for network in self._allow)


def _fault(address: IPv4Address | IPv6Address) -> str | None:
    listed = next((what for network, what in _FORBIDDEN if address in network), None)
    if listed is not None:
        return listed
    inner = _carried(address)
    return None if inner is None else _fault(inner)


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one; None where there is none."""
    if isinstance(address, IPv4Address):
        return None
    number = int(address)
    for network, shift in _CARRIERS:
        if address in network:
            return IPv4Address(number >> shift & 0xFFFFFFFF)
    return None


def _literal(host: str) -> str | None:
    """The address that a host already is, in the spellings the C library takes (127.1, 0x7f000001, 017700000001)."""
    if host.startswith("["):
        return host[1:-1]
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
