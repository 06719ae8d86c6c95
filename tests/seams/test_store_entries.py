"""Entries and hits in the store: seen for good, kept for a while, edited, matched again, purged; the ledger adds up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.seams.storing import (
    CHAT,
    DAY,
    KOREA,
    MAIL,
    MINUTE,
    NOW,
    YONGBYON,
    alerted,
    entry,
    feed,
    hit,
    listed,
    new_alert,
    new_entry,
)
from wirewatch.core.effects import EditedEntry, NoticeDraft
from wirewatch.core.model import Delivery, DeliveryState, EntryId, FeedId, HitState, SeenKey
from wirewatch.store.database import Connection, Database
from wirewatch.store.entries import (
    add_keys,
    add_topics,
    kept_entries,
    save_edits,
    save_entries,
    save_hits,
    seen_entries,
    topics_known,
)
from wirewatch.store.ledger import ledger
from wirewatch.store.listing import feed_rows, hits
from wirewatch.store.outbox import (
    add_alerts,
    claim_messages,
    close_notice,
    open_notice,
    open_notices,
    record_delivery,
    told_of_link,
)
from wirewatch.store.retention import purge, purge_to_size, used_bytes


@pytest.fixture
def han(conn: Connection) -> FeedId:
    return listed(conn, feed("han"))[0]


def edit(id: EntryId, title: str, key: int, **more: object) -> EditedEntry:
    return EditedEntry(
        id=id,
        entry=entry(title, **more),
        keys=(SeenKey(key),),
        title_key=SeenKey(key * 10),
        link_key=SeenKey(7),
        verdict="text changed",
        seen_at=NOW + MINUTE,
    )


def deliver(conn: Connection, state: DeliveryState = DeliveryState.DELIVERED) -> None:
    for message in claim_messages(conn, NOW, frozenset(), 10):
        due = NOW + DAY if state is DeliveryState.WAITING else None
        record_delivery(conn, Delivery(message.id, state, NOW, due, "250 OK"))


def test_new_entries_get_ids_in_order_and_are_recognised_by_each_of_their_keys(conn: Connection, han: FeedId) -> None:
    ids = save_entries(conn, han, [new_entry(f"t{key}", key) for key in range(1, 41)])

    assert len(set(ids)) == 40
    seen = seen_entries(conn, han, [SeenKey(key) for key in (1, -1, 40, -40, 41)])
    assert {key: one.id for key, one in seen.items()} == {1: ids[0], -1: ids[0], 40: ids[39], -40: ids[39]}
    assert seen[SeenKey(40)].title_key == 400
    assert seen[SeenKey(40)].published == NOW


def test_an_entry_comes_back_as_it_was_saved(conn: Connection, han: FeedId) -> None:
    whole = new_entry(
        "김정은",
        2**59,
        summary="two\nblocks",
        content="long",
        author="R.",
        tags=("a, b", "북한"),
        lang="ko",
        updated=NOW - DAY,
    )
    bare = new_entry("bare", 2, guid=None, link=None, published=None)
    save_entries(conn, han, [whole, bare])

    assert [kept.entry for kept in kept_entries(conn, EntryId(0), 10)] == [whole.entry, bare.entry]


def test_keys_count_within_their_feed(conn: Connection, han: FeedId) -> None:
    other = listed(conn, feed("han"), feed("bbc"))[1]
    save_entries(conn, han, [new_entry("a", 1)])

    assert seen_entries(conn, other, [SeenKey(1)]) == {}


def test_a_key_that_two_entries_share_names_the_later_one(conn: Connection, han: FeedId) -> None:
    _, second = save_entries(conn, han, [new_entry("a", 1), new_entry("b", 1)])

    assert seen_entries(conn, han, [SeenKey(1)])[SeenKey(1)].id == second


def test_more_keys_than_one_statement_takes_are_found(conn: Connection, han: FeedId) -> None:
    save_entries(conn, han, [new_entry(f"t{key}", key) for key in range(1, 1501)])

    assert len(seen_entries(conn, han, [SeenKey(key) for key in range(1, 1501)])) == 1500


def test_an_edit_keeps_the_old_text_and_the_first_date(conn: Connection, han: FeedId) -> None:
    (id,) = save_entries(conn, han, [new_entry("before", 1)])

    save_edits(conn, han, [edit(id, "after", 2, published=NOW + DAY), edit(id, "last", 3)])

    assert [kept.entry.title for kept in kept_entries(conn, EntryId(0), 10)] == ["last"]
    old = conn.exec_driver_sql("SELECT title, verdict FROM edits ORDER BY id").all()
    assert [tuple(row) for row in old] == [("before", "text changed"), ("after", "text changed")]
    seen = seen_entries(conn, han, [SeenKey(1), SeenKey(2), SeenKey(3)])
    assert {(one.id, one.edits, one.title_key, one.published) for one in seen.values()} == {(id, 2, 30, NOW)}
    assert len(seen) == 3


def test_an_edit_of_a_purged_entry_brings_it_back_under_its_id(conn: Connection, han: FeedId) -> None:
    (id,) = save_entries(conn, han, [new_entry("before", 1)])
    purge(conn, NOW + MINUTE, 10)

    save_edits(conn, han, [edit(id, "after", 2)])

    assert [(kept.id, kept.entry.title, kept.first_seen) for kept in kept_entries(conn, EntryId(0), 10)] == [
        (id, "after", NOW)
    ]


def test_a_known_entry_learns_more_keys(conn: Connection, han: FeedId) -> None:
    (id,) = save_entries(conn, han, [new_entry("a", 1)])

    add_keys(conn, han, id, [SeenKey(8), SeenKey(9)])

    assert {one.id for one in seen_entries(conn, han, [SeenKey(8), SeenKey(9)]).values()} == {id}


def test_hits_are_listed_with_their_entry_and_remembered_on_it(conn: Connection, han: FeedId) -> None:
    first, second = save_entries(conn, han, [new_entry("a", 1), new_entry("b", 2)])

    save_hits(conn, [(first, hit(), HitState.ALERTED, NOW), (second, hit(KOREA), HitState.TRIAL, NOW + MINUTE)])
    save_hits(conn, [(first, hit(KOREA), HitState.OLDER, NOW)])

    assert seen_entries(conn, han, [SeenKey(1)])[SeenKey(1)].topics == {YONGBYON, KOREA}
    (shown,) = hits(conn, topic=YONGBYON)
    assert (shown.title, shown.feed, shown.sentence, shown.marks) == ("a", "han", "The Yongbyon plant.", ((4, 12),))
    assert [one.title for one in hits(conn, topic=KOREA)] == ["a", "b"]
    assert [one.title for one in hits(conn, state=HitState.TRIAL, feed="han")] == ["b"]
    assert [one.title for one in hits(conn, since=NOW + MINUTE)] == ["b"]
    assert [one.topic for one in hits(conn, before=hits(conn, limit=1)[0].id)] == [KOREA, YONGBYON]


def test_a_hit_that_is_stored_stays_as_it_was(conn: Connection, han: FeedId) -> None:
    (id,) = save_entries(conn, han, [new_entry("a", 1)])
    save_hits(conn, [(id, hit(), HitState.ALERTED, NOW)])

    save_hits(conn, [(id, hit(), HitState.OLDER, NOW)])

    assert [one.state for one in hits(conn)] == [HitState.ALERTED]


def test_kept_entries_are_read_in_pages_with_what_has_hit_them(conn: Connection, han: FeedId) -> None:
    ids = save_entries(conn, han, [new_entry(f"t{key}", key, link_key=key) for key in (1, 2, 3)])
    save_hits(conn, [(ids[1], hit(), HitState.OLDER, NOW)])

    page = kept_entries(conn, ids[0], 1)

    assert [(kept.id, kept.topics, kept.link_key, kept.feed_url) for kept in page] == [
        (ids[1], frozenset({YONGBYON}), SeenKey(2), "https://han.example/rss")
    ]


def test_a_topic_has_its_baseline_once(conn: Connection) -> None:
    add_topics(conn, [YONGBYON], NOW)
    add_topics(conn, [YONGBYON, KOREA], NOW + DAY)

    assert topics_known(conn) == {YONGBYON, KOREA}


def test_a_link_told_by_another_feed_is_known_for_its_receivers(conn: Connection, han: FeedId) -> None:
    first, second = save_entries(conn, han, [new_entry("a", 1, link_key=77), new_entry("b", 2, link_key=77)])
    add_alerts(conn, [new_alert(first)])

    assert told_of_link(conn, SeenKey(77), NOW - DAY, besides=second) == {"desk": {YONGBYON}}
    assert told_of_link(conn, SeenKey(77), NOW - DAY, besides=first) == {}
    assert told_of_link(conn, SeenKey(77), NOW + MINUTE, besides=second) == {}


def test_purging_leaves_tombstones_so_that_nothing_comes_back_as_new(conn: Connection, han: FeedId) -> None:
    id = alerted(conn, han, "old", 1)
    save_edits(conn, han, [edit(id, "edited", 2)])
    alerted(conn, han, "young", 3, at=NOW + DAY)
    deliver(conn)

    assert purge(conn, NOW + MINUTE, 10) == 1

    assert [kept.entry.title for kept in kept_entries(conn, EntryId(0), 10)] == ["young"]
    seen = seen_entries(conn, han, [SeenKey(1), SeenKey(2)])
    assert {one.id for one in seen.values()} == {id}
    assert seen[SeenKey(1)].topics == {YONGBYON}
    assert ledger(conn).faults == ()
    (new_id,) = save_entries(conn, han, [new_entry("new", 9)])
    assert new_id > id


@pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.HELD, DeliveryState.SENDING])
def test_what_somebody_waits_for_is_not_purged(conn: Connection, han: FeedId, state: DeliveryState) -> None:
    alerted(conn, han, "old", 1, state=DeliveryState.HELD if state is DeliveryState.HELD else DeliveryState.WAITING)
    if state is DeliveryState.SENDING:
        claim_messages(conn, NOW, frozenset(), 10)

    assert purge(conn, NOW + DAY, 10) == 0

    assert len(kept_entries(conn, EntryId(0), 10)) == 1


def test_a_burst_goes_with_the_last_of_its_entries(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "old", 1)
    alerted(conn, han, "young", 2, at=NOW + DAY)
    deliver(conn)

    assert (purge(conn, NOW + MINUTE, 10), ledger(conn).messages) == (1, {DeliveryState.DELIVERED: 1})
    assert (purge(conn, NOW + 2 * DAY, 10), ledger(conn).messages) == (1, {})


def test_purging_goes_in_batches_oldest_first(conn: Connection, han: FeedId) -> None:
    for key in (3, 1, 2):
        save_entries(conn, han, [new_entry(f"t{key}", key, at=NOW + key * MINUTE)])

    assert [purge(conn, NOW + DAY, 2), purge(conn, NOW + DAY, 2)] == [2, 1]


def test_closed_notices_are_purged_open_ones_stay(conn: Connection) -> None:
    told = [("desk", MAIL)]
    for subject in ("a", "b"):
        open_notice(conn, NoticeDraft("feed-failing", subject, "fails", NOW), told, NOW)  # type: ignore[arg-type]
    close_notice(conn, NoticeDraft("feed-failing", "a", "well", NOW, open=False), told, NOW)  # type: ignore[arg-type]
    deliver(conn)

    purge(conn, NOW + DAY, 10)

    assert [notice.subject for notice in open_notices(conn)] == ["b"]
    assert conn.exec_driver_sql("SELECT count(*) FROM notices").scalar() == 1
    assert ledger(conn).faults == ()


def test_purging_to_a_size_takes_the_oldest_and_stops(database: Database) -> None:
    with database.write() as conn:
        (han,) = listed(conn, feed("han"))
        for start in range(0, 400, 100):
            rows = [
                new_entry(f"t{key}", key, at=NOW + key * MINUTE, content="".join(f"{key}-{i} " for i in range(900)))
                for key in range(start + 1, start + 101)
            ]
            save_entries(conn, han, rows)
    with database.read() as conn:
        full = used_bytes(conn)
    limit = full * 6 // 10

    purged: list[int] = []
    while not purged or purged[-1]:
        with database.write() as conn:
            purged.append(purge_to_size(conn, limit, 50))

    with database.read() as conn:
        kept = kept_entries(conn, EntryId(0), 1000)
        assert used_bytes(conn) <= limit
        assert 150 < len(kept) < 300
        assert kept[-1].entry.title == "t400"
        assert len(kept) + sum(purged) == 400
        assert ledger(conn).seen == 400


def test_feeds_are_listed_with_their_counts(conn: Connection, han: FeedId) -> None:
    listed(conn, feed("han"), feed("bbc"))
    alerted(conn, han, "a", 1)
    save_entries(conn, han, [new_entry("b", 2)])

    assert [(row.name, row.entries, row.hits) for row in feed_rows(conn)] == [("bbc", 0, 0), ("han", 2, 1)]


def test_the_ledger_counts_everything_once(conn: Connection, han: FeedId) -> None:
    alerted(conn, han, "a", 1, due_at=NOW)
    deliver(conn)
    alerted(conn, han, "b", 2)
    deliver(conn, DeliveryState.WAITING)
    alerted(conn, han, "c", 3, state=DeliveryState.HELD)
    alerted(conn, han, "d", 4, due_at=NOW + DAY)
    (id,) = save_entries(conn, han, [new_entry("e", 5)])
    save_hits(conn, [(id, hit(), HitState.UNROUTED, NOW)])

    found = ledger(conn)

    assert found.seen == 5
    assert found.entries == {"first time seen": 5}
    assert found.hits == {HitState.ALERTED: 4, HitState.UNROUTED: 1}
    assert found.alerts == 4
    assert found.outbox == {DeliveryState.DELIVERED: 1, DeliveryState.HELD: 1, DeliveryState.WAITING: 2}
    assert (found.waiting_first, found.waiting_again) == (1, 1)
    assert found.messages == {DeliveryState.DELIVERED: 1, DeliveryState.WAITING: 1}
    assert found.faults == ()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        pytest.param("DELETE FROM outbox", "1 alerts that go to no destination", id="a lost outbox row"),
        pytest.param(
            "UPDATE hits SET topic = 'north_korea'",
            "1 hits that became an alert, but no alert names them",
            id="a hit that nobody told",
        ),
        pytest.param("UPDATE outbox SET state = 'waiting'", "outbox rows in another state", id="two states"),
        pytest.param("UPDATE outbox SET message_id = NULL", "without a message", id="a sent row without message"),
        pytest.param("DELETE FROM attempts", "without the attempt", id="a delivery without attempt"),
        pytest.param("DELETE FROM hits", "alerts of entries without a hit", id="an alert without reason"),
        pytest.param("UPDATE marks SET topics = ''", "does not remember", id="a forgotten topic"),
        pytest.param("UPDATE seen SET entry_id = 99", "2 keys of entries that were never marked", id="a stray key"),
    ],
)
def test_the_ledger_names_what_does_not_add_up(conn: Connection, han: FeedId, damage: str, fault: str) -> None:
    alerted(conn, han, "a", 1)
    deliver(conn)
    assert ledger(conn).faults == ()

    conn.exec_driver_sql(damage)

    assert any(fault in found for found in ledger(conn).faults), ledger(conn).faults


def test_an_entry_told_twice_to_one_destination_is_a_fault(conn: Connection, han: FeedId) -> None:
    id = alerted(conn, han, "a", 1)
    add_alerts(conn, [new_alert(id, CHAT), new_alert(id, MAIL, topics=(KOREA,))])
    assert ledger(conn).faults == ()

    add_alerts(conn, [new_alert(id, MAIL)])

    assert ledger(conn).faults == ("1 entries told twice to one destination for the same topics",)


def test_times_are_kept_to_the_microsecond(conn: Connection, han: FeedId) -> None:
    odd = NOW + timedelta(microseconds=1)
    save_entries(conn, han, [new_entry("a", 1, at=odd, published=odd)])

    (kept,) = kept_entries(conn, EntryId(0), 1)

    assert (kept.first_seen, kept.entry.published) == (odd, odd)
