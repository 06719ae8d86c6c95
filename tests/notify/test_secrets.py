"""References are resolved where they are used; their values come out of no text again."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from wirewatch.errors import SecretError
from wirewatch.notify.secrets import Resolver

TOKEN = "s3cret/Token+ü"


def resolver(**environ: str) -> Resolver:
    def read(path: Path) -> str:
        files = {
            "/etc/token": f"{TOKEN}\n",
            "/run/creds/mail": "from-systemd",
            "/etc/crlf": "windows\r\n",
            "/etc/empty": "\n",
            "/etc/two": "two\n\n",
        }
        if str(path) == "/etc/shadow":
            raise PermissionError(13, "Permission denied")
        if str(path) == "/etc/binary":
            return b"\xff\xfe".decode()
        if str(path) not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[str(path)]

    return Resolver({"TOKEN": TOKEN, "EMPTY": "", **environ}, Path("/run/creds"), read)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("env:TOKEN", TOKEN, id="an environment variable"),
        pytest.param("file:/etc/token", TOKEN, id="a file, one newline at its end dropped"),
        pytest.param("file:/etc/crlf", "windows", id="a file with CR LF"),
        pytest.param("file:/etc/two", "two\n", id="a file, the second newline kept"),
        pytest.param("cred:mail", "from-systemd", id="a systemd credential"),
        pytest.param("json://h/${TOKEN}/x", f"json://h/{TOKEN}/x", id="inside an address"),
        pytest.param("${env:TOKEN}", TOKEN, id="with its kind"),
        pytest.param("a${file:/etc/token}b${cred:mail}", f"a{TOKEN}bfrom-systemd", id="two of them"),
        pytest.param("plain", "plain", id="no reference"),
        pytest.param("env:not a name", "env:not a name", id="only looks like one"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_reference_becomes_its_value(text: str, value: str) -> None:
    assert resolver().resolve(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("env:NOPE", "env:NOPE: is not set; set the environment variable NOPE for wirewatch", id="unset"),
        pytest.param("env:EMPTY", "env:EMPTY: is empty; put the secret there", id="empty"),
        pytest.param("file:/etc/empty", "file:/etc/empty: is empty; put the secret there", id="empty file"),
        pytest.param("file:/nope", "file:/nope: there is no such file; create the file", id="no file"),
        pytest.param(
            "cred:nope",
            "cred:nope: there is no such file; add LoadCredential=nope:FILE to the service and restart it, "
            "a reload cannot bring it",
            id="no credential",
        ),
        pytest.param(
            "file:/etc/shadow",
            "file:/etc/shadow: cannot be read (Permission denied); let the user of wirewatch read it",
            id="not allowed",
        ),
        pytest.param("file:/etc/binary", "file:/etc/binary: is not UTF-8 text; write the secret as text", id="binary"),
        pytest.param("x${}y", "${}: not a reference; write", id="an empty bracket"),
        pytest.param("x${vault:a}", "${vault:a}: not a reference; write", id="an unknown kind"),
    ],
)
def test_a_reference_that_cannot_be_resolved_says_what_to_do(text: str, says: str) -> None:
    with pytest.raises(SecretError) as caught:
        resolver().resolve(text)
    assert str(caught.value).startswith(says)


def test_outside_of_a_service_there_are_no_credentials() -> None:
    with pytest.raises(SecretError, match="run it as the service with LoadCredential=mail:FILE"):
        Resolver({}).resolve("cred:mail")


@pytest.mark.parametrize(
    "spelt",
    [
        pytest.param(TOKEN, id="as it is"),
        pytest.param(quote(TOKEN, safe=""), id="URL-encoded"),
        pytest.param(quote(TOKEN), id="URL-encoded, slash kept"),
        pytest.param(base64.b64encode(TOKEN.encode()).decode(), id="base64"),
        pytest.param(base64.urlsafe_b64encode(TOKEN.encode()).decode().rstrip("="), id="base64 for addresses"),
    ],
)
def test_a_resolved_value_is_scrubbed_in_every_spelling(spelt: str) -> None:
    secrets = resolver()
    secrets.resolve("json://h/${TOKEN}")
    assert secrets.scrub(f"refused: <{spelt}>!") == "refused: <***>!"


def test_the_secrets_of_a_whole_address_are_scrubbed_one_by_one_and_its_host_stays_readable() -> None:
    secrets = resolver(
        CHAT="slack://user:hunter22@T1JJ3T3L2/A1BRTD4JD/TIiajkdn%20z/?token=q1w2e3r4&x=hooks.example.org"
    )
    secrets.resolve("env:CHAT")
    said = "user hunter22 T1JJ3T3L2 A1BRTD4JD TIiajkdn%20z TIiajkdn z q1w2e3r4 hooks.example.org token"
    assert secrets.scrub(said) == "*** *** *** *** *** *** *** hooks.example.org token"


def test_short_values_and_unknown_ones_are_left_alone() -> None:
    secrets = resolver(TINY="abc")
    secrets.resolve("env:TINY")
    assert secrets.scrub(f"abc {TOKEN}") == f"abc {TOKEN}"


def test_neither_repr_nor_str_shows_a_value() -> None:
    secrets = resolver()
    secrets.resolve("env:TOKEN")
    assert TOKEN not in repr(secrets) + str(secrets)
