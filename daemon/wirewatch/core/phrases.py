"""The names and phrases that carry a text: runs of capitalised words; in CJK quoted titles, katakana, repeated words.

By the look of the words alone: knows no packs, no topics and nothing of how common a name is elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from wirewatch.core.commonwords import (
    COMMON,
    HAN_COMMON,
    HAN_GLUE,
    HANGUL_COMMON,
    HANGUL_VERB,
    PARTICLES,
    TITLES,
)
from wirewatch.core.excerpts import sentences
from wirewatch.core.text import Range, fold

MOST_PHRASES: Final = 60  # of one text, those that stand there most often
_MOST_FORMS: Final = 4
_LONGEST: Final = 60  # characters: what is longer is no name

_JOINING: Final = frozenset(["of", "de", "du", "del", "della", "di", "da", "van", "von", "der", "bin", "al", "el"])
_WORD: Final = re.compile(
    r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’\-‐‑–—][^\W_]+)*",  # "U.S.", "Jae-myung", "O'Neill", "2019"
)
_GAP: Final = re.compile(rf"[ \xa0](?:(?:{'|'.join(sorted(_JOINING))}) )?")
_OWNED: Final = re.compile(r"['’]s$|['’]$", re.IGNORECASE)
_DASH: Final = re.compile(r"[-‐‑–—]")
_LABEL: Final = re.compile(r"^(?:\S+\s+){0,3}\S+[:：]$")
_OPENING: Final = re.compile(r"[:;\"“«„‘(\[]\s*$|^[-–—•*]\s*$")
_CASED: Final = re.compile(r"[^\W\d_]{3,}")
_TITLE_CASE: Final = 0.85  # of the longer words: the line capitalises every word, so that capitals say nothing
# "a Siberian winter", "в Белом доме": what kind of thing, not which.
_ADJECTIVE: Final = re.compile(r"\w{2,}(?:[ie]an|ese|ish|ый|ий|ой|ая|ое|ого|ому|ом|ую|ые|ых|ым)[ \xa0][a-zа-я]")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")

_HAN: Final = "\u3005\u3400-\u9fff\U00020000-\U0003ffff"
_QUOTED: Final = re.compile(
    rf"[「『《〈“‘\"']([\w·・ \-]*[{_HAN}\u3041-\u30ff\uac00-\ud7a3][\w·・ \-]*)[」』》〉”’\"']"
)
_QUOTES: Final = "「『《〈“‘\"'"
_KATAKANA: Final = re.compile(r"[ァ-ヺ][ァ-ヺー]{2,}(?:[・＝=][ァ-ヺー]{2,})*")
_KANA: Final = re.compile(r"[ぁ-ゖァ-ヺ]")
_HAN_RUN: Final = re.compile(rf"[{_HAN}]{{2,}}")
_HANGUL_WORD: Final = re.compile(r"[가-힣]{2,}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name as a text writes it. forms: its spellings there, the most frequent first; places: ranges in the text."""

    forms: tuple[str, ...]
    places: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Words with capitals, one after the other. sure: the capitals cannot come from the beginning of a sentence."""

    words: tuple[Range, ...]
    sure: bool


def phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of a plain text, those that stand there most often first; at most MOST_PHRASES. Never raises.

    A word that is capitalised only where a sentence begins, and what is nothing but common words, is none; nor is, in
    a script without capitals, what stands there once without quotation marks.
    """
    found: defaultdict[str, list[Range]] = defaultdict(list)
    for start, end in (*_capitalised(text), *_eastern(text)):
        if end - start > _LONGEST:
            continue
        found[_key(text[start:end])].append((start, end))
    told = (places for places in _with_surnames(found).values() if len(places) > 1 or _is_marked(text, places[0]))
    made = [_phrase(text, places) for places in told]
    made.sort(key=lambda phrase: (-len(phrase.places), phrase.places[0]))
    return tuple(made[:MOST_PHRASES])


def _is_marked(text: str, place: Range) -> bool:
    return text[place[0]].isupper() or text[max(0, place[0] - 1)] in _QUOTES


