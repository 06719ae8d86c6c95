"""Receivers become single destinations, with keys that stay, hold no secret, and name each target once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wirewatch.core.model import DestinationKey
from wirewatch.core.watchlist import Mail, Receiver, ReceiverName, Settings, Watchlist
from wirewatch.core.ways import Program, Webhook
from wirewatch.notify.destinations import destination_problems, destinations
from wirewatch.notify.secrets import Resolver
from wirewatch.notify.sender import DeskCard, Destination

SECRET = "T0kenT0kenT0ken"
ENVIRON = {
    "CHATS": f"tgram://123456789:{SECRET}_{SECRET}/111111/222222/333333",
    "ONE": f"tgram://123456789:{SECRET}_{SECRET}/222222/",
    "HOOK": f"json://hook.example/{SECRET}",
    "BAD": f"nosuch://{SECRET}/x",
    "SEVERAL": f"json://a.example/{SECRET} json://b.example/{SECRET}",
}
MAIL = Mail("mail.example", 587, "starttls", "wirewatch@example.org", ("korea-desk@example.org", "duty@example.org"))


def receiver(name: str, *apprise: str, mail: Mail | None = None, console: bool = False) -> Receiver:
    return Receiver(ReceiverName(name), console=console, mail=mail, apprise=apprise, timezone="Asia/Seoul")


def found(*receivers: Receiver, environ: dict[str, str] = ENVIRON) -> dict[str, tuple[Destination, ...]]:
    return {
        str(name): own for name, own in destinations(Watchlist(receivers=receivers), Resolver(environ).resolve).items()
    }


def keys(*receivers: Receiver, environ: dict[str, str] = ENVIRON) -> dict[str, list[str]]:
    return {name: [one.key for one in several] for name, several in found(*receivers, environ=environ).items()}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        pytest.param(receiver("screen", console=True), ["screen"], id="the console"),
        pytest.param(
            receiver("desk-mail", mail=MAIL),
            ["desk-mail/korea-desk@example.org", "desk-mail/duty@example.org"],
            id="each person that mail goes to",
        ),
        pytest.param(receiver("desk-chat", "env:HOOK"), ["desk-chat"], id="one chat"),
        pytest.param(
            receiver("desk-chat", "env:CHATS"),
            ["desk-chat", "desk-chat#2", "desk-chat#3"],
            id="an address with three chats",
        ),
        pytest.param(
            receiver("desk-chat", "env:CHATS", "env:HOOK"),
            ["desk-chat", "desk-chat#2", "desk-chat#3", "desk-chat/2"],
            id="two addresses",
        ),
        pytest.param(
            receiver("desk-chat", "env:GONE", "env:HOOK"),
            ["desk-chat", "desk-chat/2"],
            id="an address that cannot be read, and one whose key does not change by that",
        ),
        pytest.param(receiver("desk-chat", "env:BAD"), ["desk-chat"], id="an address that Apprise does not know"),
        pytest.param(receiver("desk-chat", "env:SEVERAL"), ["desk-chat", "desk-chat#2"], id="two addresses in one"),
        pytest.param(
            receiver("all", "env:HOOK", console=True, mail=MAIL),
            ["all/console", "all/korea-desk@example.org", "all/duty@example.org", "all"],
            id="everything at once",
        ),
        pytest.param(
            replace(
                receiver("all", "env:HOOK", console=True),
                webhook=Webhook("env:GONE"),
                file="/srv/alerts.jsonl",
                program=Program(("page",)),
            ),
            ["all/console", "all", "all/webhook", "all/file", "all/exec"],
            id="the ways for machines, whose keys no other way changes",
        ),
        pytest.param(receiver("nobody"), [], id="nothing"),
    ],
)
def test_a_receiver_is_split_into_single_destinations(told: Receiver, named: list[str]) -> None:
    assert keys(told) == {told.name: named}


def test_what_two_receivers_share_is_one_destination() -> None:
    mail = replace(MAIL, to=("Duty@Example.org",))
    shared = found(
        receiver("screen", console=True),
        receiver("desk", "env:CHATS", mail=MAIL),
        receiver("night", "env:ONE", mail=mail, console=True),
    )
    assert [one.key for one in shared["night"]] == ["screen", "desk/duty@example.org", "desk#2"]
    assert set(shared["night"]) <= {*shared["desk"], *shared["screen"]}


def test_a_hook_a_file_and_a_program_that_two_receivers_share_are_written_to_once() -> None:
    ways = {"file": "/srv/alerts.jsonl", "program": Program(("page", "-u"), "/etc/w")}
    first = replace(receiver("first"), webhook=Webhook("env:PLAIN", "env:KEY"), **ways)  # type: ignore[arg-type]
    second = replace(first, name=ReceiverName("second"), webhook=Webhook("http://hook.example/x", "env:KEY"))
    third = replace(second, name=ReceiverName("third"), webhook=Webhook("http://hook.example/x", "env:OTHER"))
    apart = replace(third, name=ReceiverName("apart"), program=Program(("page",), "/etc/w"))
    named = keys(first, second, third, apart, environ={"PLAIN": "http://hook.example/x"})
    assert named["second"] == named["first"] == ["first/webhook", "first/file", "first/exec"]
    assert named["third"] == ["third/webhook", "first/file", "first/exec"]
    assert named["apart"] == ["third/webhook", "first/file", "apart/exec"]


def test_a_hook_that_cannot_work_is_told_at_load_without_its_secret() -> None:
    hooks = {"good": Webhook("http://a.example/"), "bad": Webhook("env:BAD"), "gone": Webhook("env:GONE", "env:LOST")}
    receivers = tuple(replace(receiver(name), webhook=hook) for name, hook in hooks.items())
    problems = destination_problems(Watchlist(receivers=receivers), Resolver(ENVIRON).resolve)
    assert [problem.split(";")[0] for problem in problems] == [
        "receivers.bad.webhook.address: not a web address",
        "receivers.gone.webhook.address: env:GONE: is not set",
        "receivers.gone.webhook.secret: env:LOST: is not set",
    ]
    assert SECRET not in str(problems)


def test_an_address_named_twice_in_one_receiver_is_one_destination() -> None:
    assert keys(receiver("desk", "env:HOOK", "env:HOOK", "env:GONE", "env:GONE")) == {"desk": ["desk", "desk/3"]}


def test_a_destination_carries_what_its_sender_needs_and_its_repr_shows_no_secret() -> None:
    literal = f"json://hook.example/{SECRET}"
    several = found(receiver("desk", literal, "env:CHATS", "env:GONE", mail=replace(MAIL, password=SECRET)))["desk"]
    assert [(one.kind, one.index) for one in several[2:]] == [
        ("apprise", 0),
        ("apprise", 0),
        ("apprise", 1),
        ("apprise", 2),
        ("apprise", None),
    ]
    assert several[2].address == literal
    assert several[3].address == "env:CHATS"
    assert several[0] == Destination(
        key=DestinationKey("desk/korea-desk@example.org"),
        receiver=ReceiverName("desk"),
        timezone="Asia/Seoul",
        hold=False,
        kind="mail",
        mail=replace(MAIL, password=SECRET),
        to="korea-desk@example.org",
    )
    assert SECRET not in repr(several)


def test_addresses_that_cannot_work_are_told_at_load_without_their_secrets() -> None:
    watchlist = Watchlist(receivers=(receiver("good", "env:HOOK"), receiver("desk", "env:BAD", "env:GONE")))
    problems = destination_problems(watchlist, Resolver(ENVIRON).resolve)
    assert [problem.split(";")[0] for problem in problems] == [
        "receivers.desk.apprise[1]: Apprise does not know this address",
        "receivers.desk.apprise[2]: env:GONE: is not set",
    ]
    assert SECRET not in str(problems)


@pytest.mark.parametrize(
    ("settings", "id"),
    [
        pytest.param(
            Settings(name="Korea desk", contact="desk@Example.org"),
            "<m-1@korea-desk.wirewatch.example.org>",
            id="a desk with a mail address",
        ),
        pytest.param(Settings(), "<m-1@wirewatch.wirewatch.localhost.invalid>", id="nothing but the defaults"),
        pytest.param(
            Settings(name="한국 데스크", contact="https://desk.example/"),
            "<m-1@desk.wirewatch.localhost.invalid>",
            id="a name without Latin letters, a contact that is no mail address",
        ),
        pytest.param(
            Settings(name="Büro", contact="a@münchen.example"),
            "<m-1@buro.wirewatch.xn--mnchen-3ya.example>",
            id="a domain with umlauts",
        ),
    ],
)
def test_a_desk_signs_with_a_stable_name(settings: Settings, id: str) -> None:
    assert DeskCard.of(settings).message_id("m-1") == id
