"""The service under a real systemd: from its installation to its failure, each step of inside.py is one test here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.inside import STEPS

ROOT = Path(__file__).parents[2]
TRY_UNIT = ROOT.parent / "shared" / "tools" / "try-unit.sh"  # boots systemd in throw-away namespaces
WITHIN = 300
LINE = re.compile(r"^step (\w+) (ok|failed) ?(.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def life() -> dict[str, tuple[str, str]]:
    """Outcome and detail of each step."""
    for wanted, is_here in (
        ("the script that boots a systemd", TRY_UNIT.is_file()),
        ("root", os.geteuid() == 0),
        ("systemd", Path("/lib/systemd/systemd").exists()),
    ):
        if not is_here:
            pytest.skip(f"{wanted} is needed, and not here; test_unit.py and test_health.py hold the same by parts")
    for folder in {*ROOT.parents, *Path(sys.base_prefix).parents} - {Path("/root")}:
        if not folder.stat().st_mode & 0o001:
            pytest.skip(f"{folder} is closed to other users, who have to run the program here")
    inside = (sys.executable, str(Path(__file__).with_name("inside.py")))
    # Whatever disk they lie on: only the root's own is seen inside.
    seen = [part for place in dict.fromkeys((str(ROOT), sys.prefix, sys.base_prefix)) for part in ("--bind", place)]
    done = subprocess.run(
        [str(TRY_UNIT), "--unshadow-root", *seen, "--timeout", str(WITHIN), "--", *inside],
        capture_output=True,
        text=True,
        timeout=WITHIN + 60,
        check=False,
    )
    if done.returncode == 125:
        pytest.skip(f"systemd cannot be booted on this machine: {done.stderr.strip()[-300:]}")
    print(done.stdout)
    found = {name: (outcome, detail) for name, outcome, detail in LINE.findall(done.stdout)}
    assert found, done.stdout + done.stderr
    return found


@pytest.mark.parametrize("step", [pytest.param(step.__name__, id=step.__name__) for step in STEPS])
def test_the_service(life: dict[str, tuple[str, str]], step: str) -> None:
    outcome, detail = life.get(step, ("failed", "it was not reached"))
    assert outcome == "ok", detail
