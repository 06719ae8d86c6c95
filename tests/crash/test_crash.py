"""Three kills of the real daemon, one in each delicate moment; `make crash` does twenty."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.crash.campaign import Aim, Phase, draw_aims, is_bug, run_campaign
from tests.crash.run import in_words

THREE = (Aim(Phase.HELD, 0.05), Aim(Phase.SERVED, 0.1), Aim(Phase.ANSWERED, 0.005))


@pytest.mark.xdist_group("process")
def test_three_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    result = run_campaign(tmp_path, seed=3, aims=THREE, failing_for=2.0)
    assert result.faults == (), "\n".join(in_words(result))
    assert len(result.kills) == 3
    assert result.published > 0
    assert result.arrived >= result.published * 3


def test_aims_are_drawn_from_the_seed_alone() -> None:
    assert draw_aims(7, 20) == draw_aims(7, 20)
    assert draw_aims(7, 20) != draw_aims(8, 20)
    assert Counter(aim.phase for aim in draw_aims(7, 20)) == dict.fromkeys(Phase, 5)


@pytest.mark.parametrize(
    ("line", "bug"),
    [
        pytest.param("Traceback (most recent call last):", True, id="a traceback"),
        pytest.param("ERROR action=poll_bug feed=x", True, id="a fault that a loop caught"),
        pytest.param("WARNING action=delivery state=waiting text=451 later", False, id="a sink that fails"),
    ],
)
def test_the_daemons_own_faults_are_found_in_what_it_says(line: str, bug: bool) -> None:
    assert is_bug(line) is bug
