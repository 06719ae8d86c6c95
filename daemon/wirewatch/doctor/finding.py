"""What a check found, and how alike findings become one: what is wrong everywhere is said once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is. Only WRONG makes the command end with 1."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. text: what was found; cure: what to do, "" where nothing is. No secret in any."""

    subject: str
    state: State
    text: str
    cure: str = ""

    @classmethod
    def of_error(cls, subject: str, error: Exception, state: State = State.WRONG) -> Finding:
        """From an error of ours, whose text reads `what is wrong; what to do`."""
        text, _, cure = str(error).partition("; ")
        return cls(subject, state, text.removeprefix(f"{subject}: "), cure)


_NAMED = 4


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that are not well and say the same become one, at the place of the first."""
    alike: dict[tuple[State, str, str, str], list[str]] = {}
    for number, one in enumerate(findings):
        apart = f"{number}" if one.state is State.OK else ""
        alike.setdefault((one.state, one.text, one.cure, apart), []).append(one.subject)
    return tuple(Finding(_together(subjects), state, text, cure) for (state, text, cure, _), subjects in alike.items())


def _together(subjects: list[str]) -> str:
    """As in "a, b, c, d and 3 more"."""
    unique = list(dict.fromkeys(subjects))
    more = len(unique) - _NAMED
    return ", ".join(unique[:_NAMED]) + (f" and {more} more" if more > 0 else "")
