"""What may stand in a file that many people read, and what must be a reference."""

from __future__ import annotations

import pytest

from wirewatch.config import addresses
from wirewatch.config.references import is_reference, references_in


@pytest.mark.parametrize(
    ("text", "whole", "inside"),
    [
        ("env:SMTP_PASSWORD", True, ("env:SMTP_PASSWORD",)),
        ("file:/run/secrets/mail", True, ("file:/run/secrets/mail",)),
        ("cred:mail-password", True, ("cred:mail-password",)),
        ("${TOKEN}", True, ("${TOKEN}",)),
        (
            "slack://${A}/${cred:b.c}/${file:/run/x}/${env:D}",
            False,
            ("${A}", "${cred:b.c}", "${file:/run/x}", "${env:D}"),
        ),
        ("env:", False, ()),
        ("env:two words", False, ()),
        ("file:relative", False, ()),
        ("${}", False, ()),
        ("${not closed", False, ()),
        ("hunter2", False, ()),
    ],
)
def test_references_are_recognised(text: str, whole: bool, inside: tuple[str, ...]) -> None:
    assert (is_reference(text), references_in(text)) == (whole, inside)


@pytest.mark.parametrize(
    "text",
    [
        "https://www.reference.com/feed?lang=e&page=2",
        "http://[2001:db8::1]:8080/feed",
        "https://user:${PASSWORD}@a.example/feed",
        "https://${cred:user}@a.example/feed",
        "https://a.example/feed?token=${TOKEN}&key=politics",
        "https://뉴스.example/피드",
        "https://a.example/${file:/run/key}/feed",
    ],
)
def test_feed_addresses_without_a_secret_are_accepted(text: str) -> None:
    assert addresses.feed_address(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://user:secret@a.example/feed",
        "https://sometoken@a.example/feed",
        "https://a.example/feed?access_token=s3cret",
        "https://a.example/feed?API-Key=s3cret",
        "https://a.example/feed?key=a1b2c3d4e5f6a7b8c9d0e1f2",
        "https://${HOST}/feed",
        "https://a.example/${}",
        "cred:address",
        "feed://a.example/",
        "javascript:alert(1)",
        "https://",
        "https://[::1/feed",
        "https://a.example:0x50/",
        "https://a.example/\x7f",
        "",
    ],
)
def test_other_feed_addresses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"; ") as refused:
        addresses.feed_address(text)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "cred:chat", "${CHAT}", "tgram://${TOKEN}/42", "slack://${A}/${B}/${C}", "json://hooks.example/x?+X-Client=desk",
        "jsons://user@hooks.example/x", "json://user:${PASSWORD}@hooks.example/x", "form://localhost:8080/",
        "mailto://desk@example.org", "ntfy://topic", "ntfys://ntfy.example/topic", "syslog://",
    ],
)  # fmt: skip
def test_apprise_addresses_without_a_secret_are_accepted(text: str) -> None:
    assert addresses.apprise(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "tgram://123456:s3cret/42", "discord://1/s3cret", "slack://T/B/s3cret", "mailto://user:s3cret@example.org",
        "json://user:s3cret@hooks.example/x", "json://hooks.example/?+Authorization=s3cret", "ntfy://tk_s3cret@n.example/t",
        "matrix://user:s3cret@${HOST}/room", "unknown://s3cret", "s3cret",
    ],
)  # fmt: skip
def test_apprise_addresses_with_a_secret_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cred:name") as refused:
        addresses.apprise(text)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("name", ["Authorization", "X-Api-Key", "Cookie", "X-Auth-Token", "PRIVATE-TOKEN", "X-Secret"])
def test_a_header_that_speaks_of_a_secret_must_be_a_reference(name: str) -> None:
    assert addresses.headers({name: "cred:key", "Accept": "text/xml"})
    assert addresses.headers({name: "Bearer ${KEY}"})
    with pytest.raises(ValueError, match="looks like a password"):
        addresses.headers({name: "s3cret"})


@pytest.mark.parametrize("pairs", [{"X-A": "a\r\nX-B: b"}, {"X A": "b"}, {"": "b"}, {"X-A\n": "b"}, {"é": "b"}])
def test_a_header_cannot_smuggle_another(pairs: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="; "):
        addresses.headers(pairs)


@pytest.mark.parametrize(
    "text",
    ["sqlite:///wirewatch.db", "sqlite://", "env:DATABASE_URL", "postgresql+psycopg://u:${PW}@db.example/w",
     "postgresql://db.example:5432/w"],
)  # fmt: skip
def test_databases_are_sqlite_and_postgresql(text: str) -> None:
    assert addresses.database(text) == text


@pytest.mark.parametrize(
    "text", ["mysql://h/d", "wirewatch.db", "postgresql://u:s3cret@h/d", "postgresql://h/d?password=s3cret"]
)
def test_other_databases_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="; ") as refused:
        addresses.database(text)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["a@b.example", "Korea desk <desk@example.org>", "o'neil+news@example.org", "김@예.example"]
)
def test_mail_addresses(text: str) -> None:
    assert addresses.mailbox(text) == text


@pytest.mark.parametrize("text", ["a", "a@", "a@b@c", "a@b.example, c@d.example", "Desk <a@b.example", "a b@c.example"])
def test_other_mail_addresses_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        addresses.mailbox(text)


@pytest.mark.parametrize(
    "text",
    [
        "cred:hook", "${HOOK}", "https://desk.example/hook", "http://10.0.0.7:8080/alerts/korea-desk-2026",
        "https://desk.example/hooks/${TOKEN}", "https://u:${PASSWORD}@desk.example/", "https://desk.example/?desk=korea",
        "https://hooks.slack.com/services/${A}/${B}", "http://[::1]:8000/api/v2/notifications/incoming",
    ],
)  # fmt: skip
def test_hook_addresses_without_a_secret_are_accepted(text: str) -> None:
    assert addresses.webhook(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "https://hooks.slack.com/services/s3cret/x", "https://desk.webhook.office.com/s3cret",
        "https://desk.example/hook/s3cretA1b2C3d4E5", "https://desk.example/1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "https://u:s3cret@desk.example/", "https://s3cret@desk.example/", "https://desk.example/?token=s3cret",
        "desk.example", "ftp://desk.example/", "https://", "https://desk.example/a b",
    ],
)  # fmt: skip
def test_other_hook_addresses_are_refused_without_repeating_them(text: str) -> None:
    with pytest.raises(ValueError, match=r"; ") as refused:
        addresses.webhook(text)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "words",
    [
        ("page",), ("/usr/local/bin/page", "--urgent", "", "two  words"), ("page", "--token-file", "/etc/page.token"),
        ("page", "--token", "/etc/page.token"), ("curl", "-d", "@-", "https://desk.example/hook"),
    ],
)  # fmt: skip
def test_commands_without_a_secret_are_accepted(words: tuple[str, ...]) -> None:
    assert addresses.command(words) == words


@pytest.mark.parametrize(
    "words",
    [
        ("page", "--token=s3cret"), ("page", "--token", "s3cret"), ("page", "password=s3cret"),
        ("page", "env:s3cret"), ("page", "-k${s3cret}"), ("curl", "https://u:s3cret@a.example/"),
        ("curl", "https://a.example/?api_key=s3cret"), ("page", "a\nb"), ("", "x"), ("~/page",),
    ],
)  # fmt: skip
def test_other_commands_are_refused_without_repeating_them(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"; ") as refused:
        addresses.command(words)
    assert "s3cret" not in str(refused.value)