def _phrase(text: str, places: Iterable[Range]) -> Phrase:
    ordered = sorted(set(places))
    counted = Counter(text[start:end] for start, end in ordered)
    by_fold: dict[str, str] = {}
    longest = max(len(fold(form).text.split()) for form in counted)
    for form, _ in counted.most_common():
        folded = fold(form).text
        if len(folded.split()) == longest:  # a surname counts for its name, but is not looked for
            by_fold.setdefault(folded, form)
    return Phrase(tuple(by_fold.values())[:_MOST_FORMS], tuple(ordered))


def _key(form: str) -> str:
    """What the inflected forms of a name have in common: its words folded, Russian ones without their endings."""
    words = fold(form).text.split()
    return " ".join(word[: max(3, min(5, len(word) - 1))] if _CYRILLIC.match(word) else word for word in words)


def _with_surnames(found: Mapping[str, list[Range]]) -> dict[str, list[Range]]:
    """ "Grossi" stands for "Rafael Grossi" where the text has one such name alone."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for key in found:
        if " " in key:
            names[key.rsplit(" ", 1)[1]].add(key)
    merged = {key: list(places) for key, places in found.items()}
    for key in found:
        if len(names[key]) == 1:
            merged[next(iter(names[key]))] += merged.pop(key)
    return merged


def _capitalised(text: str) -> Iterator[Range]:
    """Runs of capitalised words, without titles before and common words round them."""
    runs = [run for piece in sentences(text) if not _LABEL.match(text[slice(*piece)]) for run in _runs(text, piece)]
    trimmed = [(words, run.sure) for run in runs for words in _named(text, run.words)]
    sure = {_key_of(text, words) for words, is_sure in trimmed if is_sure}
    for words, is_sure in trimmed:
        if is_sure:
            yield words[0][0], words[-1][1]
        else:
            yield from _known_parts(text, words, sure)


def _known_parts(text: str, words: Sequence[Range], sure: frozenset[str] | set[str]) -> Iterator[Range]:
    """Of a run that may be capitalised for other reasons, the longest parts that are names elsewhere in the text."""
    start = 0
    while start < len(words):
        ends = range(min(len(words), start + 6), start, -1)
        end = next((end for end in ends if _key_of(text, words[start:end]) in sure), 0)
        if end:
            yield words[start][0], words[end - 1][1]
        start = end or start + 1


def _key_of(text: str, words: Sequence[Range]) -> str:
    return _key(text[words[0][0] : words[-1][1]])


def _named(text: str, words: Sequence[Range]) -> Iterator[Sequence[Range]]:
    """Russian puts a name right behind a country's or a house's initials ("США Дональд Трамп"): those are two."""
    parts: list[list[Range]] = []
    for word in words:
        initials = text[slice(*word)].isupper()
        if parts and not (_CYRILLIC.match(text, word[0]) and initials is not text[slice(*parts[-1][-1])].isupper()):
            parts[-1].append(word)
        else:
            parts.append([word])
    return (trimmed for part in parts if (trimmed := _trimmed(text, part)))


def _trimmed(text: str, words: Sequence[Range]) -> Sequence[Range]:
    folded = [fold(text[slice(*word)]).text.strip() for word in words]
    first = 0
    while first < len(words) and (folded[first] in COMMON or folded[first] in TITLES):
        first += 1
    if not any(len(one) > 1 and one not in TITLES for one in folded[first:]):
        return ()
    is_adjective = len(words) - first == 1 and _ADJECTIVE.match(text, words[first][0])
    return () if is_adjective else words[first:]


def _runs(text: str, piece: Range) -> Iterator[_Run]:
    """The runs of one sentence. Of its first word, and of a line that capitalises all its words, nobody knows."""
    low, high = piece
    cased = [word for word in _CASED.findall(text, low, high) if word.casefold() not in COMMON]
    shouted = len(cased) > 3 and sum(word[0].isupper() for word in cased) > _TITLE_CASE * len(cased)
    run: list[Range] = []
    begins = True
    for start, end in _words(text, low, high):
        if text[start:end] in _JOINING:
            continue
        if run and not (text[start].isupper() and _GAP.fullmatch(text, run[-1][1], start)):
            yield _Run(tuple(run), not shouted and not (begins and _is_doubtful(text, run)))
            run = []
        if not text[start].isupper():
            continue
        if not run:
            begins = start == low or _OPENING.search(text, max(low, start - 3), start) is not None
        run.append((start, end))
    if run:
        yield _Run(tuple(run), not shouted and not (begins and _is_doubtful(text, run)))


def _is_doubtful(text: str, run: Sequence[Range]) -> bool:
    """At a sentence's beginning: is it one word, or does the first only begin the sentence ("Engaging")?"""
    first = text[slice(*run[0])]
    plain = len(first) < 2 or not first.isupper()
    return plain and (len(run) == 1 or first.casefold().endswith("ing"))


