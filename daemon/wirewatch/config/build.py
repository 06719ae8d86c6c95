"""Checked blocks → core values: settings, receivers, routes. `sources.py` reads the feeds, `topics.py` the topics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wirewatch.config.check import checked
from wirewatch.config.names import Mention, mentions_in
from wirewatch.config.places import Findings, Item, Node, Place, Series, Table, has_control
from wirewatch.config.schema import MailShape, ReceiverShape, RouteShape, SettingsShape, WebhookShape
from wirewatch.config.sources import beside
from wirewatch.core.watchlist import Limits, Mail, Receiver, ReceiverName, Route, Settings, TopicKey
from wirewatch.core.ways import Program, Webhook

_NAMED_BY_ROUTES = {"to": "receiver", "topics": "topic", "sources": "feed", "outlets": "outlet", "tags": "tag"}
_PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}


def settings_of(lines: Mapping[str, Item], findings: Findings) -> Settings:
    """The settings; where they are wrong, the defaults, so that the rest can be checked as well."""
    shape = checked(SettingsShape, Table(Place(""), lines), "settings", findings) or SettingsShape()
    network, limits = shape.network, shape.limits
    folder = Path(lines["network"].place.file).parent if "network" in lines else Path()
    return Settings(
        name=shape.name,
        contact=shape.contact,
        timezone=shape.timezone,
        database=shape.database,
        allow=network.allow,
        proxy=network.proxy,
        ca_file=beside(folder, network.ca),
        limits=Limits(
            body_bytes=limits.body,
            entries=limits.entries,
            timeout=limits.timeout,
            parse_cpu=limits.parse_cpu,
            parse_memory_bytes=limits.parse_memory,
            parsers=limits.parsers,
            connections=limits.connections,
            per_site=limits.per_site,
        ),
        keep=shape.keep,
        keep_bytes=shape.keep_size,
        older_news=shape.older_news,
    )


def receivers_of(lines: Mapping[str, Item], zone: str, findings: Findings) -> tuple[Receiver, ...]:
    """The receivers that are right. zone: the settings' time zone, for those that have none."""
    receivers = []
    for name, item in lines.items():
        if has_control(name):
            findings.add(item.place, "receivers", "a name holds a control character; write plain text")
        shape = checked(ReceiverShape, item.node, f"receivers.{name}", findings)
        if shape:
            receivers.append(_receiver(ReceiverName(name), shape, Path(item.place.file).parent, zone))
    return tuple(receivers)


def _receiver(name: ReceiverName, shape: ReceiverShape, folder: Path, zone: str) -> Receiver:
    return Receiver(
        name=name,
        console=shape.console,
        mail=_mail(shape.mail, folder) if shape.mail else None,
        apprise=shape.apprise,
        webhook=_webhook(shape.webhook, folder) if shape.webhook else None,
        file=beside(folder, shape.file),
        program=Program(shape.program, str(folder)) if shape.program else None,
        timezone=shape.timezone or zone,
        night=shape.quiet,
        hold=shape.hold,
    )


def _webhook(shape: WebhookShape, folder: Path) -> Webhook:
    return Webhook(shape.address, shape.secret, beside(folder, shape.ca))


def _mail(shape: MailShape, folder: Path) -> Mail:
    host, port = shape.server
    security = shape.security or ("tls" if port == _PORTS["tls"] else "starttls")
    return Mail(
        server=host,
        port=port or _PORTS[security],
        security=security,
        sender=shape.sender,
        to=tuple(dict.fromkeys(shape.to)),
        user=shape.user,
        password=shape.password,
        ca_file=beside(folder, shape.ca),
    )


def routes_of(nodes: list[Node], findings: Findings) -> tuple[tuple[Route, ...], list[Mention]]:
    """The routes that are right, numbered from 1 as they stand, and the names that they use."""
    routes, mentions = [], []
    blocks = [block for node in nodes for block in (node.items if isinstance(node, Series) else (node,))]
    for number, block in enumerate(blocks, 1):
        path = f"routes.{number}"
        shape = checked(RouteShape, block, path, findings)
        if isinstance(block, Table):
            for key, kind in _NAMED_BY_ROUTES.items():
                mentions += mentions_in(block, key, kind, path)
        if shape:
            routes.append(_route(number, shape))
    return tuple(routes), mentions


def _route(number: int, shape: RouteShape) -> Route:
    return Route(
        number=number,
        to=tuple(ReceiverName(name) for name in dict.fromkeys(shape.to)),
        topics=frozenset(TopicKey(key) for key in shape.topics),
        kinds=frozenset(shape.kinds),
        langs=frozenset(shape.langs + shape.languages),
        priorities=frozenset(shape.priorities),
        prominences=frozenset(shape.prominence),
        tags=frozenset(shape.tags),
        outlets=frozenset(shape.outlets),
        sources=frozenset(shape.sources),
        send=shape.send,
        ring=shape.at_night == "ring",
        at_most=shape.at_most,
        collect=shape.collect,
        also=shape.also,
        machine=shape.machine,
    )
