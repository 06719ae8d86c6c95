"""Edits by command: what a person wrote stays to the last character, and a file that would be wrong is not saved."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.config.made import loaded
from wirewatch.config.edit import (
    NewFeed,
    add_feed,
    add_feeds,
    add_ignore_example,
    add_topic,
    edit,
    file_for,
    groups_in,
    save,
)
from wirewatch.config.load import load_watchlist
from wirewatch.config.splice import meaning, scalar
from wirewatch.errors import ConfigError

SHIPPED = (Path(__file__).parents[2] / "config" / "watchlist.yaml").read_text(encoding="utf-8")
URL = "https://new.example/feed"
ROUTED = "\ntopics: {t: {any: word}}\nreceivers: {r: {console: yes}}\nroutes: [{to: r}]\n"


def inserted(before: str, after: str) -> str:
    """What is new in a text of which nothing was taken away, in one place; whole lines where it can be read so."""
    front = alike(before, after)
    back = alike(before[front:][::-1], after[front:][::-1])
    assert front + back == len(before), "something that stood there was changed"
    new = lines = after[front : len(after) - back]
    for sign in reversed(before[before.rfind("\n", 0, front) + 1 : front]):
        if lines[-1] != sign:
            return new
        lines = sign + lines[:-1]
    return lines


def alike(one: str, other: str) -> int:
    """How many signs they begin with are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def test_a_feed_goes_to_the_end_of_its_group_and_all_else_stays() -> None:
    after = add_feed(SHIPPED, "New", URL, {"lang": "ko"}, "World press")
    new = inserted(SHIPPED, after)
    assert new == f"      New: {{address: {URL}, lang: ko}}\n"
    assert after.splitlines()[after.splitlines().index(new.rstrip()) - 1].lstrip().startswith("TASS:")
    feed = next(feed for feed in loaded(after).watchlist.feeds if feed.name == "New")
    assert (feed.group, feed.lang, str(feed.kind)) == ("World press", "ko", "press")


def test_a_group_that_is_not_there_is_made() -> None:
    after = add_feed(SHIPPED, "New", URL, group="World press / Asia")
    assert inserted(SHIPPED, after) == f"      Asia:\n        feeds:\n          New: {URL}\n"


def test_a_topic_goes_behind_the_last_one() -> None:
    after = add_topic(SHIPPED, "gpu", "GPU: supply", ["GPU shortage", "CoWoS, HBM"], [["TSMC", "Samsung"]], ["game"])
    assert inserted(SHIPPED, after).strip("\n") == (
        "  gpu:\n    title: 'GPU: supply'\n    any: [GPU shortage, 'CoWoS, HBM']\n"
        "    all: [[TSMC, Samsung]]\n    not: [game]"
    )
    assert loaded(after).watchlist.topics[-1].key == "gpu"


def test_remarks_below_a_topic_stay_with_it() -> None:
    before = "topics:\n  a:\n    any: x\n    # not: y\n\n    # trial: yes\n  # another one\n"
    assert inserted(before, add_topic(before, "b", "B", ["z"])) == "  b:\n    title: B\n    any: [z]\n"
    assert add_topic(before, "b", "B", ["z"]).endswith("    any: [z]\n  # another one\n")


def test_an_example_joins_the_others() -> None:
    after = add_ignore_example(SHIPPED, "yongbyon", "Natanz: it's quiet")
    assert inserted(SHIPPED, after) == "        - 'Natanz: it''s quiet'\n"


def test_an_example_can_bring_the_words_that_keep_it_out() -> None:
    before = "topics:\n  t:\n    any: word  # one\n" + ROUTED.replace("topics: {t: {any: word}}\n", "")
    after = add_ignore_example(before, "t", "word of mouth", ["word of mouth"])
    assert (
        inserted(before, after)
        == "    not:\n      - word of mouth\n    examples:\n      ignore:\n        - word of mouth\n"
    )
    assert [rule.text for rule in loaded(after).watchlist.topics[0].none] == ["word of mouth"]