def _words(text: str, low: int, high: int) -> Iterator[Range]:
    """The words, without 's; two names with a dash between ("Trump-Kim", not "Jae-Myung" behind "Lee") are two."""
    before = (low, low)
    for found in _WORD.finditer(text, low, high):
        start, end = found.span()
        owned = _OWNED.search(text, start, end)
        end = owned.start() if owned else end
        dash = _DASH.search(text, start, end)
        word = text[slice(*before)]
        follows = word[:1].isupper() and word.casefold() not in COMMON and text[before[1] : start] == " "
        if dash and text[dash.end()].isupper() and not follows:
            yield start, dash.start()
            yield dash.end(), end
        else:
            yield start, end
        before = found.span()


def _eastern(text: str) -> Iterator[Range]:
    """Quoted titles and katakana wherever they stand; runs of Han and Korean words that stand there repeatedly."""
    yield from (found.span(1) for found in _QUOTED.finditer(text) if _is_title(found[1]))
    yield from (found.span() for found in _KATAKANA.finditer(text))
    han = HAN_COMMON.sub(lambda word: " " * len(word[0]), text)
    yield from _repeated(text, _japanese(han) if _KANA.search(text) else _chinese(han))
    yield from _repeated(text, _korean(text))


def _is_title(quoted: str) -> bool:
    """Is it the name of something, not what somebody said?"""
    words = quoted.split()
    said = re.search("[ぁ-ゖ]", quoted) or HANGUL_VERB.search(quoted)
    return not said and len(words) <= 3 and 2 <= len(quoted.strip()) <= 16


def _repeated(text: str, places: Iterable[Range]) -> Iterator[Range]:
    """Those that stand there twice (of two letters: three times), and in no longer one as often."""
    where: defaultdict[str, list[Range]] = defaultdict(list)
    for start, end in places:
        where[text[start:end]].append((start, end))
    kept: list[str] = []
    often = sorted(where, key=lambda word: (-len(word), word))
    for word in often:
        times = len(where[word])
        if times < (3 if len(word) == 2 else 2):
            continue
        if not any(word in longer and len(where[longer]) * 3 >= times * 2 for longer in kept):
            kept.append(word)
            yield from where[word]
        if len(kept) >= MOST_PHRASES:
            return


def _japanese(text: str) -> Iterator[Range]:
    return (found.span() for found in _HAN_RUN.finditer(text) if found.end() - found.start() <= 8)


def _chinese(text: str) -> Iterator[Range]:
    """Every piece of two to eight characters between the words that hold sentences together: words are not marked."""
    for run in _HAN_RUN.finditer(HAN_GLUE.sub(" ", text)):
        for start in range(run.start(), run.end() - 1):
            for end in range(start + 2, min(start + 8, run.end()) + 1):
                yield start, end


def _korean(text: str) -> Iterator[Range]:
    for word in _HANGUL_WORD.finditer(text):
        if HANGUL_VERB.search(word[0]):
            continue
        stem = PARTICLES.sub("", word[0])
        if len(stem) >= 2 and stem not in HANGUL_COMMON:
            yield word.start(), word.start() + len(stem)
