"""Alias packs: those that come with the program prove themselves; those beside a watchlist add, replace, or are new."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from tests.config.made import loaded, problems, watchlist
from tests.core.made import entry
from wirewatch.config.load import files_named, load_from_snapshot, load_watchlist
from wirewatch.config.packs import load_pack, shipped_packs
from wirewatch.config.reading import SourceFile
from wirewatch.core.match import check_packs, compile_topics
from wirewatch.core.watchlist import Pack, PackName, Rule
from wirewatch.errors import ConfigError
from wirewatch.shipped import shipped

ROOT = Path(__file__).parents[2]
TOLD = "receivers: {screen: {console: true}}\nroutes: {to: screen}\n"
SHIPPED = shipped_packs()


def using(name: str, more: str = "") -> str:
    """A watchlist with one topic, whose `any` is that pack."""
    return f"topics: {{t: {{any: 'pack:{name}'{more}}}}}\n{TOLD}"


def strait(text: str) -> list[str]:
    """What is wrong with a watchlist that uses this text as packs/strait.yaml."""
    return problems(using("strait"), {"packs/strait.yaml": text})


def names_with_source(name: str) -> tuple[int, int]:
    """How many names of a pack and of those that it includes have a source, and how many there are."""
    written = yaml.load(shipped("packs", f"{name}.yaml").read_bytes(), yaml.CSafeLoader)
    own = written["names"].values()
    counts = [(sum("source" in one for one in own), len(own)), *map(names_with_source, written.get("include", ()))]
    return sum(count for count, _ in counts), sum(every for _, every in counts)


# Those that come with the program.


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_pack_says_what_it_is_and_shows_what_it_does(name: str) -> None:
    pack = load_pack(name)
    written = yaml.load(shipped("packs", f"{name}.yaml").read_bytes(), yaml.CSafeLoader)
    assert pack.key == name and pack.title and pack.names and written["note"].strip()
    letters = "".join(example.text for example in pack.examples_match)
    scripts = {unicodedata.name(letter).split()[0] for letter in letters if letter.isalpha()}
    assert len(pack.examples_match) >= 6 and len(scripts) >= 3
    assert len(pack.examples_ignore) >= 3


@pytest.mark.parametrize("name", SHIPPED)
def test_a_third_of_the_names_of_a_shipped_pack_have_a_source(name: str) -> None:
    sourced, every = names_with_source(name)
    assert sourced * 3 >= every


@pytest.mark.parametrize("name", SHIPPED)
def test_no_word_stands_twice_in_one_name_and_language(name: str) -> None:
    written = Counter((one.gloss, rule.lang, rule.text) for one in load_pack(name).names for rule in one.rules)
    assert [word for word, count in written.items() if count > 1] == []


def test_the_shipped_packs_hold_together_and_their_words_guards_and_examples_are_right() -> None:
    packs = tuple(load_pack(name) for name in SHIPPED)
    needed = {other for pack in packs for other in (*pack.include, *(one.beside for one in pack.names if one.beside))}
    assert needed <= set(SHIPPED)
    assert check_packs(packs) == ()


def test_the_packs_lie_inside_of_the_package_and_so_in_the_wheel() -> None:
    folder = files("wirewatch").joinpath("packs")
    assert sorted(one.name for one in folder.iterdir()) == sorted(["README.md", *(f"{name}.yaml" for name in SHIPPED)])
    for name in SHIPPED:
        assert shipped("packs", f"{name}.yaml").read_bytes() == folder.joinpath(f"{name}.yaml").read_bytes()


def test_the_reference_names_each_shipped_pack_and_no_other() -> None:
    reference = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
    chapter = re.search(r"^### packs\n(.*?)(?=^##|\Z)", reference, re.MULTILINE | re.DOTALL)
    assert chapter
    assert re.findall(r"^\| `([a-z-]+)` \| \S", chapter[1], re.MULTILINE) == sorted(SHIPPED, key=lambda one: f"{one}`")


# Those beside a watchlist.


def test_a_file_beside_the_watchlist_is_a_new_pack_with_the_place_of_each_word() -> None:
    text = """title: Taiwan  Strait
note: The strait.
names:
  Taiwan Strait:
    en: [Taiwan Strait, "cross-strait"]
    zh-Hant: 臺灣海峽
    any: TWS
    note: free text
  Median line: {en: median line, beside: pack:sea}
