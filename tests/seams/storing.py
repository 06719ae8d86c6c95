"""Made values for the store's tests: feeds, entries, hits and alerts with little to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from wirewatch.core.effects import NewAlert, NewEntry
from wirewatch.core.model import (
    DeliveryState,
    DestinationKey,
    Entry,
    EntryId,
    FeedId,
    Field,
    Hit,
    HitState,
    Prominence,
    SeenKey,
    Span,
    Via,
)
from wirewatch.core.watchlist import Feed, FeedKind, Priority, ReceiverName, TopicKey
from wirewatch.store.database import Connection
from wirewatch.store.entries import save_entries, save_hits
from wirewatch.store.feeds import sync_feeds
from wirewatch.store.outbox import add_alerts

NOW = datetime(2026, 11, 25, 6, 30, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
YONGBYON, KOREA = TopicKey("yongbyon"), TopicKey("north-korea")
DESK = ReceiverName("desk")
MAIL, CHAT = DestinationKey("desk/mail-1"), DestinationKey("desk/chat-1")


def site_of(url: str) -> str:
    """Enough of a registrable domain for made addresses."""
    return url.split("/")[2]


def feed(name: str, url: str = "", **more: object) -> Feed:
    made = Feed(name=name, url=url or f"https://{name}.example/rss", outlet=name.title(), kind=FeedKind.WIRE)
    return Feed(**{field: getattr(made, field) for field in made.__slots__} | more)


def listed(conn: Connection, *feeds: Feed, now: datetime = NOW) -> list[FeedId]:
    """Put feeds into the database; their ids in order."""
    ids = sync_feeds(conn, feeds, site_of, now)
    return [ids[one.url] for one in feeds]


def entry(title: str, **more: object) -> Entry:
    made = {"guid": f"id-{title}", "link": f"https://han.example/{title}", "title": title, "published": NOW}
    return Entry(**(made | more))  # type: ignore[arg-type]


def new_entry(title: str, key: int, *, at: datetime = NOW, link_key: int | None = None, **more: object) -> NewEntry:
    return NewEntry(
        entry=entry(title, **more),
        keys=(SeenKey(key), SeenKey(-key)),
        title_key=SeenKey(key * 10),
        link_key=None if link_key is None else SeenKey(link_key),
        via=Via.POLL,
        verdict="first time seen",
        seen_at=at,
    )


def hit(topic: TopicKey = YONGBYON, sentence: str = "The Yongbyon plant.") -> Hit:
    return Hit(
        topic, (Span("Yongbyon", Field.TITLE, 4, 12),), sentence, ((4, 12),), Prominence.HEADLINE, "rule Yongbyon"
    )


def new_alert(
    entry_id: EntryId,
    *destinations: DestinationKey,
    topics: Sequence[TopicKey] = (YONGBYON,),
    receiver: ReceiverName = DESK,
    state: DeliveryState = DeliveryState.WAITING,
    due_at: datetime = NOW,
    collect: bool = True,
    early: bool = True,
) -> NewAlert:
    return NewAlert(
        entry_id=entry_id,
        receiver=receiver,
        route=1,
        priority=Priority.HIGH,
        reason="first report",
        older=False,
        topics=tuple(topics),
        destinations=destinations or (MAIL,),
        state=state,
        due_at=due_at,
        collect=collect,
        early=early,
        at=NOW,
    )


def alerted(conn: Connection, feed_id: FeedId, title: str, key: int, *, at: datetime = NOW, **more: object) -> EntryId:
    """An entry with one hit and one alert, as a poll leaves them."""
    (entry_id,) = save_entries(conn, feed_id, [new_entry(title, key, at=at)])
    save_hits(conn, [(entry_id, hit(), HitState.ALERTED, at)])
    add_alerts(conn, [new_alert(entry_id, **more)])  # type: ignore[arg-type]
    return entry_id
