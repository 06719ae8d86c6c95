"""Whatever stands in the file, the answer is a watchlist or a ConfigError, never another exception."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.config.made import loaded
from wirewatch.config.opml import read_opml
from wirewatch.config.places import Findings
from wirewatch.config.references import is_reference
from wirewatch.config.schema import (
    AuthShape,
    FeedShape,
    GroupShape,
    LimitsShape,
    MailShape,
    NetworkShape,
    ReceiverShape,
    RouteShape,
    SettingsShape,
    TopicShape,
)
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError

SHAPES = (SettingsShape, FeedShape, GroupShape, TopicShape, ReceiverShape, RouteShape, MailShape, AuthShape)
INNER = (NetworkShape, LimitsShape)
KEYS = sorted(
    {field.alias or name for shape in (*SHAPES, *INNER) for name, field in shape.model_fields.items()}
    | {"settings", "feeds", "topics", "receivers", "routes", "include", "t", "r", "<<"}
)
WORDS = [
    "t",
    "r",
    "https://a.example/",
    "5 min",
    "none",
    "wire",
    "high",
    "yes",
    "cred:x",
    "${X}",
    "a@b.example",
    "UTC",
    "*",
]

values = st.recursive(
    st.one_of(st.sampled_from(WORDS), st.text(max_size=12), st.none(), st.integers(), st.booleans(), st.dates()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=6)), inner, max_size=5),
    ),
    max_leaves=25,
)
SECTIONS = ("settings", "feeds", "topics", "receivers", "routes", "include")
files = st.dictionaries(st.sampled_from(SECTIONS), values, max_size=6)
unhurried = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def holds(content: str | bytes) -> None:
    try:
        found = loaded(content).watchlist
    except ConfigError as error:
        assert error.problems
        assert all(problem.line >= 1 and problem.column >= 1 and problem.what for problem in error.problems)
    else:
        assert isinstance(found, Watchlist)


@unhurried
@given(st.text(max_size=200))
@example("a: &a\n  b: *a")
@example("<<: {a: b}")
@example("? {a: b}\n: c")
@example("feeds: {? : x}")
@example("topics: {t: {any: ~}}")
@example("settings: {name: \ud7ff}")
def test_any_text(text: str) -> None:
    holds(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    holds(content)


@unhurried
@given(files)
def test_any_yaml_with_our_keys(content: dict[str, object]) -> None:
    holds(yaml.safe_dump(content, allow_unicode=True))


@given(st.binary(max_size=200))
def test_any_opml(content: bytes) -> None:
    findings = Findings()
    assert read_opml(content, "list.opml", findings) or findings.problems


@pytest.mark.parametrize("key", ["password", "token"])
@given(text=st.text(alphabet="abcXYZ019 !:/${}", min_size=1, max_size=20))
def test_a_secret_in_plain_is_never_taken_nor_told(key: str, text: str) -> None:
    login = {"user": "u", key: f"PLAIN{text}"} if key == "password" else {key: f"PLAIN{text}"}
    with pytest.raises(ConfigError) as refused:
        loaded(yaml.safe_dump({"feeds": {"A": {"address": "https://a.example/", "auth": login}}}))
    assert not is_reference(f"PLAIN{text}")
    assert "PLAIN" not in str(refused.value)
