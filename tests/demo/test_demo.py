"""The demo fails when it should. That its short form ends well is seen where the README's commands are run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from wirewatch.demo.news import load_news
from wirewatch.demo.play import Demo


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