AWKWARD = [
    pytest.param("", f"feeds:\n  New: {URL}\n", id="an empty file"),
    pytest.param("# mine\n", f"feeds:\n  New: {URL}\n", id="nothing but a remark"),
    pytest.param("feeds:\n  # none yet\ntopics:\n", f"  New: {URL}\n", id="an empty key"),
    pytest.param("feeds: &all\ntopics:\n", f"  New: {URL}\n", id="an empty key with an anchor"),
    pytest.param("feeds: {}\n", f"New: {URL}", id="empty brackets"),
    pytest.param("feeds: {A: https://a.example/}  # x\n", f", New: {URL}", id="brackets"),
    pytest.param("feeds: {\n  A: https://a.example/,  # x\n}\n", f"New: {URL}, ", id="brackets with a last comma"),
    pytest.param("feeds:\r\n  A: https://a.example/  # x\r\n", f"  New: {URL}\r\n", id="CRLF"),
    pytest.param("feeds:\n  A: https://a.example/", f"\n  New: {URL}", id="no final newline"),
    pytest.param("feeds:\n  A: https://a.example/\t#\ta\tb\n", f"  New: {URL}\n", id="tabs in a remark"),
    pytest.param("feeds:\n- https://a.example/\n", f"- {{name: New, address: {URL}}}\n", id="a list"),
    pytest.param("feeds: [https://a.example/]\n", f", {{name: New, address: {URL}}}", id="a list in brackets"),
    pytest.param(
        "feeds:\n    G:  # x\n     feeds:\n       A: https://a.example/\n", f"    New: {URL}\n", id="odd indents"
    ),
    pytest.param("feeds: &f\n  A: &a https://a.example/\n  B: {address: *a}\n", f"  New: {URL}\n", id="aliases"),
    pytest.param("settings: {name: D}\n", f"\nfeeds:\n  New: {URL}\n", id="no feeds at all"),
    pytest.param("{settings: {name: D}}\n", f", feeds: {{New: {URL}}}", id="a file in brackets"),
    pytest.param("include: [more.yaml]\n\n# end\n", f"\nfeeds:\n  New: {URL}\n", id="a file that only includes"),
    pytest.param("# a\x85# b\u2028feeds:\n  북: https://a.example/ # 😀\n", f"  New: {URL}\n", id="rare line ends"),
]


@pytest.mark.parametrize(("before", "new"), AWKWARD)
def test_awkward_files_only_gain(before: str, new: str) -> None:
    made = inserted(before, add_feed(before, "New", URL))
    assert made == new


def test_one_address_becomes_a_list() -> None:
    assert add_feed("feeds: https://a.example/  # x\n", "New", URL) == (
        f"feeds: [https://a.example/, {{name: New, address: {URL}}}]  # x\n"
    )


@pytest.mark.parametrize(
    ("before", "what"),
    [
        pytest.param("feeds: &f {A: https://a.example/}\nreceivers: *f\n", "add the lines by hand", id="shared"),
        pytest.param("x: &f {A: b}\nfeeds: *f\n", r"an alias \(\*name\)", id="an alias"),
        pytest.param("feeds:\n  New: https://a.example/\n", "add the lines by hand", id="a name that is there"),
        # Kept blank lines (`|+`) end where the next line begins: one more would change that text.
        pytest.param("topics:\n  t:\n    note: |+\n      long\n\n", "add the lines by hand", id="behind kept lines"),
        pytest.param("feeds: [\n", ":2:1: ", id="not YAML"),
    ],
)
def test_a_text_that_cannot_take_it_is_refused(before: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        add_feed(before, "New", URL)


def test_a_topic_that_is_there_and_one_that_is_not_are_said() -> None:
    with pytest.raises(ConfigError, match="there is such a topic already"):
        add_topic(SHIPPED, "yongbyon", "Y", ["y"])
    with pytest.raises(ConfigError, match="there is no topic 'yongbion' in this file; did you mean 'yongbyon'"):
        add_ignore_example(SHIPPED, "yongbion", "x")


def test_many_feeds_are_added_group_by_group() -> None:
    feeds = [NewFeed("B", f"{URL}/b", {}, ("G", "H")), NewFeed("A", URL), NewFeed("C", f"{URL}/c", {}, ("G",))]
    found = loaded(add_feeds("", feeds)).watchlist.feeds
    assert sorted((feed.name, feed.group) for feed in found) == [("A", ""), ("B", "G / H"), ("C", "G")]


@pytest.mark.parametrize(
    "text", ["no", "<<", "a: b", "- x", "*x", "#x", "'", "", "{", "https://a.example/?a=b,c", "~", "x:"]
)
def test_a_text_is_written_so_that_it_is_read_again(text: str) -> None:
    said = meaning(f"in brackets: [{scalar(text)}]\nalone: {scalar(text)}\n")
    assert said == {"in brackets": [text], "alone": text}


# Never lost: files as people write them, of every shape that `feeds:` may have.
names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).map(
    lambda name: " ".join(name.split())
)
unique_names = st.lists(names.filter(bool).filter(lambda name: name != "New"), min_size=1, max_size=6, unique=True)
remarks = st.sampled_from(["", "  # remark", "\t# tab", "   "])


