"""The order of the files: those that mostly wait for real processes come first, so that no worker waits at the end."""

from __future__ import annotations

import pytest

SLOW = ("service/test_life", "demo/test_secrets", "flow/test_real_process", "replay/", "test_readme", "crash/", "demo/")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Stable otherwise. Only the order changes: each worker gets whole files (`--dist loadfile`) in it."""

    def place(item: pytest.Item) -> int:
        return next((number for number, name in enumerate(SLOW) if name in item.nodeid), len(SLOW))

    items.sort(key=place)
