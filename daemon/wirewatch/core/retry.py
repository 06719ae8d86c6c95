"""A delivery that failed: again at what time, or given up, and why."""

from __future__ import annotations

from datetime import datetime, timedelta

from wirewatch.core.model import Delivery, DeliveryState, Message
from wirewatch.errors import DeliveryError

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
# Mail servers keep trying for four to five days (RFC 5321, section 4.5.4.1); so do we.
GIVE_UP_AFTER = timedelta(days=4)


def plan_retry(message: Message, error: DeliveryError, now: datetime, jitter: float) -> Delivery:
    """What follows from a failed attempt. jitter: a random value from 0 to 1.

    Permanent faults are given up at once, others after GIVE_UP_AFTER; a lost answer is tried again with the same id.
    A server's Retry-After is kept whatever its size.
    """
    if error.permanent:
        return Delivery(message.id, DeliveryState.GIVEN_UP, now, None, str(error))
    if now - message.created_at > GIVE_UP_AFTER:
        text = f"tried {message.attempt} times in {GIVE_UP_AFTER.days} days: {error}"
        return Delivery(message.id, DeliveryState.GIVEN_UP, now, None, text, unknown=error.unknown)
    pause = min(FIRST_PAUSE * 2 ** min(message.attempt - 1, 20), LONGEST_PAUSE) * (1 + 0.2 * jitter)
    if error.retry_after is not None:
        pause = max(pause, error.retry_after)
    return Delivery(message.id, DeliveryState.WAITING, now, now + pause, str(error), unknown=error.unknown)
