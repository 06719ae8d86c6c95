"""One message as the JSON object that programs get: by webhook, in a file, on standard input. No sender's rule here.

`config/README.md`, "The JSON of a message", describes it; a test holds the two together. Keys are only ever added; what
would break a reader raises VERSION.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from wirewatch.core.model import Alert, AlertHit, Message, Notice
from wirewatch.core.plaintext import clean_line
from wirewatch.core.urls import safe_link
from wirewatch.notify.wording import SPELLING, in_order

VERSION: Final = 1

Json = Mapping[str, object]


def record(message: Message) -> Json:
    """The message whole: nothing is cut. Texts are clean (no control or direction characters), times are UTC."""
    return {
        "version": VERSION,
        "id": message.id,
        "attempt": message.attempt,
        "receiver": clean_line(message.receiver),
        "created_at": _time(message.created_at),
        "alerts": [_alert(alert) for alert in in_order(message.alerts)],
        "notices": [_notice(notice) for notice in message.notices],
    }


def json_line(message: Message) -> bytes:
    """`record` as UTF-8 on one line, without the line's end; no reader takes a character in it for one."""
    return json.dumps(record(message), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _alert(alert: Alert) -> Json:
    return {
        "id": alert.id,
        "headline": clean_line(alert.headline),
        "link": safe_link(alert.link) if alert.link else None,
        "feed": clean_line(alert.feed),
        "outlet": clean_line(alert.outlet or alert.feed),
        "kind": alert.kind.value if alert.kind else None,
        "lang": clean_line(alert.lang) if alert.lang else None,
        "published": _time(alert.published) if alert.published else None,
        "seen_at": _time(alert.seen_at),
        "priority": alert.priority.name.lower(),
        "reason": clean_line(alert.reason),
        "older": alert.older,
        "hits": [_hit(hit) for hit in alert.hits],
    }


def _hit(hit: AlertHit) -> Json:
    sentence, marks = _cleaned(hit.sentence, hit.marks)
    return {
        "topic": hit.topic,
        "title": clean_line(hit.title),
        "prominence": hit.prominence.value,
        "sentence": sentence,
        "marks": marks,
        "glosses": [[clean_line(word).strip(SPELLING), clean_line(gloss)] for word, gloss in hit.glosses],
    }


def _notice(notice: Notice) -> Json:
    return {
        "kind": notice.kind,
        "subject": clean_line(notice.subject),
        "text": "\n".join(line for line in map(clean_line, notice.text.splitlines()) if line),
        "since": _time(notice.since),
    }


def _cleaned(sentence: str, marks: tuple[tuple[int, int], ...]) -> tuple[str, list[list[int]]]:
    """The sentence as `clean_line` has it, and the marks where their words stand then; an empty mark is dropped."""
    text = clean_line(sentence)
    stands: Sequence[int] = range(len(sentence) + 1) if text == sentence else _moved(sentence)
    moved = ([stands[start], min(stands[end], len(text))] for start, end in sorted(marks))
    return text, [mark for mark in moved if mark[0] < mark[1]]


def _moved(sentence: str) -> list[int]:
    """For each border between two characters, the one that it becomes in the clean sentence."""
    kept, stands = "", [0]
    for character in sentence:
        piece = clean_line(f"a{character}b")[1:-1]
        kept += "" if piece == " " and (not kept or kept.endswith(" ")) else piece
        stands.append(len(kept))
    return stands


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
