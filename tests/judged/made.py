"""Twelve items made up for the three topics, judged by the same rules as the large set: by meaning, not by words."""

from __future__ import annotations

from tests.judged.score import KEYS, Row
from wirewatch.core.model import Entry

_NK, _TK, _YB = KEYS


def _row(lang: str, topics: set[str], title: str, summary: str = "") -> Row:
    return Row(
        title, lang, Entry(None, None, title, summary, lang=lang), frozenset(key for key in KEYS if key in topics)
    )


MADE = (
    _row("en", {_NK, _TK}, "Trump says a letter to Kim came back", "North Korean diplomats would not take it."),
    _row("en", {_NK, _YB}, "Steam seen at the Radiochemical Laboratory", "Pyongyang may be reprocessing again."),
    _row("ko", {_NK}, "북, 동해로 미사일 두 발 발사"),
    _row("ko", {_NK, _YB}, 'IAEA "영변 원자로 다시 가동"'),
    _row("zh", {_NK, _TK}, "特朗普称愿再见金正恩"),
    _row("ja", {_NK}, "北朝鮮、衛星の打ち上げを通告"),
    _row("ru", {_NK}, "В Пхеньяне прошёл парад"),
    _row("de", {_NK, _TK}, "Trump lobt Nordkoreas Machthaber Kim"),
    _row("en", set(), "Queues at the polls on par with North Korea, voters joke"),
    _row("en", set(), "Trump stumps with Kim Reynolds in Des Moines"),
    _row("ko", set(), "북한산 단풍, 이번 주말 절정"),
    _row("zh", set(), "朝阳区冬季菜市场开张"),
)
