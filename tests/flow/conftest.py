"""A world per test, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.world import Make, World


@pytest.fixture
def make_world(tmp_path: Path) -> Make:
    def make(watchlist: str) -> World:
        return World(tmp_path, watchlist)

    return make