not: Taiwan Strait Brewery
include: sea
examples: {match: The Taiwan Strait, ignore: [Taiwan Strait Brewery]}
"""
    sea = "title: Sea\nnames: {Sea: {en: East Sea}}\n"
    found = watchlist(using("strait"), {"packs/strait.yaml": text, "packs/sea.yaml": sea})
    at = "packs/strait.yaml"
    assert found.packs == (
        Pack("sea", "Sea", (PackName("Sea", (Rule("East Sea", "packs/sea.yaml:2:19", lang="en"),)),), where=f"{SEA}"),
        Pack(
            key="strait",
            title="Taiwan Strait",
            names=(
                PackName(
                    "Taiwan Strait",
                    (
                        Rule("Taiwan Strait", f"{at}:5:10", lang="en"),
                        Rule("cross-strait", f"{at}:5:25", lang="en"),
                        Rule("臺灣海峽", f"{at}:6:14", lang="zh"),
                        Rule("TWS", f"{at}:7:10"),
                    ),
                ),
                PackName("Median line", (Rule("median line", f"{at}:9:21", lang="en"),), beside="sea"),
            ),
            none=(Rule("Taiwan Strait Brewery", f"{at}:10:6"),),
            include=("sea",),
            examples_match=(Rule("The Taiwan Strait", f"{at}:12:19"),),
            examples_ignore=(Rule("Taiwan Strait Brewery", f"{at}:12:47"),),
            where=f"{at}:1:1",
        ),
    )


SEA = "packs/sea.yaml:1:1"
OWN = """title: The agency
include: sea
names: {Vienna watchdog: {en: Vienna watchdog}}
not: [Vienna watchdog kennel]
examples: {match: The Vienna watchdog, ignore: Vienna watchdog kennel opens}
"""


def test_a_file_of_a_shipped_pack_adds_to_it() -> None:
    others = {"packs/iaea.yaml": OWN, "packs/sea.yaml": "title: Sea\nnames: {Sea: {en: East Sea}}\n"}
    known, own = load_pack("iaea"), {pack.key: pack for pack in watchlist(using("iaea"), others).packs}["iaea"]
    assert own.title == known.title
    assert [one.gloss for one in own.names] == [*(one.gloss for one in known.names), "Vienna watchdog"]
    assert [rule.text for rule in own.none] == [*(rule.text for rule in known.none), "Vienna watchdog kennel"]
    assert own.include == (*known.include, "sea")
    assert own.examples_match[-1].text == "The Vienna watchdog" and len(own.examples_match) > len(known.examples_match)
    assert own.examples_ignore[:-1] == known.examples_ignore
    assert own.where == "packs/iaea.yaml:1:1"


def test_a_file_that_only_guards_a_shipped_pack_needs_no_names() -> None:
    text = "title: The agency\nnot: [IAEA cocktail]\nexamples: {ignore: An IAEA cocktail}\n"
    found = {pack.key: pack for pack in watchlist(using("iaea"), {"packs/iaea.yaml": text}).packs}["iaea"]
    assert found.names == load_pack("iaea").names
    assert found.none[-1].text == "IAEA cocktail"


def test_a_file_with_replace_takes_the_place_of_the_shipped_pack() -> None:
    others = {"packs/iaea.yaml": f"replace: yes\n{OWN}", "packs/sea.yaml": "title: Sea\nnames: {Sea: {en: East Sea}}\n"}
    found = watchlist(using("iaea"), others)
    assert [pack.key for pack in found.packs] == ["iaea", "sea"]  # the country in whose company the shipped one counts
    assert [one.gloss for one in found.packs[0].names] == ["Vienna watchdog"]
    assert found.packs[0].title == "The agency"


def test_a_pack_may_be_made_of_others_alone() -> None:
    found = watchlist(using("people"), {"packs/people.yaml": "title: People\ninclude: [trump]\n"})
    assert [pack.key for pack in found.packs] == ["people", "trump"]
    matcher = compile_topics(found.topics, found.packs)
    assert [hit.topic for hit in matcher.match(entry(1, "Трампа ждут"))] == ["t"]


@pytest.mark.parametrize(
    "topic",
    [
        pytest.param("any: 'pack:strait'", id="any"),
        pytest.param("all: [[Kim], ['pack:strait']]", id="all"),
        pytest.param("any: Kim Yo Jong, not: 'pack:strait'", id="not"),
        pytest.param("any: Kim Jong, not: Kim Jong Un unless pack:strait", id="unless"),
        pytest.param("any: [Kim, {beside strait: navy}]", id="beside"),
        pytest.param("any: [Kim, {'beside pack:strait': navy}]", id="beside with its prefix"),
        pytest.param("all: [Kim, {beside strait: navy}]", id="beside in all"),
    ],
)
def test_a_pack_is_loaded_wherever_a_topic_names_it(topic: str) -> None:
    text = f"topics: {{t: {{{topic}}}}}\n{TOLD}"
    others = {"packs/strait.yaml": "title: Strait\nnames: {Strait: {en: Taiwan Strait}}\n"}
    assert [pack.key for pack in watchlist(text, others).packs] == ["strait"]


@pytest.mark.parametrize("query", ["pack:strait", "Kim -pack:strait", "(pack:strait OR Kim)", "title:pack:strait"])
def test_a_pack_is_loaded_wherever_a_query_names_it(query: str) -> None:
    text = f"topics: {{t: {{query: '{query}'}}}}\n{TOLD}"
    others = {"packs/strait.yaml": "title: Strait\nnames: {Strait: {en: Taiwan Strait}}\n"}
    assert [pack.key for pack in watchlist(text, others).packs] == ["strait"]


@pytest.mark.parametrize(
    ("query", "name", "cure"),
    [
        pytest.param("pack:trumpf OR Kim", "trumpf", "did you mean 'trump'?", id="misspelt"),
        pytest.param("Kim -pack:Trump", "Trump", "did you mean 'trump'?", id="in capitals"),
        pytest.param("title:(pack:yongbion)", "yongbion", "did you mean 'yongbyon'?", id="within a field"),
    ],
)
def test_a_pack_that_a_query_names_and_that_is_not_there_gets_the_nearest(query: str, name: str, cure: str) -> None:
    assert problems(f"topics: {{t: {{query: '{query}'}}}}\n{TOLD}") == [
        f"watchlist.yaml:1:21: topics.t.query: there is no pack '{name}'; {cure}"
    ]


def test_beside_a_topic_of_that_name_means_the_topic() -> None:
    text = f"topics: {{t: {{any: [Kim, {{beside strait: navy}}]}}, strait: {{any: Taiwan Strait}}}}\n{TOLD}"
    assert watchlist(text, {"packs/strait.yaml": "never read: ["}).packs == ()


BEGIN = "title: Strait\nnames:\n  Strait: {en: [Taiwan Strait]}\n"
FAULTS = [
    pytest.param(BEGIN + "name: x\n", ["4:1: unknown key 'name'; did you mean 'names'?"], id="unknown key"),
    pytest.param(
        "title: S\nnames:\n  Strait:\n    en: Strait\n    besides: sea\n",
        ["5:5: names.Strait: unknown key 'besides'; did you mean 'beside'?"],
        id="unknown language",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {source: KCNA}\n",
        ["3:3: names.Strait: has no words; write `en: [words]` below it"],
        id="name without words",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: Taiwan Strait\n",
        ["3:3: names.Strait: expected words by language; write `en: [words]` below it"],
        id="name without languages",
    ),
    pytest.param(
        "title: S\nnames: [Strait]\n",
        ["2:8: names: expected `English name:` lines with words by language; write them"],
        id="names as a list",
    ),
    pytest.param(
        "title: S\nnames:\n",
        ["1:1: 'names' is missing; add it, with the words of each name below it"],
        id="names left blank",
    ),
    pytest.param(
        "title: S\nnames: {}\n",
        ["1:1: 'names' is missing; add it, with the words of each name below it"],
        id="no name in names",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {en: [Strait, [Sea], {a: b}, '']}\n",
        [
            f"3:{column}: names.Strait.en: expected words, one or a list; put text that holds ': ' in quotation marks"
            for column in (25, 32, 40)
        ],
        id="words that are none",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {en: [S, 'ab*', 'x*y']}\n",
        [
            "3:17: pack:strait: a single letter or digit fits nearly everything; write a longer word",
            "3:20: pack:strait: `*` needs at least 3 letters beside it; write more of the word",
            "3:27: pack:strait: `*` may stand only behind a word or before the first; write the words out",
        ],
        id="words that cannot be looked for",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {en: Strait, beside: [sea, land]}\n",
        ["3:24: names.Strait.beside: expected the name of one pack; write it"],
        id="two companies",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {en: Strait, beside: }\n",
        ["3:24: names.Strait.beside: expected the name of one pack; write it"],
        id="company left blank",
    ),
    pytest.param("names:\n  Strait: {en: Strait}\n", ["1:1: 'title' is missing; add it"], id="no title"),
    pytest.param("", ["1:1: 'title' is missing; add it"], id="an empty file"),
    pytest.param(
        "- Strait\n", ["1:1: expected keys and values, found a list; write `key: value` lines below it"], id="a list"
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {en: 'Strait}\n",
        ["4:1: a quotation mark is opened and never closed; close it (it begins in line 3)"],
        id="bad YAML",
    ),
    pytest.param(
        f"{BEGIN}include: [iaeo]\n",
        ["1:1: pack:strait: there is no pack 'iaeo'; did you mean 'iaea'?"],
        id="unknown include",
    ),
    pytest.param(
        "title: S\nnames:\n  Strait: {en: Strait, beside: trumpf}\n",
        ["1:1: pack:strait: there is no pack 'trumpf'; did you mean 'trump'?"],
        id="unknown beside",
    ),
    pytest.param(
        f"{BEGIN}include: strait\n",
        ["1:1: pack:strait: pack strait includes itself; take one of the lines `include:` away"],
        id="a pack that includes itself",
    ),
    pytest.param(
        f"{BEGIN}examples:\n  match: [The Sea of Taiwan]\n  ignore: [Taiwan Strait news]\n",
        [
            "5:11: pack:strait.examples.match: 'The Sea of Taiwan' must fit, but does not: "
            "not found: a name of Strait; mend the words or the example",
            "6:12: pack:strait.examples.ignore: 'Taiwan Strait news' must not fit, but does: "
            'found "Taiwan Strait" in the headline; mend the words or the example',
        ],
        id="examples that fail",
    ),
    pytest.param(
        f"{BEGIN}not: [Taiwan beer]\n",
        ["4:7: pack:strait: holds no name of this pack, so it guards nothing; mend or remove it"],
        id="a guard that guards nothing",
    ),
    pytest.param(
        f"{BEGIN}not: [Taiwan Strait unless]\n",
        ["4:7: pack:strait: says no word after `unless`; write one, or put the text in quotation marks"],
        id="a guard without its end",
    ),
]


@pytest.mark.parametrize(("text", "faults"), FAULTS)
def test_a_broken_pack_is_refused_with_all_its_faults_at_their_places(text: str, faults: list[str]) -> None:
    assert strait(text) == [f"packs/strait.yaml:{fault}" for fault in faults]


def test_a_circle_through_another_pack_is_refused_at_both() -> None:
    others = {"packs/strait.yaml": f"{BEGIN}include: sea\n", "packs/sea.yaml": "title: Sea\ninclude: strait\n"}
    assert problems(using("strait"), others) == [
        "packs/strait.yaml:1:1: pack:strait: pack strait includes itself; take one of the lines `include:` away",
        "packs/sea.yaml:1:1: pack:sea: pack sea includes itself; take one of the lines `include:` away",
    ]


def test_nothing_is_said_of_topics_whose_pack_cannot_be_read() -> None:
    text = using("strait", ", examples: {match: The Taiwan Strait}")
    assert problems(text, {"packs/strait.yaml": "title: Strait\nnames: [\n"}) == [
        "packs/strait.yaml:3:1: a value is missing, or a bracket that closes; write it here or in the line above"
    ]
    others = {"packs/strait.yaml": f"{BEGIN}include: sea\n", "packs/sea.yaml": "title: Sea\n"}
    assert problems(using("strait", ", examples: {match: Kim}"), others) == [
        "packs/sea.yaml:1:1: 'names' is missing; add it, with the words of each name below it"
    ]


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        pytest.param("yongbion", "did you mean 'yongbyon'?", id="of the shipped ones"),
        pytest.param("strajt", "did you mean 'strait'?", id="of those beside the watchlist"),
        pytest.param("Iaea", "did you mean 'iaea'?", id="in capitals"),
        pytest.param("../iaea", "did you mean 'iaea'?", id="a path"),
        pytest.param("", "the packs are iaea, inter-korean, ", id="no name"),
    ],
)
def test_a_name_that_is_no_pack_gets_the_nearest(name: str, cure: str) -> None:
    text = f"topics: {{s: {{any: 'pack:strait'}}, t: {{any: 'pack:{name}'}}}}\n{TOLD}"
    (problem,) = problems(text, {"packs/strait.yaml": BEGIN})
    assert problem.startswith(f"watchlist.yaml:1:44: topics.t.any: there is no pack '{name}'; {cure}")


@pytest.mark.parametrize("name", ["strait", "trump"], ids=["a pack of its own", "of a shipped pack"])
@pytest.mark.parametrize(
    ("error", "why"),
    [
        pytest.param(PermissionError(13, "Permission denied"), "Permission denied", id="no right"),
        pytest.param(OSError("odd"), "OSError", id="no reason given"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_once_where_it_is_named(name: str, error: OSError, why: str) -> None:
    def read(path: Path) -> bytes:
        if path.parent.name == "packs":
            raise error
        return using(name, ", examples: {match: nothing of the kind}").encode()

    with pytest.raises(ConfigError) as refused:
        load_watchlist(Path("watchlist.yaml"), read=read)
    assert str(refused.value) == (
        f"watchlist.yaml:1:19: topics.t.any: 'packs/{name}.yaml' cannot be read ({why}); check the file"
    )


def test_one_pack_is_loaded_by_itself_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "strait.yaml").write_text(f"{BEGIN}include: nowhere\n", encoding="utf-8")
    assert [one.gloss for one in load_pack("strait", tmp_path).names] == ["Strait"]
    assert load_pack("iaea", tmp_path) == load_pack("iaea")
    with pytest.raises(ConfigError, match=r"^strajt:1:1: there is no pack 'strajt'; the packs are iaea, "):
        load_pack("strajt", tmp_path)


# Files that a watch depends on.


def test_a_snapshot_holds_the_files_of_packs() -> None:
    first = loaded(using("strait"), {"packs/strait.yaml": BEGIN})
    assert [str(one.path) for one in first.files] == ["watchlist.yaml", "packs/strait.yaml"]
    assert load_from_snapshot(first.files) == first
    other = (first.files[0], SourceFile(Path("packs/strait.yaml"), BEGIN.replace("Taiwan Strait", "Formosa").encode()))
    assert load_from_snapshot(other).watchlist.packs != first.watchlist.packs


def test_a_file_that_would_add_to_a_pack_is_watched_for_before_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(using("iaea"), encoding="utf-8")
    packs = tmp_path / "packs"
    watched = files_named(path)
    assert {packs / "iaea.yaml", packs / "north-korea.yaml", packs / "yongbyon.yaml"} <= set(watched)
    assert packs / "trump.yaml" not in watched
    before = load_watchlist(path).watchlist.packs
    packs.mkdir()
    (packs / "iaea.yaml").write_text("title: T\nnames: {Vienna watchdog: {en: Vienna watchdog}}\n", encoding="utf-8")
    assert load_watchlist(path).watchlist.packs != before
    assert files_named(path) == watched


def test_a_folder_of_packs_that_is_a_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "watchlist.yaml"
    path.write_text(using("trump"), encoding="utf-8")
    (tmp_path / "packs").write_text("", encoding="utf-8")
    assert load_watchlist(path).watchlist.packs == (load_pack("trump"),)


def test_the_worked_example_of_the_packs_readme_works_as_it_stands(tmp_path: Path) -> None:
    readme = shipped("packs", "README.md").read_text(encoding="utf-8")
    taiwan_strait, taiwan, topics = re.findall(r"^```yaml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs" / "taiwan-strait.yaml").write_text(taiwan_strait, encoding="utf-8")
    (tmp_path / "packs" / "taiwan.yaml").write_text(taiwan, encoding="utf-8")
    path = tmp_path / "watchlist.yaml"
    path.write_text(f"feeds: https://a.example/\n{topics}{TOLD}", encoding="utf-8")
    found = load_watchlist(path).watchlist
    assert found.warnings == ()
    assert [pack.title for pack in found.packs] == ["Taiwan", "Taiwan Strait"]
    matcher = compile_topics(found.topics, found.packs)
    (told,) = matcher.explain("Two frigates pass the strait of Taiwan")  # as the README tries it
    assert told.fits
    (hit,) = matcher.match(entry(1, "国防部回应台湾海峡局势"))
    assert [(span.rule, span.gloss) for span in hit.spans] == [("台湾海峡", "Taiwan Strait")]
