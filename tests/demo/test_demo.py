"""The demo as a newcomer runs it, in its short form; and that it fails when it should."""

from __future__ import annotations

import mailbox
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from wirewatch.demo.news import load_news
from wirewatch.demo.play import Demo


def test_the_short_demo_ends_well_and_shows_the_seed_alert(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wirewatch", "demo", "--fast", "--keep", str(tmp_path / "kept")]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for part in (
        "It is old, so nobody is told.",
        "with [North Korea's leader] per [Trump]'s statement.",
        "Yongbyon (in passing)",
        "The ledger: It balances",
        "All as expected",
    ):
        assert part in ran.stdout
    assert "Kardashian opens" not in ran.stdout
    with closing(mailbox.mbox(tmp_path / "kept" / "mailbox")) as box:
        assert len({message["Message-ID"] for message in box}) == 2  # one may have come again after the kill


def test_the_demo_fails_when_an_expected_alert_does_not_come_as_expected(tmp_path: Path) -> None:
    news = load_news()
    (seed, *rest) = news.phases["news"]
    wrong = replace(news, phases={**news.phases, "news": (replace(seed, topics=("yongbyon",)), *rest)})
    said: list[str] = []
    faults = Demo(tmp_path, said.append, said.append, wrong).run(fast=True)
    assert len(faults) == 1 and "is told under trump-kim, yongbyon, north-korea, not yongbyon" in faults[0]


def test_a_folder_that_is_there_is_not_touched(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wirewatch", "demo", "--keep", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2 and "exists already" in ran.stderr
    assert list(tmp_path.iterdir()) == []
