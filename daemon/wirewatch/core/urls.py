"""Addresses as text: the form that identifies a page, the address behind an aggregator's, what may be shown.

Knows nothing of the network: what an address leads to is `fetch/`'s matter, registrable domains are `fetch/sites.py`'s.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from typing import Final
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_UNWRAP_DEPTH: Final = 4  # a wrapper in a wrapper exists (Google around Bing); more is somebody's joke

# Parameters that say where a reader came from and never which page it is; prefixes end with "*".
_TRACKING: Final = (
    "utm_* mtm_* pk_* piwik_* matomo_* _ga _gl",  # Google Analytics, Matomo (Piwik)
    "gclid gclsrc dclid gbraid wbraid srsltid",  # Google advertisements and shopping
    "fbclid igshid igsh twclid ttclid li_fat_id msclkid yclid ysclid _openstat",  # click numbers of other networks
    "__twitter_impression dicbo",  # Twitter's and Outbrain's own counters
    "mc_cid mc_eid _hsenc _hsmi mkt_tok ck_subscriber_id",  # newsletters: Mailchimp, HubSpot, Marketo, Kit
    "at_medium at_campaign at_campaign_type at_custom* at_link* at_format at_bbc_team at_ptr_name",  # BBC, France 24
    "ns_mchannel ns_source ns_campaign ns_linkname ns_fee",  # BBC before that
    "xtor",  # AT Internet: French and German houses
    "cmpid cmp intcmp ncid ocid smid ito ftag taid sref sr_share",  # numbers of campaigns: CNN, Guardian, MSN, NYT, CBS
    "guccounter guce_referrer guce_referrer_sig",  # Yahoo's detour over its consent page
    "feedtype feedname wprss maca traffic_source rss",  # "by feed": Reuters, Washington Post, DW, Al Jazeera
)
_TRACKING_NAMES: Final = frozenset(name for line in _TRACKING for name in line.split() if not name.endswith("*"))
_TRACKING_PREFIXES: Final = tuple(name[:-1] for line in _TRACKING for name in line.split() if name.endswith("*"))
# Parameters that may name a page's part, but say only "by feed" where their value does: ref=rss, mod=rss_markets_main.
_SOURCE_NAMES: Final = frozenset(("ref", "source", "src", "from", "via", "origin", "partner", "emc", "mod", "cid"))
_SOURCE_VALUE: Final = re.compile(r"(?:(?:[a-z]+[_-])?rss(?:nyt|[_-].*)?|feeds?|feedburner|atom)\Z", re.IGNORECASE)

_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\Z|\[[0-9a-f:.]+\]\Z")
_ESCAPE: Final = re.compile(r"%(?P<hex>[0-9A-Fa-f]{2})?")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE: Final = "%/:@!$&'()*+,;=~?"  # what stays as it is in a path and a query (RFC 3986, section 3.3 and 3.4)


def canonical_link(url: str) -> str | None:
    """The form under which two spellings of one page's address are equal; for comparing, not for opening.

    Without scheme (`//host/path?query`), user, `www.`, default port, fragment (but `#!`), trailing slash and tracking
    parameters; parameters sorted, escapes normalised (RFC 3986, section 6.2.2), host in lower case and punycode.
    A fixed point: its own canonical form is itself. None where it is no http(s) address. Never raises.
    """
    parts = _split(url)
    if parts is None:
        return None
    host = _host(parts)
    port = _port(parts)
    if host is None or port is None:
        return None
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    shown_port = "" if port in (0, *_DEFAULT_PORTS.values()) else f":{port}"
    query = "&".join(sorted(piece for piece in _normal(parts.query, plus=True).split("&") if not _tracks(piece)))
    fragment = f"#{_normal(parts.fragment)}" if parts.fragment.startswith("!") else ""
    return f"//{host}{shown_port}{_normal(parts.path).rstrip('/')}{'?' if query else ''}{query}{fragment}"


def host_of(url: str) -> str:
    """The host in lower case and punycode, without port; IPv6 in brackets; "" where there is none. Never raises."""
    parts = _split(url)
    return (_host(parts) or "") if parts is not None else ""


def origin(url: str) -> str | None:
    """Scheme, host and port, as in `https://a.example:8443` (RFC 6454); a default port is left out.

    Two addresses may share credentials only if their origins are equal. None where there is none. Never raises.
    """
    parts = _split(url)
    return None if parts is None else _origin(parts)


def request_url(url: str) -> str | None:
    """The address as it goes over the wire: ASCII only, no user, no fragment, path and query escaped where needed.

    Built anew from its parts, so that no two readers of it (we, libcurl, a proxy) can see different hosts.
    None where it is no absolute http(s) address. Never raises.
    """
    parts = _split(url)
    start = None if parts is None else _origin(parts)
    if parts is None or start is None:
        return None
    return f"{start}{escaped(parts.path or '/')}{'?' if parts.query else ''}{escaped(parts.query)}"


def escaped(text: str) -> str:
    """A piece of a path or query as `request_url` spells it: ASCII, what stands escaped stays as it is."""
    return quote(text, safe=_SAFE, errors="surrogatepass")


def safe_link(url: str) -> str | None:
    """The address if it may stand in a message: http or https, a sound host, nothing hidden; else None.

    Refused: credentials, spaces, control and direction characters, other schemes. Escaping is the renderer's.
    """
    text = url.strip()
    parts = _split(text)
    if parts is None or not parts.scheme or _host(parts) is None or _port(parts) is None or "@" in parts.netloc:
        return None
    if any(unicodedata.category(character)[0] in "CZ" for character in text) or "\\" in text:
        return None
    return text


def unwrap_link(url: str) -> str:
    """The address behind an aggregator's, where the aggregator's address carries it; else `url` as it is.

    At most _UNWRAP_DEPTH wrappers deep. Never raises, never asks the network.
    """
    for _ in range(_UNWRAP_DEPTH):
        if _PERHAPS_WRAPPED.search(url) is None:  # one look instead of twelve at nearly every link
            break
        inner = _wrapped(url)
        if inner is None:
            break
        url = inner
    return url


_PERHAPS_WRAPPED: Final = re.compile(
    r"google\.|bing\.|umblr\.|facebook\.|instagram\.|youtube\.|reddit\.|duckduckgo\.|outlook\.|yahoo\.|feedblitz\.",
    re.IGNORECASE,
)
# Host pattern, start of the path, parameters that carry the target.
_WRAPPERS: Final = (
    (re.compile(r"news\.google\.com"), "/", ("url", "q")),
    (re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}"), "/url", ("url", "q")),  # search results and Google Alerts
    (re.compile(r"(?:www\.)?bing\.com"), "/news/apiclick.aspx", ("url",)),
    (re.compile(r"t\.umblr\.com"), "/redirect", ("z",)),
    (re.compile(r"(?:l|lm|www)\.facebook\.com"), "/l.php", ("u",)),
    (re.compile(r"l\.instagram\.com"), "/", ("u",)),
    (re.compile(r"www\.youtube\.com"), "/redirect", ("q",)),
    (re.compile(r"out\.reddit\.com"), "/", ("url",)),
    (re.compile(r"duckduckgo\.com"), "/l/", ("uddg",)),
    (re.compile(r"\w+\.safelinks\.protection\.outlook\.com"), "/", ("url",)),
)
# The target stands in the path: Yahoo's search and its old redirector, FeedBlitz (`/~/t/0/0/name/~https://...`).
_IN_PATH: Final = (
    (re.compile(r"(?:\w+\.)?search\.yahoo\.com"), re.compile(r"/RU=([^/]+)/")),
    (re.compile(r"(?:\w+\.)*rd\.yahoo\.com"), re.compile(r"/\*+(https?(?::|%3a).+)", re.IGNORECASE)),
    (re.compile(r"feeds\.feedblitz\.com"), re.compile(r"/~(https?(?::|%3a).+)", re.IGNORECASE)),
)
_GOOGLE_TOKEN: Final = re.compile(r"/(?:articles|read)/(CBMi[\w-]+)")


def _wrapped(url: str) -> str | None:
    """The target that one wrapper carries; None where this is no wrapper or it carries no web address."""
    host = host_of(url)
    if not host:
        return None
    parts = urlsplit(url.strip())
    targets: list[str] = []
    for wrapper, start, names in _WRAPPERS:
        if parts.path.startswith(start) and wrapper.fullmatch(host):
            fields = parse_qs(parts.query)
            targets += [value for name in names for value in fields.get(name, ())]
    targets += [
        unquote(found[1]) for wrapper, inner in _IN_PATH if wrapper.fullmatch(host) for found in inner.finditer(url)
    ]
    token = _GOOGLE_TOKEN.search(parts.path) if host == "news.google.com" else None
    if token is not None:
        targets.append(_google_target(token[1]))
    return next((target for target in targets if origin(target) is not None), None)


def _google_target(token: str) -> str:
    """The address in a Google News token; "" where it holds none (since 2024 it names a row in Google's database).

    token: begins with "CBMi", a base64url protocol buffer of 0x08 0x13, then field 4 (0x22), its length, the address.
    """
    try:
        data = base64.urlsafe_b64decode(token + "===")
    except (binascii.Error, ValueError):
        return ""
    if len(data) < 5:
        return ""
    # The length is a varint; addresses beyond 127 bytes take two bytes, longer than 16 kB there is none.
    start, length = (4, data[3]) if data[3] < 0x80 else (5, (data[3] & 0x7F) | data[4] << 7)
    return data[start : start + length].decode("utf-8", "replace")


def _split(url: str) -> SplitResult | None:
    """The parts of an http(s) or scheme-less (`//host`) address; None where it is none."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    # Browsers read `\\` as `/`, others as a part of the user's name: two hosts in one address.
    sound = parts.netloc and "\\" not in parts.netloc and parts.scheme in ("", "http", "https")
    return parts if sound else None


def _origin(parts: SplitResult) -> str | None:
    host, port = _host(parts), _port(parts)
    if not parts.scheme or host is None or port is None:
        return None
    return f"{parts.scheme}://{host}" + ("" if port in (0, _DEFAULT_PORTS[parts.scheme]) else f":{port}")


def _host(parts: SplitResult) -> str | None:
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        host = f"[{host}]"
    if not host.isascii() and len(host) <= 253:
        try:
            host = host.encode("idna").decode("ascii").lower().rstrip(".")
        except UnicodeError:
            return None
    return host if len(host) <= 253 and _HOST.match(host) else None


def _port(parts: SplitResult) -> int | None:
    """The port, 0 where none is written, None where it cannot be one."""
    try:
        return parts.port or 0
    except ValueError:
        return None


def _normal(text: str, *, plus: bool = False) -> str:
    """Escapes in one spelling. plus: `+` means a space, as in a query."""
    if plus:
        text = text.replace("+", "%20")
    return escaped(_ESCAPE.sub(_normal_escape, text))


def _normal_escape(match: re.Match[str]) -> str:
    if match["hex"] is None:
        return "%25"  # a bare per cent sign
    character = chr(int(match["hex"], 16))
    return character if character in _UNRESERVED else match[0].upper()


def _tracks(piece: str) -> bool:
    """Does this `name=value` of a query only tell where the reader came from?"""
    name, _, value = piece.partition("=")
    name = name.lower()
    if not piece or name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES):
        return True
    return name in _SOURCE_NAMES and _SOURCE_VALUE.match(value) is not None
