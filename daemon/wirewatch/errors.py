"""Every error that Wirewatch raises on purpose.

WirewatchError
├── ConfigError      the files cannot be used as written: nothing loaded, the running watchlist stays
├── FeedError        this feed, this time: recorded on the feed, the others go on
│   ├── FetchError   no usable answer
│   └── ParseError   an answer that is not a feed
├── StoreBusy        locked or full: keep, retry, tell, stay up
├── StoreError       corrupt, or from a newer version: stop with an exit code that is not restarted
├── InstanceRunning  another daemon holds this database
├── ControlError     what was asked of the watch cannot be done: no such message, no access to its socket
├── SecretError      a reference (env:, file:, cred:, ${}) that cannot be resolved
└── DeliveryError    this destination, this time; says whether to try again

Texts read `place: subject: what is wrong; what to do`. No text holds a resolved secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


class WirewatchError(Exception):
    """Something that a person may meet; its text says where, what and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a watchlist. file: as shown to the person; line and column count from 1; key: dotted path.

    excerpt: the text that holds the fault, with a caret under its character, for faults within a text; else "".
    """

    file: str
    line: int
    column: int
    key: str
    what: str
    excerpt: str = ""

    def __str__(self) -> str:
        subject = f"{self.key}: " if self.key else ""
        shown = f"\n{self.excerpt}" if self.excerpt else ""
        return f"{self.file}:{self.line}:{self.column}: {subject}{self.what}{shown}"


class ConfigError(WirewatchError):
    """All faults of a watchlist at once, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class FeedError(WirewatchError):
    """This feed, this time. The text is stored on the feed and shown by `wirewatch feeds`."""


class FetchError(FeedError):
    """No usable answer.

    status:      HTTP status, None where no answer came.
    retry_after: how long the server asked us to wait (429, 503), None where it did not.
    network:     True where our own side may be at fault (no route, no DNS): counted apart from the feed's faults.
    """

    def __init__(
        self, text: str, *, status: int | None = None, retry_after: timedelta | None = None, network: bool = False
    ) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after = retry_after
        self.network = network


class ParseError(FeedError):
    """An answer came, but it is not a feed (or cost too much to read)."""


class StoreBusy(WirewatchError):
    """The database is locked or its disk is full; nothing is lost, the same work is tried again."""


class StoreError(WirewatchError):
    """The database is corrupt, unreadable or from a newer version; the daemon must stop."""


class InstanceRunning(WirewatchError):
    """A daemon already holds this database; the text names its process id."""


class ControlError(WirewatchError):
    """What was asked of a watch cannot be done; nothing was changed. The text says what to do."""


class SecretError(WirewatchError):
    """A secret's reference cannot be resolved; the text names the reference, never a value."""


class DeliveryError(WirewatchError):
    """This destination, this time.

    permanent:   trying again cannot help (bad address, 550, 401); the message is given up and told.
    unknown:     the answer was lost after the message may have gone out: retried with the same id.
    retry_after: how long the server asked us to wait, of any size; None where it did not.
    status:      the server's code (HTTP status or SMTP reply code), None where none came.
    """

    def __init__(
        self,
        text: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: timedelta | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(text)
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after
        self.status = status
