"""The units: as closed as they can be, a reason for each line, and understood by systemd."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wirewatch.cli.exits import Exit
from wirewatch.service import FILES, Installation

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = ("wirewatch.service", "wirewatch-failed@.service")
SCORE = 1.5
needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)
# What a service that reads the network and writes one folder can do without (systemd.exec(5)).
CLOSED = {
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateMounts": "yes",
    "PrivateDevices": "yes",
    "DevicePolicy": "closed",
    "ProtectProc": "invisible",
    "ProcSubset": "pid",
    "ProtectClock": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "NoNewPrivileges": "yes",
    "RestrictSUIDSGID": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "MemoryDenyWriteExecute": "yes",
    "LockPersonality": "yes",
    "SystemCallArchitectures": "native",
    "RemoveIPC": "yes",
    "KeyringMode": "private",
    "LimitCORE": "0",
    "User": "wirewatch",
    "Group": "wirewatch",
}


def lines_of(unit: str) -> list[str]:
    return (SYSTEMD / unit).read_text(encoding="utf-8").splitlines()


def values_of(unit: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines_of(unit):
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@needs_analyze
@pytest.mark.parametrize("unit", UNITS)
def test_the_score_of_a_unit_is_low(unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(SYSTEMD / unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", ran.stdout)
    assert found is not None, ran.stdout
    with capsys.disabled():
        print(f"\n{unit}: systemd-analyze security gives {found[1]} (at most {SCORE})")
    assert float(found[1]) <= SCORE


@needs_analyze
def test_systemd_understands_the_installed_units(tmp_path: Path) -> None:
    command = tmp_path / "wirewatch"
    command.write_text("#!/bin/sh\n", encoding="utf-8")
    command.chmod(0o755)
    Installation(tmp_path, (str(command),)).install()
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *(str(tmp_path / FILES[unit]) for unit in UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in ran.stderr.splitlines() if "wirewatch" in line]
    assert (ran.returncode, ours) == (0, []), ran.stderr


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("key", list(CLOSED))
def test_a_door_that_is_not_needed_is_closed(unit: str, key: str) -> None:
    assert values_of(unit)[key] == [CLOSED[key]]


@pytest.mark.parametrize("unit", UNITS)
def test_every_block_of_directives_has_its_reason(unit: str) -> None:
    """A comment stands over each directive, or over the ones that it shares it with."""
    explained, bare = False, []
    for line in lines_of(unit):
        if line.startswith("# "):
            explained = True
        elif not line or line.startswith("["):
            explained = False
        elif not line.startswith("#") and not explained:
            bare.append(line)
    plain = ("Description=", "Type=oneshot", "ExecStart=", "User=", "Group=", "Environment=", "WantedBy=")
    assert [line for line in bare if not line.startswith(plain)] == []


@pytest.mark.parametrize("unit", UNITS)
def test_only_calls_of_an_ordinary_service_are_allowed_and_a_parser_can_be_limited(unit: str) -> None:
    calls = values_of(unit)["SystemCallFilter"]
    assert calls[0] == "@system-service" and calls[1].startswith("~@privileged")
    # The daemon bounds its parsers by setrlimit, which is in @resources.
    assert ("@resources" in calls[1]) is (unit != "wirewatch.service")


def test_a_restart_that_cannot_help_is_not_made_and_somebody_is_told() -> None:
    unit = values_of("wirewatch.service")
    assert unit["Type"] == ["notify"] and unit["Restart"] == ["on-failure"]
    assert set(unit["RestartPreventExitStatus"][0].split()) == {str(int(Exit.DATABASE)), str(int(Exit.WATCHLIST))}
    assert unit["OnFailure"] == ["wirewatch-failed@%n.service"]
    assert values_of("wirewatch-failed@.service")["ExecStart"] == ["/usr/bin/wirewatch tell --unit %i"]


def test_a_reload_is_the_one_that_answers_with_its_errors() -> None:
    assert values_of("wirewatch.service")["ExecReload"] == ["/usr/bin/wirewatch reload"]


def test_the_group_may_use_the_socket_and_others_may_not() -> None:
    unit = values_of("wirewatch.service")
    assert unit["RuntimeDirectory"] == ["wirewatch"] and unit["RuntimeDirectoryMode"] == ["0750"]
    assert unit["StateDirectoryMode"] == ["0750"] and unit["UMask"] == ["0027"]


def test_the_stop_has_more_time_than_the_sends_and_the_writer_get() -> None:
    assert values_of("wirewatch.service")["TimeoutStopSec"] == ["35s"]
    assert values_of("wirewatch.service")["KillMode"] == ["mixed"]


def test_no_secret_stands_in_a_unit_and_how_to_give_one_does() -> None:
    text = (SYSTEMD / "wirewatch.service").read_text(encoding="utf-8")
    assert "LoadCredential" not in values_of("wirewatch.service")
    assert re.search(r"^#LoadCredential=[\w-]+:/etc/wirewatch/credentials/[\w-]+$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "word", ["credentials", "usermod -aG wirewatch", "wirewatch restore", "journalctl -u wirewatch"]
)
def test_the_page_on_the_service_tells_how(word: str) -> None:
    assert word in (SYSTEMD / "README.md").read_text(encoding="utf-8")


def test_every_chapter_of_the_services_life_is_on_its_page() -> None:
    page = (SYSTEMD / "README.md").read_text(encoding="utf-8")
    chapters = re.findall(r"^## (.*)$", page, re.MULTILINE)
    for word in ("Install", "Secrets", "Who may", "reload", "log", "Upgrade", "back", "another machine", "Remove"):
        assert any(word in chapter for chapter in chapters), word
