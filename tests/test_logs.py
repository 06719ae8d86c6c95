"""One event a line, no secret in it."""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wirewatch.logs import JsonLine, OneLine, set_up_logs

LOGGER = "wirewatch.test"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def test_an_event_is_one_line_with_its_time_in_utc(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up_logs(logging.INFO, lambda text: text.replace("hunter2", "***"), out)
    try:
        raise ValueError("hunter2\nsecond line")
    except ValueError:
        logging.getLogger("wirewatch.test").exception("action=test_bug feed=%s", "A\r\nB")
    (line,) = out.getvalue().splitlines()
    assert "Z ERROR wirewatch.test action=test_bug feed=A | B | Traceback" in line
    assert "hunter2" not in line


def test_libraries_speak_only_of_what_someone_may_have_to_act_on(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up_logs(logging.INFO, str, out)
    logging.getLogger("apscheduler.scheduler").info("added job")
    assert out.getvalue() == ""


def test_a_person_at_a_terminal_gets_line_breaks() -> None:
    record = logging.LogRecord("w", logging.ERROR, "f", 1, "one\ntwo", None, None)
    assert OneLine(str, fold=False).format(record).splitlines()[1] == "two"


def lines_of(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_has_the_keys_of_the_event_and_no_value_passes_for_a_key(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up_logs(logging.INFO, str, out, {"WIREWATCH_LOG": "json"})
    logging.getLogger(LOGGER).warning(
        "action=delivery feed=%s attempt=%d took_seconds=%.1f text=%s: try=%s", "A state=x", 3, 0.25, "no\nway", "again"
    )
    (line,) = lines_of(out)
    assert line.pop("time").endswith("Z")
    assert list(line.items()) == [
        ("level", "WARNING"),
        ("logger", LOGGER),
        ("action", "delivery"),
        ("feed", "A state=x"),
        ("attempt", 3),
        ("took_seconds", 0.25),
        ("text", "no way: try=again"),
    ]


@pytest.mark.parametrize(
    ("pattern", "args", "keys"),
    [
        pytest.param("action=store_well", (), {"action": "store_well"}, id="an action alone"),
        pytest.param("action=%s text=%s", ("stop", "now"), {"action": "stop", "text": "now"}, id="a made action"),
        pytest.param("Added job to store", (), {"text": "Added job to store"}, id="a library's words"),
        pytest.param("100%% of %s", ("all",), {"text": "100% of all"}, id="a library's pattern"),
        pytest.param("action=disk full=90%% text=90%% of %s", ("it",), {"full": "90%", "text": "90% of it"}, id="%%"),
        pytest.param("%(x)s here", ({"x": 1},), {"text": "1 here"}, id="named places"),
    ],
)
def test_every_event_can_be_json(pattern: str, args: tuple[Any, ...], keys: dict[str, Any]) -> None:
    record = logging.LogRecord(LOGGER, logging.INFO, "f", 1, pattern, args, None)
    line = json.loads(JsonLine(str).format(record))
    assert {key: line.get(key) for key in keys} == keys


def test_json_masks_secrets_before_it_escapes_them_and_keeps_a_traceback_in_one_line(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up_logs(logging.INFO, lambda text: text.replace('pass"word', "***"), out, {"WIREWATCH_LOG": "json"})
    try:
        raise ValueError('pass"word')
    except ValueError:
        logging.getLogger(LOGGER).exception("action=test_bug text=%s", 'pass"word')
    (line,) = lines_of(out)
    assert line["text"] == "***" and "ValueError: ***" in line["traceback"] and "word" not in out.getvalue()


def test_an_unknown_form_is_said_and_the_log_goes_on_as_text(root: logging.Logger) -> None:
    out = io.StringIO()
    set_up_logs(logging.INFO, str, out, {"WIREWATCH_LOG": "xml"})
    (line,) = out.getvalue().splitlines()
    assert "WARNING wirewatch.logs action=log_form_unknown text=WIREWATCH_LOG is 'xml'; it may be text or json" in line


@pytest.mark.parametrize(
    ("level", "prefix"),
    [
        pytest.param(logging.CRITICAL, "<2>", id="critical"),
        pytest.param(logging.ERROR, "<3>", id="error"),
        pytest.param(logging.WARNING, "<4>", id="warning"),
        pytest.param(logging.INFO, "<6>", id="info"),
        pytest.param(logging.DEBUG, "<7>", id="debug"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_journal_gets_a_priority_before_each_line(
    root: logging.Logger, tmp_path: Path, level: int, prefix: str, form: str
) -> None:
    with (tmp_path / "journal").open("w+", encoding="utf-8") as stream:
        found = os.fstat(stream.fileno())
        environ = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}", "WIREWATCH_LOG": form}
        set_up_logs(logging.DEBUG, str, stream, environ)
        logging.getLogger(LOGGER).log(level, "action=test")
        stream.seek(0)
        said = stream.read()
    assert said.startswith(f"{prefix}{'{' if form == 'json' else LOGGER + ' action=test'}")


@pytest.mark.parametrize("named", ["", "1:2", "nonsense"])
def test_a_stream_that_is_not_the_journals_gets_times_and_no_priority(
    root: logging.Logger, tmp_path: Path, named: str
) -> None:
    with (tmp_path / "log").open("w+", encoding="utf-8") as stream:
        set_up_logs(logging.INFO, str, stream, {"JOURNAL_STREAM": named})
        logging.getLogger(LOGGER).info("action=test")
        stream.seek(0)
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO wirewatch.test action=test$", stream.read())