@st.composite
def watchlists(draw: st.DrawFn) -> tuple[str, str | None]:
    """A good watchlist, and the name of a group in it, if it has one."""
    newline, step = draw(st.sampled_from(["\n", "\r\n"])), " " * draw(st.integers(1, 5))
    items = [(name, f"https://a.example/{number}") for number, name in enumerate(draw(unique_names))]
    shape = draw(st.sampled_from(["lines", "long", "brackets", "list", "group", "grouped list"]))
    deep = step * 3 if shape == "group" else step * 2 if shape == "grouped list" else step
    lines = ["feeds:" + draw(remarks)]
    if shape.startswith("group"):
        lines += [f"{step}G:{draw(remarks)}", *([f"{step * 2}feeds:"] if shape == "group" else [])]
    if shape == "brackets":
        lines = ["feeds: {", *(f" {scalar(name)}: {url}," for name, url in items), "}" + draw(remarks)]
    for name, url in items if shape != "brackets" else ():
        said = url if shape != "long" else f"{{address: {url}, lang: ko}}"
        lines.append((f"{deep}- {url}" if "list" in shape else f"{deep}{scalar(name)}: {said}") + draw(remarks))
        lines += draw(st.sampled_from([[], [""], ["# left"], [deep + "# here"], ["", deep + "  # deeper"]]))
    rest = ROUTED.strip("\n").split("\n")
    parts = draw(st.permutations([lines, rest, ["# between", ""]]))
    return newline.join(line for part in parts for line in part) + draw(st.sampled_from(["", newline])), (
        "G" if shape.startswith("group") else None
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(watchlists(), st.booleans())
def test_every_line_of_a_good_watchlist_is_kept(made: tuple[str, str | None], at_top: bool) -> None:
    before, group = made
    after = add_feed(before, "New", URL, {"lang": "ja"}, None if at_top else group)
    assert "New" in inserted(before, after)
    old, new = loaded(before).watchlist, loaded(after).watchlist
    assert {*new.feeds} - {*old.feeds} == {feed for feed in new.feeds if feed.name == "New"}
    assert {*old.feeds} <= {*new.feeds}


# Saving


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "watchlist.yaml"
    made.write_bytes(f"# mine\r\nfeeds:\r\n  A: https://a.example/\r\n{ROUTED}".encode("utf-8-sig"))
    return made


def test_an_edit_is_saved_whole_with_mode_link_and_mark(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    before = path.read_bytes()
    done = edit(link, lambda text: add_feed(text, "New", URL))
    assert [feed.name for feed in done.watchlist.feeds] == ["A", "New"]
    assert path.read_bytes() == before.replace(b"a.example/\r\n", b"a.example/\r\n  New: " + URL.encode() + b"\r\n")
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o640
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.yaml", "watchlist.yaml"]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        pytest.param({"about": "nothing"}, "there is no topic 'nothing'", id="an unknown topic"),
        pytest.param({"kind": "wirre"}, "kind", id="an unknown kind"),
    ],
)
def test_a_wrong_edit_leaves_the_file_alone(path: Path, options: dict[str, str], what: str) -> None:
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=what):
        edit(path, lambda text: add_feed(text, "New", URL, dict(options)))
    assert path.read_bytes() == before


def test_a_file_that_was_saved_meanwhile_is_not_overwritten(path: Path) -> None:
    def slow(text: str) -> str:
        path.write_text(text + "# of somebody else\n")
        return add_feed(text, "New", URL)

    with pytest.raises(ConfigError, match="somebody saved it meanwhile; nothing was written"):
        edit(path, slow)
    assert path.read_text().endswith("# of somebody else\n")


def test_a_file_that_is_missing_or_no_text_is_the_loaders_to_explain(path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file"):
        edit(path.with_name("other.yaml"), lambda text: text)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not UTF-8"):
        edit(path, lambda text: text)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder in which we may make no file, with a file that we may write."""
    folder = Path(tempfile.mkdtemp())
    (folder / "watchlist.yaml").write_text("feeds:\n")
    (folder / "watchlist.yaml").chmod(0o666)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:  # to whom every folder is open
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_file_in_a_folder_of_others_is_written_in_place(closed_folder: Path) -> None:
    path = closed_folder / "watchlist.yaml"
    before = path.stat()
    edit(path, lambda text: add_feed(text, "New", URL))
    assert path.read_text() == f"feeds:\n  New: {URL}\n"
    assert (path.stat().st_ino, path.stat().st_uid) == (before.st_ino, before.st_uid)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        save(tmp_path / "nowhere" / "file", None, b"x")


def test_the_file_that_has_the_group_or_topic_is_the_one_to_change(tmp_path: Path) -> None:
    main = tmp_path / "watchlist.yaml"
    main.write_text(f"include: [asia.yaml]\nfeeds: {{L: {{opml: list.opml}}}}{ROUTED}")
    (tmp_path / "asia.yaml").write_text(
        "feeds:\n  Asia: {feeds: {A: https://a.example/}, kind: wire}\ntopics: {u: {any: xyz}}\n"
    )
    (tmp_path / "list.opml").write_text('<opml><outline text="O" xmlUrl="https://o.example/"/></opml>')
    before = load_watchlist(main)
    assert file_for(before, "feeds", groups_in("Asia")).name == "asia.yaml"
    assert file_for(before, "topics", "u").name == "asia.yaml"
    assert file_for(before, "feeds", groups_in("Other")) == file_for(before, "topics") == main
    after = edit(main, lambda text: add_feed(text, "New", URL, group="Asia"), file=tmp_path / "asia.yaml")
    assert {feed.name: str(feed.kind) for feed in after.watchlist.feeds}["New"] == "wire"
