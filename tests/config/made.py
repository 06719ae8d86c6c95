"""Watchlists made for tests: files in memory, loaded by the real loader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from wirewatch.config.load import Loaded, load_watchlist
from wirewatch.config.reading import from_memory
from wirewatch.core.watchlist import Watchlist
from wirewatch.errors import ConfigError

MAIN = Path("watchlist.yaml")


def loaded(text: str | bytes, others: Mapping[str, str | bytes] | None = None) -> Loaded:
    """The text as `watchlist.yaml`, with other files beside it."""
    files = {"watchlist.yaml": text, **(others or {})}
    memory = {
        Path(name): content if isinstance(content, bytes) else content.encode() for name, content in files.items()
    }
    return load_watchlist(MAIN, read=from_memory(memory))


def watchlist(text: str, others: Mapping[str, str | bytes] | None = None) -> Watchlist:
    return loaded(text, others).watchlist


def problems(text: str | bytes, others: Mapping[str, str | bytes] | None = None) -> list[str]:
    """What is wrong with it, one text each."""
    with pytest.raises(ConfigError) as refused:
        loaded(text, others)
    return [str(problem) for problem in refused.value.problems]
