"""What a right file says: each key arrives as the value that its author meant."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.config.made import problems, watchlist
from wirewatch.core.watchlist import (
    Access,
    Feed,
    FeedKind,
    Limits,
    Mail,
    OlderNews,
    Pace,
    Priority,
    Receiver,
    ReceiverName,
    Route,
    Rule,
    Settings,
    Topic,
    TopicKey,
)
from wirewatch.core.ways import Program, Webhook

TOLD = "receivers: {screen: {console: true}}\nroutes: {to: screen}\n"


def minutes(first: float, last: float) -> Pace:
    return Pace(timedelta(minutes=first), timedelta(minutes=last))


def test_settings_that_are_not_written_have_their_defaults() -> None:
    assert watchlist("feeds: https://a.example/").settings == Settings()


def test_every_setting_is_read() -> None:
    text = """
settings:
  name: Korea desk
  contact: desk@example.org
  timezone: Europe/London
  database: postgresql+psycopg://wirewatch:${DB_PASSWORD}@db.example/wirewatch
  network: {allow: [10.0.0.0/8, 192.168.1.10], proxy: "http://proxy.example:3128", ca: certs/office.pem}
  limits: {body: 30 MB, entries: 2000, timeout: 1 min, parse_cpu: 5 s, parse_memory: 500 MiB, parsers: 2,
           connections: 200, per_site: 1}
  keep: 90 days
  keep_size: 2 GB
  older_news: last 24h
"""
    assert watchlist(text).settings == Settings(
        name="Korea desk",
        contact="desk@example.org",
        timezone="Europe/London",
        database="postgresql+psycopg://wirewatch:${DB_PASSWORD}@db.example/wirewatch",
        allow=("10.0.0.0/8", "192.168.1.10/32"),
        proxy="http://proxy.example:3128",
        ca_file="certs/office.pem",
        limits=Limits(
            body_bytes=30_000_000,
            entries=2000,
            timeout=timedelta(minutes=1),
            parse_cpu=timedelta(seconds=5),
            parse_memory_bytes=500 * 2**20,
            parsers=2,
            connections=200,
            per_site=1,
        ),
        keep=timedelta(days=90),
        keep_bytes=2_000_000_000,
        older_news=OlderNews(last=timedelta(days=1)),
    )


def test_every_key_of_a_feed_is_read() -> None:
    text = """
feeds:
  Yonhap:
    address: https://en.yna.co.kr/RSS/nk.xml
    lang: no
    kind: wire
    about: north
    poll: 2-10 min
    tags: [korea, 1.10]
    outlet: 18:30
    headers: {X-Client: desk, Authorization: "Bearer ${TOKEN}"}
    cookies: {consent: on}
    auth: {user: desk, password: cred:feed}
    proxy: socks5h://127.0.0.1:9050
    ca: own.pem
    was: http://old.example/nk.xml
    enabled: no
    until: 2026-12-31
topics: {north: {any: North Korea}}
"""
    assert watchlist(text + TOLD).feeds == (
        Feed(
            name="Yonhap",
            url="https://en.yna.co.kr/RSS/nk.xml",
            lang="no",
            tags=frozenset({"korea", "1.10"}),
            outlet="18:30",
            kind=FeedKind.WIRE,
            about=TopicKey("north"),
            pace=minutes(2, 10),
            access=Access(
                headers=(("X-Client", "desk"), ("Authorization", "Bearer ${TOKEN}")),
                cookies=(("consent", "on"),),
                user="desk",
                password="cred:feed",
                proxy="socks5h://127.0.0.1:9050",
                ca_file="own.pem",
            ),
            was="http://old.example/nk.xml",
            enabled=False,
            until=date(2026, 12, 31),
        ),
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("feeds: https://a.example/x", ["a.example/x"], id="one address"),
        pytest.param(
            "feeds: [https://www.a.example/, http://b.example/?q=1]", ["a.example", "b.example/?q=1"], id="list"
        ),
        pytest.param("feeds: {A: https://a.example/}", ["A"], id="name and address"),
        pytest.param("feeds: {A: {url: https://a.example/}}", ["A"], id="mapping"),
        pytest.param("feeds: [{name: A, address: https://a.example/}]", ["A"], id="mapping in a list"),
        pytest.param(
            "feeds: {G: [https://a.example/, https://b.example/]}", ["a.example", "b.example"], id="named list"
        ),
        pytest.param("feeds: [{feeds: {A: https://a.example/}}]", ["A"], id="group without a name"),
        pytest.param("feeds: {연합뉴스 북한: https://a.example/}", ["연합뉴스 북한"], id="any script"),
    ],
)
def test_feeds_are_written_in_any_of_these_ways(text: str, names: list[str]) -> None:
    assert [feed.name for feed in watchlist(text).feeds] == names


def test_groups_hand_their_keys_down_to_any_depth() -> None:
    text = """
