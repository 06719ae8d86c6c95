"""How words change in languages that inflect, so that a name in its ground form is found in every case.

Closed sets of endings and prefixes on folded words, not a stemmer's cuts: those give the cases of one name different
stems (Корея, Кореи), and work on accents that folding takes away. DECISIONS.md has the figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_KEPT = 3  # letters that stay when an ending is taken away


@dataclass(frozen=True, slots=True)
class Affixes:
    """What may stand before and behind the core of a word; "" is always among them.

    ground: endings of the ground form, taken away to get the core, the longest first; `prefix` is taken away as well.
    """

    begins: frozenset[str]
    ends: frozenset[str]
    ground: tuple[str, ...]
    prefix: str = ""

    def core(self, word: str) -> str:
        """The part of a folded word that every form has."""
        if self.prefix and word.startswith(self.prefix) and len(word) >= _KEPT + len(self.prefix):
            word = word.removeprefix(self.prefix)
        for ending in self.ground:
            if word.endswith(ending) and len(word) >= _KEPT + len(ending):
                return word.removesuffix(ending)
        return word


def _affixes(begins: str, ends: str, ground: str, prefix: str = "") -> Affixes:
    longest_first = sorted(ground.split(), key=len, reverse=True)
    return Affixes(frozenset({"", *begins.split()}), frozenset({"", *ends.split()}), tuple(longest_first), prefix)


_CYRILLIC = _affixes(
    "",
    # nouns and names, adjectives; Russian, Ukrainian, Belarusian, Bulgarian (with its article), Serbian, Macedonian
    "а я о е и ы у ю й ь і ї є ј ом ем ой ей ою ею єю ії ию ию ью ам ям ах ях ами ями ов ев ові еві ів їв"
    " ый ий ій ая яя ое ее ие ые ого его ому ему ым им ых их ыми ими ую юю ої ім іх іми ай яй аю яю ој"
    " ът от та то те ия ият ата ото ите ог ога оме ој има ама",
    "а я о е и ы у ю й ь і ї є ый ий ій ая яя ое ее ие ые ой ей ј",
)
_ARABIC = _affixes(
    "و ف ب ك ل ال وال بال فال كال لل ولل ول وب وك وبال س",
    "ه ي يه يا ين ون ات ان ا يين يون ها",
    "ه ي يه",
    prefix="ال",
)
_HEBREW = _affixes("ב ה ו ל מ כ ש וה וב ול ומ וכ שה שב מה לה בה כש", "", "")
_SLAVIC = _affixes(  # Polish, Czech, Slovak, Slovene, Croatian, Bosnian, Serbian in Latin letters; folded
    "",
    "a e i o u y ie em ow owi om ami ach ego emu ej ym im ych ich ymi imi iego iemu iej iem ia iu ii"
    " ovi ou um ech eho mu ho og oga ome omu oj ih ega ev ov ova ove ovo ou ovou um je ji jo ju jom joj",
    "a e i o u y ie ia ii",
)
_BALTIC = _affixes(  # Lithuanian, Latvian; folded
    "",
    "as o ui a u e os is io iui es ai s am i im us ius iai ams ems ja jas ju ei ej ejas eja eje ijas ija iju ijai oje",
    "as is us s a e o",
)
_BY_LANG = (
    dict.fromkeys(("ru", "uk", "be", "bg", "mk"), _CYRILLIC)
    | dict.fromkeys(("pl", "cs", "sk", "sl", "hr", "bs"), _SLAVIC)
    | {"lt": _BALTIC, "lv": _BALTIC, "ar": _ARABIC, "he": _HEBREW}
)
_WHOLE = frozenset({"fa", "ur", "ps", "ku", "yi"})  # in these scripts, but without these affixes
_BY_SCRIPT = (
    (re.compile("[\u0400-\u052f]"), _CYRILLIC),
    (re.compile("[\u0620-\u06ff]"), _ARABIC),
    (re.compile("[\u05d0-\u05ea]"), _HEBREW),
)
LATIN_LANGS = frozenset(lang for lang, affixes in _BY_LANG.items() if affixes in (_SLAVIC, _BALTIC)) | {"sr"}


def affixes_of(word: str, lang: str) -> Affixes | None:
    """How a folded word inflects; None where it is taken as it is.

    lang: the language of the rule, "" where it is not known: then the script tells, and Latin words stay whole.
    """
    if lang in _WHOLE or word.isdigit():
        return None
    for script, affixes in _BY_SCRIPT:
        if script.search(word):
            return affixes
    if lang == "sr":
        return _SLAVIC
    named = _BY_LANG.get(lang)
    return named if named in (_SLAVIC, _BALTIC) and word.isalpha() else None


def is_form(token: str, core: str, begins: Iterable[str], ends: frozenset[str]) -> bool:
    """Is the token this core with one of the beginnings and one of the endings?"""
    for begin in begins:
        if token.startswith(core, len(begin)) and token.startswith(begin) and token[len(begin) + len(core) :] in ends:
            return True
    return False
