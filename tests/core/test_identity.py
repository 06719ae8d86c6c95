"""Keys by which an entry is recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.made import document, entry
from wirewatch.core.identity import digest, identify_document, normal


@given(st.text(), st.text())
def test_digests_are_signed_64_bit_and_apart_by_kind(one: str, other: str) -> None:
    assert -(2**63) <= digest("guid", one, other) < 2**63
    assert digest("guid", one) != digest("link", one)


@given(st.text())
def test_the_normal_form_of_a_text_is_a_fixed_point_of_white_space_and_case(text: str) -> None:
    assert normal(f"  {text}\n") == normal(text)


def test_full_width_and_case_are_one() -> None:
    assert normal("ＮＯＲＴＨ  Korea") == normal("north korea")


def test_a_lone_surrogate_has_a_key() -> None:
    assert digest("title", "\ud800") != digest("title", "\ud801")


@pytest.mark.parametrize(
    ("number", "shared"), [pytest.param(2, False, id="two of twenty"), pytest.param(3, True, id="three of twenty")]
)
def test_a_link_that_more_than_a_tenth_carry_is_not_an_identity(number: int, shared: bool) -> None:
    same = [entry(n, link="https://news.example/x") for n in range(number)]
    identities = identify_document(document(*same, *(entry(n) for n in range(100, 120 - number))))
    assert (identities[0].link is None) is shared


def test_an_aggregators_link_is_unwrapped_and_tracking_is_dropped() -> None:
    wrapped = entry(1, link="https://www.google.com/url?url=https%3A%2F%2Fnews.example%2Fstory&sa=D")
    plain = entry(2, link="http://news.example/story?utm_source=rss")
    others = [entry(n) for n in range(10, 40)]
    first, second = identify_document(document(wrapped, plain, *others))[:2]
    assert first.link == second.link is not None


def test_an_entry_without_anything_still_has_a_version() -> None:
    identity = identify_document(document(entry(1, guid=None, link=None)))[0]
    assert identity.keys == (identity.version, identity.title)
