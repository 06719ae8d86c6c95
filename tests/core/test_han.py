"""Traditional and simplified characters are one where that is safe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.han import SIMPLIFIED
from wirewatch.core.text import fold

HAN = st.text(
    st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF) | st.sampled_from(sorted(SIMPLIFIED)), max_size=20
)


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        pytest.param("朝鮮", "朝鲜", id="Korea"),
        pytest.param("寧邊", "宁边", id="Yongbyon"),
        pytest.param("習近平會見", "习近平会见", id="Xi meets"),
        pytest.param("發射導彈", "发射导弹", id="fires a missile"),
        pytest.param("頭髮", "头发", id="two that share a form"),
        pytest.param("國務委員長", "国务委员长", id="an office"),
    ],
)
def test_two_spellings_fold_to_one(traditional: str, simplified: str) -> None:
    assert fold(traditional).text == fold(simplified).text


@pytest.mark.parametrize("char", ["后", "後", "干", "里", "面", "北", "京", "金"])
def test_a_character_with_two_meanings_or_one_form_stays(char: str) -> None:
    assert fold(char).text == f" {char} "


def test_no_character_is_both_and_each_is_a_single_one_of_the_basic_plane() -> None:
    assert len(SIMPLIFIED) > 2000
    assert not SIMPLIFIED.keys() & set(SIMPLIFIED.values())
    assert all(len(one) == len(other) == 1 and max(one, other) < "\uffff" for one, other in SIMPLIFIED.items())


@given(HAN)
def test_folding_han_is_a_fixed_point_and_leads_back(text: str) -> None:
    once = fold(text)
    assert fold(once.text).text == once.text
    for at, char in enumerate(once.text):
        if char not in " ;":
            low, high = once.span(at, at + 1)
            assert char in fold(text[low:high]).text
