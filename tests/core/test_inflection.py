"""Names written once, in their ground form, are found in every form that the press writes; other words are not.

Forms: the declension tables of the languages' grammars, as Wiktionary prints them.
"""

from __future__ import annotations

import pytest

from tests.core.matching import found
from wirewatch.core.match.inflection import affixes_of, is_form

# language of the rule; the name as a pack writes it; its forms
FOUND = [
    ("ru", "Северная Корея", "Северная Корея, Северной Кореи, Северной Корее, Северную Корею, Северной Кореей"),
    ("ru", "Ким Чен Ын", "Ким Чен Ын, Ким Чен Ына, Ким Чен Ыну, Ким Чен Ыном, Ким Чен Ыне"),
    ("ru", "Пхеньян", "Пхеньян, Пхеньяна, Пхеньяну, Пхеньяном, Пхеньяне"),
    ("ru", "Йонбён", "Йонбён, Йонбена, Йонбёну, Йонбёном, Йонбене"),
    ("ru", "Трамп", "Трамп, Трампа, Трампу, Трампом, Трампе"),
    ("ru", "Россия", "Россия, России, Россию, Россией"),
    ("ru", "Украина", "Украина, Украины, Украине, Украину, Украиной"),
    (
        "ru",
        "ядерный реактор",
        "ядерный реактор, ядерного реактора, ядерному реактору, ядерным реактором, ядерном реакторе,"
        " ядерные реакторы, ядерных реакторов, ядерным реакторам, ядерными реакторами, ядерных реакторах",
    ),
    ("", "санкция", "санкция, санкции, санкцию, санкцией, санкций, санкциям, санкциями, санкциях"),
    (
        "uk",
        "Північна Корея",
        "Північна Корея, Північної Кореї, Північній Кореї, Північну Корею, Північною Кореєю, Північна Кореє",
    ),
    ("uk", "Пхеньян", "Пхеньян, Пхеньяну, Пхеньяна, Пхеньяном, Пхеньяні, Пхеньянові"),
    ("be", "Паўночная Карэя", "Паўночная Карэя, Паўночнай Карэі, Паўночную Карэю, Паўночнай Карэяй"),
    ("bg", "Северна Корея", "Северна Корея, Северната Корея"),
    ("sr", "Северна Кореја", "Северна Кореја, Северне Кореје, Северној Кореји, Северну Кореју, Северном Корејом"),
    ("sr", "Severna Koreja", "Severna Koreja, Severne Koreje, Severnoj Koreji, Severnu Koreju, Severnom Korejom"),
    ("mk", "нуклеарен реактор", "нуклеарен реактор, нуклеарен реакторот, нуклеарен реактори, нуклеарен реакторите"),
    ("pl", "Korea Północna", "Korea Północna, Korei Północnej, Koreę Północną, Koreą Północną, Koreo Północna"),
    ("pl", "Trump", "Trump, Trumpa, Trumpowi, Trumpem, Trumpie"),
    ("pl", "Pjongjang", "Pjongjang, Pjongjangu, Pjongjangowi, Pjongjangiem"),
    ("cs", "Severní Korea", "Severní Korea, Severní Koreje, Severní Koreji, Severní Koreu, Severní Koreou"),
    ("cs", "Trump", "Trump, Trumpa, Trumpovi, Trumpem, Trumpe"),
    ("sk", "Severná Kórea", "Severná Kórea, Severnej Kórey, Severnej Kórei, Severnú Kóreu, Severnou Kóreou"),
    ("sl", "Severna Koreja", "Severna Koreja, Severne Koreje, Severni Koreji, Severno Korejo"),
    ("hr", "Sjeverna Koreja", "Sjeverna Koreja, Sjeverne Koreje, Sjevernoj Koreji, Sjevernu Koreju, Sjevernom Korejom"),
    ("lt", "Šiaurės Korėja", "Šiaurės Korėja, Šiaurės Korėjos, Šiaurės Korėjai, Šiaurės Korėją, Šiaurės Korėjoje"),
    ("lt", "Trumpas", "Trumpas, Trumpo, Trumpui, Trumpą, Trumpu, Trumpe"),
    ("lv", "Ziemeļkoreja", "Ziemeļkoreja, Ziemeļkorejas, Ziemeļkorejai, Ziemeļkoreju, Ziemeļkorejā"),
    ("lv", "Tramps", "Tramps, Trampa, Trampam, Trampu, Trampā"),
    ("ar", "كوريا الشمالية", "كوريا الشمالية, وكوريا الشمالية, لكوريا الشمالية, بكوريا الشمالية, كوريا الشماليه"),
    ("ar", "ترامب", "ترامب, وترامب, لترامب, بترامب, كترامب, فترامب"),
    ("ar", "بيونغ يانغ", "بيونغ يانغ, وبيونغ يانغ, لبيونغ يانغ, ببيونغ يانغ"),
    ("ar", "كيم", "كيم, وكيم, لكيم, بكيم"),
    ("ar", "مفاعل", "مفاعل, المفاعل, والمفاعل, بالمفاعل, للمفاعل, مفاعلات, المفاعلات"),
    ("ar", "العقوبات", "العقوبات, عقوبات, والعقوبات, بالعقوبات, للعقوبات"),
    ("he", "צפון קוריאה", "צפון קוריאה, בצפון קוריאה, וצפון קוריאה, לצפון קוריאה, מצפון קוריאה, שצפון קוריאה"),
    ("he", "טראמפ", "טראמפ, לטראמפ, וטראמפ, שטראמפ, מטראמפ, כשטראמפ"),
]


