"""The Retry-After header: how long a server asks us to wait. Whether we obey is decided in `pacing.py`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_WAIT = timedelta(days=366)  # keeps absurd values computable; pacing cuts them much shorter


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long the server asks us to wait before the next request.

    value: a Retry-After header: whole seconds ("120") or an HTTP-date in any of its three forms.
    now:   aware UTC time of the response.
    Returns a wait from 0 s (a date that has passed) to MAX_WAIT; None if the header cannot be read. Never raises.
    Source: RFC 9110, sections 10.2.3 and 5.6.7.
    """
    text = value.strip()
    if text.isascii() and text.isdigit():
        # int() refuses thousands of digits; ten are more than MAX_WAIT already.
        return MAX_WAIT if len(text.lstrip("0")) > 9 else min(timedelta(seconds=int(text)), MAX_WAIT)
    try:
        at = parsedate_to_datetime(text)
        # The asctime form names no zone; HTTP-dates are always UTC.
        wait = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(wait, timedelta(0)), MAX_WAIT)
