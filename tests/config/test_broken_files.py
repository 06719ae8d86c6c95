"""Each broken file of tests/data/watchlists/broken, with everything that a person is told about it beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wirewatch.config.load import load_watchlist
from wirewatch.errors import ConfigError

FOLDER = Path(__file__).parent.parent / "data" / "watchlists" / "broken"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.yaml"))])
def test_a_broken_file_is_refused_with_all_its_faults_at_their_places(path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_watchlist(Path(path.name), read=lambda name: (FOLDER / name).read_bytes())
    assert str(refused.value) + "\n" == path.with_suffix(".errors").read_text(encoding="utf-8")


def test_every_expectation_has_its_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.errors")} == {path.stem for path in FOLDER.glob("*.yaml")}


def test_no_fault_repeats_a_secret() -> None:
    secrets = ("s3cret", "hunter2", "abc123", "ABCdef", "abcdef", "0123456789")
    told = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.errors"))
    assert [word for word in secrets if word in told] == []
