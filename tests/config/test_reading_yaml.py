"""Bytes that are hardly a file: what cannot be read is refused in bounded time, at its place."""

from __future__ import annotations

import pytest

from tests.config.made import loaded, problems, watchlist

DEEP = "feeds:\n" + "\n".join(" " * n + "a:" for n in range(1, 100))


def laughs(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"settings:\n  name: caf\xe9", "2:12: not UTF-8 text; save the file as UTF-8", id="Latin-1"),
        pytest.param("settings: {}".encode("utf-16"), "1:1: not UTF-8 text; save the file as UTF-8", id="UTF-16"),
        pytest.param(b"settings:\n  name: \x07", "2:9: an invisible control character (U+0007); delete it", id="bell"),
        pytest.param(b"#" * 5_000_001, "1:1: larger than 5 MB; split it with include:", id="too large"),
        pytest.param("[" * 100_000, "1:1001: nested deeper than 60 levels; write it flatter", id="brackets"),
        pytest.param(DEEP, "61:61: nested deeper than 60 levels; write it flatter", id="deep groups"),
        pytest.param("feeds: &a [*a]", "1:8: an alias that contains itself; write the values out", id="ring"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_fault(content: str | bytes, told: str) -> None:
    assert problems(content) == [f"watchlist.yaml:{told}"]


def test_a_file_that_laughs_a_billion_times_is_refused() -> None:
    (told,) = problems(laughs(30))
    assert told.endswith("aliases expand to more than 10000 values; write them out or use include:")


def test_a_byte_order_mark_is_no_fault() -> None:
    assert loaded(b"\xef\xbb\xbfsettings: {name: A}").watchlist.settings.name == "A"


def test_windows_line_ends_are_no_fault() -> None:
    assert watchlist("settings:\r\n  name: A desk\r\n").settings.name == "A desk"


def test_a_missing_file_is_a_fault_of_its_name() -> None:
    assert problems("include: more.yaml\nsettings: {name: A}") == [
        "watchlist.yaml:1:10: include: there is no file 'more.yaml'; check the path, which counts from the folder of "
        "the file that names it"
    ]
