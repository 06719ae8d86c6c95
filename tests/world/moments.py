"""What an onlooker sees of the daemon, with the time on the monotonic clock: it asks, it delivers, it is answered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum


class Seen(StrEnum):
    """What happened at a server."""

    NEWS = "served a changed body"
    SAME = "served nothing new"
    ARRIVED = "a message is in"
    HELD = "holds the answer to a message"
    ANSWERED = "answered that a message is taken"
    REFUSED = "turned a message away"


@dataclass(frozen=True, slots=True)
class Moment:
    """place: the feed's path or the sink's name. at: monotonic seconds."""

    seen: Seen
    place: str
    at: float = field(default_factory=time.monotonic)
