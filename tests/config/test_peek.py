"""A watchlist that is broken still says where its database is, so that the last good one is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from wirewatch.config.peek import peek_database
from wirewatch.core.watchlist import Settings

DEFAULT = Settings().database


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("settings:\n  database: sqlite:///x.db  # ours\ntopics: {", "sqlite:///x.db", id="a block"),
        pytest.param(
            'settings: {name: A, database: "sqlite:///a b.db"}\n: broken', "sqlite:///a b.db", id="on one line"
        ),
        pytest.param("settings:\n  # database: sqlite:///no.db\n  nam: x\n", DEFAULT, id="commented out"),
        pytest.param("topics:\n  database: {any: [database: x]}\n", DEFAULT, id="a word of another section"),
        pytest.param("settings:\n  name: x\nfeeds:\n  database: https://a.example/\n", DEFAULT, id="after the section"),
        pytest.param("\x00\x01", DEFAULT, id="no text at all"),
    ],
)
def test_the_database_is_read_by_line_and_not_as_yaml(text: str, address: str, tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(text, encoding="utf-8")
    assert peek_database(path) == address


def test_a_watchlist_that_is_not_there_has_the_default_database(tmp_path: Path) -> None:
    assert peek_database(tmp_path / "none.yaml") == DEFAULT
