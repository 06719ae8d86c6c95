"""Did you mean …? The nearest known word to one that is not known."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

MOST_LETTERS = 60  # a longer word is no slip of the hand, and comparing costs the square of its length
MOST_SHOWN = 16


def did_you_mean(word: str, known: Collection[str], kind: str) -> str:
    """The cure behind "unknown …": the nearest known word, or the first of them. kind: "keys here", "topics"."""
    near = get_close_matches(word, known, n=1, cutoff=0.6) if len(word) <= MOST_LETTERS else []
    if near:
        return f"did you mean '{near[0]}'?"
    if not known:
        return f"there are no {kind}"
    shown = list(known)[:MOST_SHOWN]
    return f"the {kind} are {', '.join(shown)}" + (", …" if len(known) > MOST_SHOWN else "")


def shown(text: str, limit: int = 60) -> str:
    """A person's own words in quotation marks, cut to a readable length."""
    return f"'{text}'" if len(text) <= limit else f"'{text[: limit - 1]}…'"
