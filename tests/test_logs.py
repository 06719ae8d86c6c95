"""One event a line, no secret in it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from wirewatch.logs import OneLine, set_up_logs


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
