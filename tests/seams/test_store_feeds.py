"""Feeds and sites in the store: the watchlist's rows, leases with fences, what polls leave behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.seams.storing import DAY, MINUTE, NOW, alerted, feed, listed, site_of
from wirewatch.core.model import FeedId, FeedState, SeenKey, SiteLease
from wirewatch.core.watchlist import Feed
from wirewatch.store.database import Connection
from wirewatch.store.entries import seen_entries
from wirewatch.store.feeds import (
    SiteFence,
    claim_sites,
    free_leases,
    next_poll_due,
    poke,
    release_sites,
    save_feed_states,
    sync_feeds,
)
from wirewatch.store.leader import take_lead
from wirewatch.store.listing import ListedFeed, feed_rows

LEASE = timedelta(minutes=10)


def claim(conn: Connection, now=NOW, owner: str = "a", limit: int = 10) -> tuple[SiteLease, ...]:  # type: ignore[no-untyped-def]
    return claim_sites(conn, now, owner, LEASE, limit)


def shown(conn: Connection) -> dict[str, ListedFeed]:
    return {row.name: row for row in feed_rows(conn)}


def full_state(id: FeedId, url: str) -> FeedState:
    """A state with every field set."""
    return FeedState(
        id=id,
        url=url,
        etag='"v1"',
        last_modified="Wed, 25 Nov 2026 06:00:00 GMT",
        body_digest=b"\x00\xff digest",
        baseline_at=NOW - DAY,
        newest=NOW - MINUTE,
        cut_key=SeenKey(-(2**63)),
        interval=timedelta(minutes=7, microseconds=1),
        due_at=NOW + 7 * MINUTE,
        due_reason="its usual rhythm",
        polled_at=NOW,
        ok_at=NOW,
        news_at=NOW,
        full_at=NOW,
        failures=3,
        failing_since=NOW - DAY,
        error="한국: no answer",
        warning="its charset was guessed",
        format="rss20",
        lang="ko",
    )


def test_new_feeds_are_due_at_once_and_share_the_row_of_their_site(conn: Connection) -> None:
    listed(conn, feed("han", "https://han.example/1"), feed("river", "https://han.example/2"), feed("bbc"))

    leases = claim(conn)

    assert {lease.site: [state.url for state in lease.feeds] for lease in leases} == {
        "han.example": ["https://han.example/1", "https://han.example/2"],
        "bbc.example": ["https://bbc.example/rss"],
    }
    assert {lease.until for lease in leases} == {NOW + LEASE}


def test_a_leased_site_is_not_given_out_again_until_the_lease_ends(conn: Connection) -> None:
    listed(conn, feed("han"))
    (first,) = claim(conn)

    assert claim(conn, NOW + LEASE - MINUTE, "b") == ()
    assert next_poll_due(conn) == NOW + LEASE
    (second,) = claim(conn, NOW + LEASE, "b")
    assert second.fence == first.fence + 1


def test_the_longest_waiting_sites_are_given_out_first(conn: Connection) -> None:
    listed(conn, feed("late"), now=NOW)
    listed(conn, feed("late"), feed("early"), now=NOW - DAY)

    assert [lease.site for lease in claim(conn, limit=1)] == ["early.example"]


def test_a_saved_state_comes_back_whole(conn: Connection) -> None:
    (id,) = listed(conn, feed("han"))
    (lease,) = claim(conn)
    state = full_state(id, lease.feeds[0].url)

    assert save_feed_states(conn, [(SiteFence(lease.site_id, lease.fence), state)]) == frozenset()

    assert shown(conn)["han"].state == state


def test_a_state_polled_under_a_lost_lease_is_refused(conn: Connection) -> None:
    han, bbc = listed(conn, feed("han"), feed("bbc"))
    old = {lease.site: lease for lease in claim(conn)}
    claim(conn, NOW + LEASE, "b", limit=1)
    fences = [SiteFence(lease.site_id, lease.fence) for lease in old.values()]
    lost = shown(conn)["han" if old["han.example"].site_id == min(one.site_id for one in fences) else "bbc"]
    polls = [
        (SiteFence(old[row.site].site_id, old[row.site].fence), replace(row.state, etag="new"))
        for row in shown(conn).values()
    ]

    assert save_feed_states(conn, polls) == {lost.state.id}

    assert {row.state.id: row.state.etag for row in feed_rows(conn)} == {
        id: None if id == lost.state.id else "new" for id in (han, bbc)
    }


def test_a_released_site_is_due_with_its_first_due_feed(conn: Connection) -> None:
    listed(conn, feed("one", "https://han.example/1"), feed("two", "https://han.example/2"))
    (lease,) = claim(conn)
    fence = SiteFence(lease.site_id, lease.fence)
    later = [replace(state, due_at=NOW + (5 + i) * MINUTE) for i, state in enumerate(lease.feeds)]
    save_feed_states(conn, [(fence, state) for state in later])

    release_sites(conn, [fence])

    assert next_poll_due(conn) == NOW + 5 * MINUTE
    (again,) = claim(conn, NOW + 5 * MINUTE)
    assert [state.url for state in again.feeds] == ["https://han.example/1"]


def test_releasing_a_lost_lease_leaves_it_with_its_new_holder(conn: Connection) -> None:
    listed(conn, feed("han"))
    (first,) = claim(conn)
    claim(conn, NOW + LEASE, "b")

    release_sites(conn, [SiteFence(first.site_id, first.fence)])

    assert next_poll_due(conn) == NOW + LEASE + LEASE


def test_a_start_frees_the_leases_of_a_crash(conn: Connection) -> None:
    listed(conn, feed("han"), feed("bbc"))
    claim(conn, limit=1)

    assert free_leases(conn, NOW) == 1

    assert len(claim(conn)) == 2


def test_a_poke_makes_a_feed_due_now(conn: Connection) -> None:
    (id,) = listed(conn, feed("han"))
    (lease,) = claim(conn)
    fence = SiteFence(lease.site_id, lease.fence)
    save_feed_states(conn, [(fence, replace(lease.feeds[0], due_at=NOW + DAY))])
    release_sites(conn, [fence])

    poke(conn, [id], NOW + MINUTE)

    assert [state.id for (again,) in [claim(conn, NOW + MINUTE)] for state in again.feeds] == [id]


def test_a_feed_that_leaves_the_watchlist_rests_and_remembers(conn: Connection) -> None:
    (id,) = listed(conn, feed("han"))
    alerted(conn, id, "a", 1)
    listed(conn, feed("bbc"))
    assert [lease.site for lease in claim(conn)] == ["bbc.example"]
    assert shown(conn)["han"].enabled is False

    back = listed(conn, feed("han"), now=NOW + DAY)

    assert back == [id]
    assert SeenKey(1) in seen_entries(conn, id, [SeenKey(1)])
    assert shown(conn)["han"].state.due_at == NOW + DAY


def test_a_feed_that_moved_takes_its_memory_along_but_not_its_validators(conn: Connection) -> None:
    (id,) = listed(conn, feed("han"))
    (lease,) = claim(conn)
    save_feed_states(conn, [(SiteFence(lease.site_id, lease.fence), full_state(id, lease.feeds[0].url))])

    moved = listed(conn, feed("han", "https://new.example/rss", was="https://han.example/rss"))

    row = shown(conn)["han"]
    assert moved == [id]
    assert (row.url, row.site) == ("https://new.example/rss", "new.example")
    assert (row.state.etag, row.state.last_modified, row.state.body_digest) == (None, None, None)
    assert row.state.baseline_at == NOW - DAY


def test_a_feed_is_polled_on_its_last_day_and_not_after(conn: Connection) -> None:
    until = [feed("han", until=date(2026, 11, 25))]

    assert len(sync_feeds(conn, until, site_of, NOW, date(2026, 11, 25))) == 1
    assert sync_feeds(conn, until, site_of, NOW, date(2026, 11, 26)) == {}
    assert claim(conn) == ()


def test_what_the_watchlist_shows_of_a_feed_follows_an_edit(conn: Connection) -> None:
    listed(conn, feed("han"))

    listed(conn, Feed("Han River", "https://han.example/rss", lang="ko", outlet="Han"))

    row = shown(conn)["Han River"]
    assert (row.outlet, row.kind, row.site) == ("Han", None, "han.example")


def test_two_thousand_feeds_are_listed_and_claimed_whole(conn: Connection) -> None:
    many = [feed(f"f{number}", f"https://s{number % 700}.example/{number}") for number in range(2000)]
    listed(conn, *many)

    leases = claim(conn, limit=1000)

    assert sum(len(lease.feeds) for lease in leases) == 2000
    polls = [(SiteFence(lease.site_id, lease.fence), state) for lease in leases for state in lease.feeds]
    assert save_feed_states(conn, polls) == frozenset()


def test_only_one_node_leads_in_a_role_until_its_lease_ends(conn: Connection) -> None:
    assert take_lead(conn, "digests", "a", NOW, LEASE) == 1
    assert take_lead(conn, "digests", "b", NOW + MINUTE, LEASE) is None
    assert take_lead(conn, "digests", "a", NOW + MINUTE, LEASE) == 1
    assert take_lead(conn, "notices", "b", NOW, LEASE) == 1
    assert take_lead(conn, "digests", "b", NOW + MINUTE + LEASE, LEASE) == 2


def test_nul_and_broken_letters_reach_no_database(conn: Connection) -> None:
    (id,) = listed(conn, feed("han"))
    (lease,) = claim(conn)
    state = replace(lease.feeds[0], etag='"a\0b"', error="bad \ud800 letter", due_at=NOW)

    save_feed_states(conn, [(SiteFence(lease.site_id, lease.fence), state)])

    assert (shown(conn)["han"].state.etag, shown(conn)["han"].state.error) == ('"ab"', "bad ? letter")
    assert shown(conn)["han"].state.id == id
