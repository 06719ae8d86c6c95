"""What a good watchlist may still surprise with: untaken alerts, idle routes, disabled company, lost secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from wirewatch.config.load import load_watchlist
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import SecretError
from wirewatch.explain.notes import notes_of, secret_problems

FEEDS = """
feeds:
  Wire: {url: "https://a.example/feed", kind: wire, lang: en}
  Press: {url: "https://b.example/feed", kind: press, lang: ko}
  Gone: {url: "https://c.example/feed", kind: official, enabled: false}
"""
TOPICS = """
topics:
  kim: {any: [Kim]}
  un: {any: [UN], priority: low}
"""
RECEIVERS = "receivers: {screen: {console: true}, desk: {console: true}}\n"


def watchlist(folder: Path, *parts: str) -> Watchlist:
    path = folder / "watchlist.yaml"
    path.write_text("\n".join(parts))
    return load_watchlist(path).watchlist


def known(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("routes", "notes"),
    [
        pytest.param("routes: [{to: [screen, desk]}]", (), id="one route for all"),
        pytest.param(
            "routes: [{to: [screen, desk], kinds: [wire]}]",
            ("Nobody is told of topics kim, un from Press (kind press, language ko): no route takes them.",),
            id="one kind alone",
        ),
        pytest.param(
            "routes: [{to: [screen, desk], priorities: [normal, high]}]",
            ("No route can take topic un: no feed has the kind, language or priority that its routes ask for.",),
            id="a priority that no route takes",
        ),
        pytest.param(
            "routes: [{to: [screen], langs: [ko]}, {to: [desk], topics: [kim], kinds: [wire]}]",
            ("Nobody is told of topic un from Wire (kind wire, language en): no route takes them.",),
            id="one language for one topic",
        ),
        pytest.param(
            "routes: [{to: [screen]}, {to: [desk], topics: [kim]}, {to: [desk], machine: true}]",
            ("Route 2 is never reached: route 1 takes everything and has no `also: true`.",),
            id="a route behind one that takes everything",
        ),
        pytest.param("routes: [{to: [screen], also: true}, {to: [desk], topics: [kim]}]", (), id="that says also"),
        pytest.param("routes: [{to: [screen, desk], topics: [un]}]", (), id="what the loader has said is not repeated"),
    ],
)
def test_alerts_that_no_route_takes_are_named(tmp_path: Path, routes: str, notes: tuple[str, ...]) -> None:
    assert notes_of(watchlist(tmp_path, FEEDS, TOPICS, RECEIVERS, routes), known) == notes


def test_what_is_disabled_leaves_its_company_alone(tmp_path: Path) -> None:
    topics = """
topics:
  whole: {any: [Korea], enabled: false}
  part: {any: [Kim], part_of: whole}
  tried: {any: [UN], trial: true}
"""
    feeds = 'feeds: {Wire: {url: "https://a.example/feed", about: whole}}'
    routes = "routes: [{to: [screen], topics: [whole, tried]}, {to: [desk], topics: [part]}]"
    assert notes_of(watchlist(tmp_path, feeds, topics, RECEIVERS, routes), known) == (
        "Route 1 takes nothing: its topics are all disabled or on trial.",
        "Topic 'part' is part of 'whole', which is disabled: it is told on its own.",
        "Feed 'Wire' is about 'whole', which is disabled: its entries need words of their own.",
    )


def test_secrets_that_are_not_there_are_named_once_with_their_first_place(tmp_path: Path) -> None:
    def resolve(text: str) -> str:
        if "KEY" in text or "PASS" in text:
            raise SecretError(f"{'env:KEY' if 'KEY' in text else 'env:PASS'}: is not set; set it")
        return text

    feeds = """
feeds:
  Wire: {url: "https://a.example/feed?key=${KEY}", headers: {X-Key: "env:KEY"}}
  Gone: {url: "https://b.example/feed?key=${KEY}", enabled: false}
"""
    receivers = """
receivers:
  screen: {console: true}
  desk: {mail: {server: mail.example, from: a@desk.example, to: b@desk.example, user: u, password: "env:PASS"}}
"""
    made = watchlist(tmp_path, feeds, TOPICS, receivers, "routes: [{to: [screen, desk]}]")
    assert secret_problems(made, resolve) == (
        "feeds.Wire.url (and 1 more): env:KEY: is not set; set it",
        "receivers.desk.mail.password: env:PASS: is not set; set it",
    )