feeds:
  Outer:
    kind: press
    lang: ko
    poll: seldom
    tags: a
    headers: {X-One: outer, X-Two: outer}
    feeds:
      Plain: https://plain.example/
      Inner:
        kind: wire
        tags: b
        headers: {X-Two: inner}
        feeds:
          Own: {address: https://own.example/, lang: ja, tags: c, poll: often}
"""
    plain, own = watchlist(text).feeds
    assert (plain.kind, plain.lang, plain.pace, plain.group) == (FeedKind.PRESS, "ko", minutes(60, 360), "Outer")
    assert (own.kind, own.lang, own.pace, own.group) == (FeedKind.WIRE, "ja", minutes(2, 5), "Outer / Inner")
    assert (plain.tags, own.tags) == (frozenset({"a"}), frozenset({"a", "b", "c"}))
    assert dict(own.access.headers) == {"X-One": "outer", "X-Two": "inner"}
    assert (plain.outlet, own.outlet) == ("Plain", "Own")


def test_every_key_of_a_topic_is_read_with_the_place_of_each_rule() -> None:
    text = """topics:
  whole: {any: chip}
  part:
    title: "Chips: the plants"
    any: [on, 1.10]
    all:
      - [fab, foundry]
      - Taiwan
    not: potato
    priority: urgent
    part_of: whole
    examples: {match: "1.10 fab in Taiwan", ignore: [potato]}
    trial: yes
    note: asked for by the Seoul office
"""
    assert watchlist(text + TOLD).topics[1] == Topic(
        key=TopicKey("part"),
        title="Chips: the plants",
        any=(Rule("on", "watchlist.yaml:5:11"), Rule("1.10", "watchlist.yaml:5:15")),
        all=(
            (Rule("fab", "watchlist.yaml:7:10"), Rule("foundry", "watchlist.yaml:7:15")),
            (Rule("Taiwan", "watchlist.yaml:8:9"),),
        ),
        none=(Rule("potato", "watchlist.yaml:9:10"),),
        priority=Priority.URGENT,
        part_of=TopicKey("whole"),
        examples_match=(Rule("1.10 fab in Taiwan", "watchlist.yaml:12:23"),),
        examples_ignore=(Rule("potato", "watchlist.yaml:12:54"),),
        trial=True,
    )


def test_one_word_stands_for_a_list_of_lists_in_all() -> None:
    (topic,) = watchlist("topics: {t: {all: Yongbyon}}\n" + TOLD).topics
    assert [[rule.text for rule in words] for words in topic.all] == [["Yongbyon"]]


def test_every_key_of_a_receiver_is_read() -> None:
    text = """
settings: {timezone: Asia/Seoul}
receivers:
  screen: {console: yes}
  desk:
    mail: {server: mail.example.org, user: w, password: cred:mail, from: Desk <w@example.org>,
           to: [a@example.org, b@example.org, a@example.org], ca: mail.pem}
    apprise: [cred:chat, "slack://${TOKEN}/#desk", json://hooks.example/x, mailto://w@example.org, ntfy://desk]
    timezone: UTC
    hold: true
routes: [{to: [screen, desk]}]
"""
    assert watchlist(text).receivers == (
        Receiver(ReceiverName("screen"), console=True, timezone="Asia/Seoul"),
        Receiver(
            ReceiverName("desk"),
            mail=Mail(
                server="mail.example.org",
                port=587,
                security="starttls",
                sender="Desk <w@example.org>",
                to=("a@example.org", "b@example.org"),
                user="w",
                password="cred:mail",
                ca_file="mail.pem",
            ),
            apprise=(
                "cred:chat",
                "slack://${TOKEN}/#desk",
                "json://hooks.example/x",
                "mailto://w@example.org",
                "ntfy://desk",
            ),
            timezone="UTC",
            hold=True,
        ),
    )


def test_every_way_to_machines_is_read_from_the_folder_of_its_file() -> None:
    text = """
include: desks/one.yaml
receivers:
  all:
    webhook: {address: "https://desk.example/${TOKEN}", secret: cred:hook, ca: hook.pem}
    file: alerts.jsonl
    exec: [/usr/local/bin/page, --urgent, "a  b"]
routes: [{to: [all, one]}]
"""
    one = "receivers: {one: {webhook: cred:hook, file: /srv/alerts.jsonl, exec: ./page}}"
    found = watchlist(text, {"desks/one.yaml": one}).receivers
    assert found == (
        Receiver(
            ReceiverName("all"),
            webhook=Webhook("https://desk.example/${TOKEN}", "cred:hook", "hook.pem"),
            file="alerts.jsonl",
            program=Program(("/usr/local/bin/page", "--urgent", "a  b"), "."),
        ),
        Receiver(
            ReceiverName("one"),
            webhook=Webhook("cred:hook"),
            file="/srv/alerts.jsonl",
            program=Program(("./page",), "desks"),
        ),
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        pytest.param(
            "{}", "has no destination; write console: true, mail:, apprise:, webhook:, file: or exec:", id="-"
        ),
        pytest.param("{webhook: desk.example}", "r.webhook: not a web address", id="no scheme"),
        pytest.param("{webhook: {secret: cred:x}}", "r.webhook: 'address' is missing; add it", id="no address"),
        pytest.param("{webhook: {address: 'http://a.example/', key: x}}", "unknown key 'key'", id="an unknown key"),
        pytest.param("{webhook: [http://a.example/]}", "r.webhook: expected keys and values", id="a list of hooks"),
        pytest.param(
            "{webhook: {address: 'http://a.example/', secret: x}}", "must not stand in this file", id="secret"
        ),
        pytest.param("{file: logs/}", "r.file: this names a folder; write the file in it", id="a folder"),
        pytest.param("{file: ~/alerts.jsonl}", "r.file: not a path of a file", id="a tilde"),
        pytest.param("{file: '${HOME}/x'}", "r.file: not a path of a file", id="a reference for a path"),
        pytest.param("{exec: page --urgent}", "r.exec: no shell reads this; write a list", id="a line for a shell"),
        pytest.param("{exec: []}", "r.exec: is empty; write at least one", id="no program"),
        pytest.param("{exec: ['', x]}", "r.exec: the program is missing", id="an empty program"),
    ],
)
def test_a_way_to_machines_that_is_written_wrongly_is_refused(written: str, says: str) -> None:
    [problem] = problems(f"receivers: {{r: {written}}}\nroutes: {{to: r}}\n")
    assert problem.startswith("watchlist.yaml:1:")
    assert says in problem


@pytest.mark.parametrize(
    ("written", "server"),
    [
        pytest.param("server: m.example", ("m.example", 587, "starttls"), id="nothing said"),
        pytest.param("server: m.example:465", ("m.example", 465, "tls"), id="the port of TLS"),
        pytest.param("server: m.example:25", ("m.example", 25, "starttls"), id="never in the clear unasked"),
        pytest.param(
            "server: 127.0.0.1:1025, security: none", ("127.0.0.1", 1025, "none"), id="in the clear when asked"
        ),
        pytest.param("server: m.example, security: tls", ("m.example", 465, "tls"), id="port by security"),
        pytest.param("server: '[::1]:2525', security: none", ("::1", 2525, "none"), id="IPv6"),
    ],
)
def test_a_mail_server_is_read_with_port_and_security(written: str, server: tuple[str, int, str]) -> None:
    text = f"receivers: {{r: {{mail: {{{written}, from: a@b.example, to: c@d.example}}}}}}\nroutes: {{to: r}}\n"
    mail = watchlist(text).receivers[0].mail
    assert mail is not None
    assert (mail.server, mail.port, mail.security) == server


def test_every_key_of_a_route_is_read_and_routes_are_numbered() -> None:
    text = """
topics: {north: {any: North Korea}}
receivers: {screen: {console: true}, desk: {console: true}}
routes:
  - {to: [desk, screen, desk], topics: north, kinds: [wire, state-media], langs: [ko, zh-Hant], priorities: high,
     collect: 0 s, also: yes}
  - {to: desk, languages: en}
  - {to: screen, machine: true}
"""
    assert watchlist(text).routes == (
        Route(
            number=1,
            to=(ReceiverName("desk"), ReceiverName("screen")),
            topics=frozenset({TopicKey("north")}),
            kinds=frozenset({FeedKind.WIRE, FeedKind.STATE_MEDIA}),
            langs=frozenset({"ko", "zh-hant"}),
            priorities=frozenset({Priority.HIGH}),
            collect=timedelta(),
            also=True,
        ),
        Route(number=2, to=(ReceiverName("desk"),), langs=frozenset({"en"})),
        Route(number=3, to=(ReceiverName("screen"),), machine=True),
    )


def test_what_may_surprise_is_a_warning() -> None:
    text = """
topics: {north: {any: North Korea}, south: {any: South Korea}, tried: {any: East, trial: yes}}
receivers: {screen: {console: true}, idle: {console: true}}
routes: [{to: screen, topics: north}]
"""
    assert watchlist(text).warnings == (
        "There are no feeds: nothing is read. Add some below `feeds:`.",
        "No route goes to receiver 'idle': it is told nothing.",
        "No route covers topic 'south': nobody is told.",
    )


def test_anchors_and_merge_keys_are_understood() -> None:
    text = """
feeds:
  A: &base {address: https://a.example/, kind: wire, lang: ko}
  B: {<<: *base, address: https://b.example/, lang: en}
"""
    first, second = watchlist(text).feeds
    assert (first.kind, first.lang, second.kind, second.lang) == (FeedKind.WIRE, "ko", FeedKind.WIRE, "en")


def test_names_are_the_same_however_they_are_spaced() -> None:
    text = """
topics:
  north  korea: {any: North Korea}
  part: {any: Yongbyon, part_of: "north korea"}
receivers: {the   screen: {console: true}}
routes: {to: the screen, topics: north   korea}
feeds: {A: {address: https://a.example/, about: north korea}, "شبکه‌خبر": https://b.example/}
"""
    found = watchlist(text)
    assert found.topics[0].key == found.topics[1].part_of == found.feeds[0].about == "north korea"
    assert found.routes[0].to == (found.receivers[0].name,) == ("the screen",)
    assert found.routes[0].topics == {"north korea"}
    assert found.feeds[1].name == "شبکه‌خبر"
