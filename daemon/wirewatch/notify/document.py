"""A message as lines of runs, and its three spellings: plain text, HTML, Markdown. Here all escaping is done.

Text comes in clean (`core/plaintext.py`); what a medium could read as markup, mention or link is defused here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Look(Enum):
    """How a run stands out."""

    PLAIN = "as the rest"
    BOLD = "bold where the medium can"
    MATCH = "matched words: [brackets] in plain text, else bold"
    SMALL = "everything else"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line. link: http(s), checked by `safe_link`; plain text does not show it."""

    text: str
    look: Look = Look.PLAIN
    link: str | None = None


Line = tuple[Run, ...]
Block = tuple[Line, ...]  # lines that stand together; an empty line parts two blocks
Writer = Callable[[Sequence[Block]], str]

# U+2060 WORD JOINER: nobody sees it, no service reads over it.
JOINER: Final = "\u2060"
# "@everyone", "@here", "@john", "<@123>", "@**all**" (Zulip), an "@" that a following run continues; addresses like
# a@b.org are left alone, but not the names that Discord rings everybody for in the middle of a word.
_MENTION: Final = re.compile(r"(?<!\w)@(?=[\w&!*]|\Z)|@(?=(?:everyone|here|channel|all|room)\b)", re.IGNORECASE)
_OPENING: Final = re.compile(r"<(?=\S|\Z)")  # <!channel> (Slack), <users/all> (Google), <at id=all> (Lark), <script>
_ADDRESS: Final = re.compile(r":(?=//)|(?<=www)(?=\.\w)", re.IGNORECASE)
_MARKDOWN: Final = re.compile(r"[\\`*_~\[\]<>|]|&(?=#?\w{1,32};)")
_IN_LINK: Final = {ord(char): f"%{ord(char):02X}" for char in "()<>[]\\`|\"' "}


def as_text(blocks: Sequence[Block]) -> str:
    """For mail and terminals: matched words in [brackets], everything else as it is."""
    return _lay(blocks, _text_run, "\n", "\n\n")


def as_chat_text(blocks: Sequence[Block]) -> str:
    """The same for chats: mentions and the addresses in headlines defused, our own address line left whole."""
    return _lay(blocks, lambda run: run.text if run.text == run.link else calm(_text_run(run)), "\n", "\n\n")


def as_html(blocks: Sequence[Block]) -> str:
    """For mail: a paragraph a block; each line finds its own direction (Arabic, Hebrew). Loads nothing."""
    body = "\n".join(f"<p>{_html_lines(lines)}</p>" for lines in blocks if lines)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}\n</body></html>\n'


def as_chat_html(blocks: Sequence[Block]) -> str:
    """For chats that read a little HTML (Matrix, Telegram): no paragraphs, mentions defused."""
    return _lay(blocks, lambda run: _html_run(run, calm(run.text), "em"), "<br>", "<br><br>")


def as_markdown(blocks: Sequence[Block]) -> str:
    """CommonMark with backslash escapes, one line a line; read alike by Discord, Mattermost, Rocket.Chat, Zulip."""
    return _lay(blocks, _markdown_run, "\n", "\n\n")


def calm(text: str) -> str:
    """Feed text that rings nobody and links nowhere, and reads the same."""
    text = _MENTION.sub(f"@{JOINER}", text)
    return _ADDRESS.sub(lambda match: match[0] + JOINER, _OPENING.sub(f"<{JOINER}", text))


def _lay(blocks: Sequence[Block], spell: Callable[[Run], str], line: str, block: str) -> str:
    return block.join(line.join("".join(map(spell, runs)) for runs in lines) for lines in blocks if lines)


def _html_lines(lines: Block) -> str:
    spelt = ("".join(_html_run(run, run.text, "small") for run in runs) for runs in lines)
    return "<br>\n".join(f'<span dir="auto">{line}</span>' for line in spelt)


def _text_run(run: Run) -> str:
    return f"[{run.text}]" if run.look is Look.MATCH else run.text


def _html_run(run: Run, text: str, small: str) -> str:
    spelt = html.escape(text, quote=False)
    if run.link:
        spelt = f'<a href="{html.escape(run.link)}">{spelt}</a>'
    tag = {Look.BOLD: "strong", Look.MATCH: "strong", Look.SMALL: small}.get(run.look)
    return f"<{tag}>{spelt}</{tag}>" if tag else spelt


def _markdown_run(run: Run) -> str:
    spelt = _MARKDOWN.sub(r"\\\g<0>", calm(run.text))
    if run.link:
        spelt = f"[{spelt}]({run.link.translate(_IN_LINK)})"
    sign = {Look.BOLD: "**", Look.MATCH: "**", Look.SMALL: "_"}.get(run.look, "")
    return f"{sign}{spelt}{sign}"