@pytest.mark.parametrize(
    ("lang", "word", "form"),
    [pytest.param(lang, word, form, id=form) for lang, word, forms in FOUND for form in forms.split(", ")],
)
def test_a_name_is_found_in_this_form(lang: str, word: str, form: str) -> None:
    assert found(word, f"«{form}» 2026", lang) == [form]


@pytest.mark.parametrize(
    ("lang", "word", "other"),
    [
        pytest.param("ru", "Ким", "кимоно", id="a longer word"),
        pytest.param("ru", "Корея", "корова", id="a word that begins alike"),
        pytest.param("ru", "Корея", "корейка", id="a word of the same stem"),
        pytest.param("ru", "КНДР", "КНДРа", id="an acronym has no cases"),
        pytest.param("ru", "Северная Корея", "Северная и Корея", id="a word between"),
        pytest.param("ru", "Северная Корея", "Северная. Корея", id="a sentence's end between"),
        pytest.param("ru", "Трамп", "Трамплин", id="a springboard is no Trump"),
        pytest.param("uk", "Україна", "українофоб", id="a compound"),
        pytest.param("pl", "Trump", "trumpet", id="a trumpet in Polish"),
        pytest.param("", "Trump", "Trumpa", id="a Latin word whose language is not known"),
        pytest.param("de", "Trump", "Trumpa", id="a language without closed endings"),
        pytest.param("ar", "كيم", "حكيم", id="the end of another word in Arabic"),
        pytest.param("ar", "كيم", "كيمياء", id="the beginning of another word in Arabic"),
        pytest.param("fa", "کیم", "وکیم", id="Persian has none of the Arabic prefixes"),
        pytest.param("he", "קים", "מקימה", id="another Hebrew word"),
    ],
)
def test_another_word_is_not_found(lang: str, word: str, other: str) -> None:
    assert found(word, f"«{other}» 2026", lang) == []


@pytest.mark.parametrize(
    ("spoken", "there"),
    [
        pytest.param(None, ["Trumpa"], id="a text whose language is not known"),
        pytest.param("pl", ["Trumpa"], id="a text in the language of the name"),
        pytest.param("es", [], id="a text in another one"),
    ],
)
def test_forms_of_a_latin_name_count_in_its_language(spoken: str | None, there: list[str]) -> None:
    assert found("Trump", "Trumpa", "pl", spoken) == there
    assert found("Trump", "Trump", "pl", spoken) == ["Trump"]


@pytest.mark.parametrize("word", ["5", "38", "2026"])
def test_numbers_have_no_forms(word: str) -> None:
    assert affixes_of(word, "ru") is None


def test_an_ending_is_taken_away_only_where_three_letters_stay() -> None:
    affixes = affixes_of("ына", "ru")
    assert affixes is not None
    assert [affixes.core(word) for word in ("ына", "кима", "корея")] == ["ына", "ким", "коре"]
    assert not is_form("кимоно", "ким", affixes.begins, affixes.ends)
