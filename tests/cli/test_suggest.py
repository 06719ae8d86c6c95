"""`wirewatch suggest`: what it proposes loads as it stands, says why, and names what the desk watches first."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from tests.flow.world import World
from tests.seams.server import Reply, Server
from wirewatch.cli.suggest import suggest
from wirewatch.config.load import load_watchlist
from wirewatch.core.model import Entry
from wirewatch.core.watchlist import Topic, Watchlist
from wirewatch.errors import ConfigError, ControlError, FetchError, ParseError
from wirewatch.store.database import Database
from wirewatch.suggest import advise, as_yaml, packs_at_hand

SEED = Path(__file__).parents[2] / "seeds" / "article.txt"
app = Typer()
app.command()(suggest)

ROUND = "receivers: {screen: {console: true}}\nroutes: [{to: [screen]}]\n"
WATCHLIST = "settings: {timezone: UTC, network: {allow: [127.0.0.0/8]}}\n" + ROUND

TEXTS = {
    "ko": "북한 김정은, 영변 핵시설 방문\n김정은 국무위원장이 영변 핵시설을 찾았다. 북한은 영변에서 우라늄을 얻는다.",
    "zh": "金正恩视察宁边核设施\n朝鲜领导人金正恩视察了宁边核设施。格罗西说，朝鲜正在扩建宁边的工厂。",
    "ja": "金正恩氏、寧辺の核施設を視察\n北朝鮮の金正恩総書記が寧辺の核施設を視察した。",
    "ru": "Ким Чен Ын посетил Йонбён\nЛидер КНДР Ким Чен Ын посетил центр в Йонбёне. Об этом сообщил Густав Ларссон.",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in: no watchlist, no database."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str | Path, text: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=text)


def printed(*arguments: str | Path, text: str | None = None) -> str:
    result = run(*arguments, text=text)
    assert result.exception is None, result.exception
    return result.stdout


def loaded(folder: Path, topics: str) -> Watchlist:
    """What was printed, as it stands, with receivers and routes round it."""
    return load_watchlist(write(folder / "tried.yaml", ROUND + topics)).watchlist


def watched(folder: Path, text: str) -> dict[str, Topic]:
    (folder / "seed.txt").write_text(text, encoding="utf-8")
    return {topic.title: topic for topic in loaded(folder, printed("seed.txt")).topics}


@pytest.fixture(scope="module")
def suggested(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Watchlist]:
    """What is printed for the seed article, and the watchlist that includes it."""
    folder = tmp_path_factory.mktemp("seed")
    text = printed(SEED, "--watchlist", write(folder / "bare.yaml", ROUND))
    write(folder / "suggested.yaml", text)
    return text, load_watchlist(write(folder / "main.yaml", "include: [suggested.yaml]\n" + ROUND)).watchlist


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_seed_article_gives_north_korea_trump_kim_and_yongbyon_first(suggested: tuple[str, Watchlist]) -> None:
    topics = suggested[1].topics
    assert [topic.title for topic in topics[:2]] == ["North Korea", "Trump–Kim"]
    assert "Yongbyon" in [topic.title for topic in topics[:5]] and len(topics) <= 8
    by_key = {str(topic.key): topic for topic in topics}
    assert [rule.text for rule in by_key["yongbyon"].any] == ["pack:yongbyon"]
    assert [[rule.text for rule in rules] for rules in by_key["trump-kim"].all] == [
        ["pack:trump"],
        ["pack:kim-jong-un"],
    ]
    assert by_key["trump-kim"].part_of == by_key["yongbyon"].part_of == "north-korea"


def test_every_topic_has_examples_which_the_loader_has_tried(suggested: tuple[str, Watchlist]) -> None:
    assert all(topic.examples_match for topic in suggested[1].topics)


def test_comments_give_reasons_figures_and_what_could_not_be_compared(suggested: tuple[str, Watchlist]) -> None:
    text = suggested[0]
    assert text.startswith(f"# Suggested from {SEED}. The best comes first.\n")
    assert "# Not compared with stored entries, so that how rare a name is was guessed: " in text
    assert " stand together in " in text and "of pack:yongbyon stand there: Yongbyon (1)" in text


@pytest.mark.parametrize("lang", TEXTS)
def test_in_every_language_the_packs_are_found(folder: Path, lang: str) -> None:
    titles = watched(folder, TEXTS[lang])
    assert {"North Korea", "Yongbyon"} <= set(titles)


def test_names_that_no_pack_knows_are_written_as_they_stand(folder: Path) -> None:
    text = "Harbour talks in Marxville\nGloria Teasdale went to Marxville, where Gloria Teasdale spoke."
    topics = watched(folder, text)
    assert [rule.text for rule in topics["Gloria Teasdale"].any] == ["Gloria Teasdale"]


def test_what_yaml_would_read_otherwise_is_put_in_quotation_marks(folder: Path) -> None:
    text = "Note: 'No' # says Gloria Teasdale\n- \"Yes\", said Gloria Teasdale: {no} [more] & *less*.\n"
    examples = [rule.text for rule in watched(folder, text)["Gloria Teasdale"].examples_match]
    assert examples == ["Note: 'No' # says Gloria Teasdale", '"Yes", said Gloria Teasdale: {no} [more] & *less*.']


def test_several_texts_and_standard_input_are_read_together(folder: Path) -> None:
    (folder / "one.txt").write_text("Talks\nThey met Gloria Teasdale.")
    (folder / "two.html").write_text("<html><title>More</title><p>Then they saw Gloria Teasdale again.</p></html>")
    text = printed("one.txt", "two.html", "-", text="Rain\nThey saw Gloria Teasdale leave.")
    assert "# 1. stands 3 times, in the lead, in 3 of 3 texts\n  gloria-teasdale:" in text


def test_a_page_is_fetched(folder: Path) -> None:
    (folder / "watchlist.yaml").write_text(WATCHLIST)
    page = b"<html><head><title>Visit to Yongbyon</title></head><body><p>North Korea let them in.</p></body></html>"
    with Server(lambda asked: Reply(body=page)) as server:
        assert "any: [pack:yongbyon]" in printed(server.url("/page"))
    with Server(lambda asked: Reply(404)) as server:
        assert isinstance(run(server.url("/gone")).exception, FetchError)


def test_json_says_the_same(folder: Path) -> None:
    said = json.loads(printed(SEED, "--json"))
    assert [topic["key"] for topic in said["topics"]][:2] == ["north-korea", "trump-kim"]
    assert said["compared"] == 0 and said["missing"].startswith("there is no watchlist")
    assert said["topics"][1]["all"] == [["pack:trump"], ["pack:kim-jong-un"]]


def test_the_watchlists_own_topics_are_named(folder: Path) -> None:
    (folder / "watchlist.yaml").write_text(WATCHLIST + "topics: {yongbyon: {title: The plant, any: [Yongbyon]}}\n")
    text = printed(SEED)
    assert "# Topics of your watchlist that fit already: The plant.\n" in text
    assert "#   your watchlist has a topic yongbyon already: compare the two, keep one, or rename this one\n" in text


def test_packs_beside_the_watchlist_count_too(folder: Path) -> None:
    (folder / "watchlist.yaml").write_text(WATCHLIST)
    (folder / "packs").mkdir()
    pack = folder / "packs" / "freedonia.yaml"
    pack.write_text("title: Freedonia\nnames: {Freedonia: {en: [Freedonia]}}\n")
    assert "any: [pack:freedonia]" in printed("-", text="News\nThey left Freedonia.")
    pack.write_text("title: Freedonia\ninclude: [silvania]\nnames: {Freedonia: {en: [F*]}}\n")
    error = run("-", text="News\nThey left Freedonia.").exception
    assert isinstance(error, ConfigError) and "silvania" in str(error)
    pack.write_text("title: Freedonia\nnames: {Freedonia: {en: [F*]}}\n")
    error = run("-", text="News\nThey left Freedonia.").exception
    assert isinstance(error, ConfigError) and "freedonia.yaml:2:" in str(error)


def test_stored_entries_say_how_common_a_name_is(folder: Path) -> None:
    world = World(folder, "feeds: {Alpha: https://a.example/feed}\ntopics: {t: {any: [Yongbyon]}}\n" + ROUND)
    asyncio.run(live_through(world))
    database = Database.open(world.database_url, read_only=True, clock=lambda: datetime.now(UTC))
    try:
        texts = [("a text", Entry(None, None, "Talks", content="They saw Gloria Teasdale in Marxville at last."))]
        text = as_yaml(advise(texts, packs_at_hand(None), Watchlist(), database, world.clock.now))
    finally:
        database.close()
    assert "# Compared with 2 stored entries, headlines and summaries.\n" in text
    assert "# 1. stands once, in the lead; in 0.0% of 2 stored entries\n  gloria-teasdale:" in text
    assert "stands once, in the lead; in 50.0% of 2 stored entries\n  marxville:" in text


async def live_through(world: World) -> None:
    alpha = world.feed("https://a.example/feed")
    async with world.running():
        await world.run(until="08:10")
        alpha.publishes("Rain in Marxville", link="https://a.example/1")
        alpha.publishes("Snow", link="https://a.example/2")
        await world.run(until="09:00")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param("", "seed.txt: there is no text in it; give a file with text, or an address", id="empty"),
        pytest.param(
            " \n\n", "seed.txt: there is no text in it; give a file with text, or an address", id="white space"
        ),
        pytest.param(
            "it rained", "seed.txt: holds no name that a topic could look for; give a longer text", id="no name"
        ),
        pytest.param("<note/>", "seed.txt: XML came that is no feed", id="no text at all"),
    ],
)
def test_a_text_without_anything_is_said(folder: Path, content: str, error: str) -> None:
    (folder / "seed.txt").write_text(content)
    found = run("seed.txt").exception
    assert isinstance(found, ControlError | ParseError) and str(found).startswith(error)


def test_a_file_that_is_not_there_and_a_wrong_watchlist_are_said(folder: Path) -> None:
    error = run("nowhere.txt").exception
    assert isinstance(error, ControlError) and str(error).startswith("nowhere.txt: cannot be read (No such file")
    (folder / "watchlist.yaml").write_text("feedz: {}\n")
    assert isinstance(run(SEED).exception, ConfigError)


def test_a_database_that_cannot_be_read_is_said_and_the_rest_is_told(folder: Path) -> None:
    text = printed(SEED, "--database", f"sqlite:///{folder}/none.db")
    assert "# Not compared with stored entries" in text and "none.db" in text and "  north-korea:" in text


def test_lines_that_are_broken_to_a_width_are_one_sentence(folder: Path) -> None:
    lines = "Talks\nThey said that the envoy\nGloria Teasdale had come to the\nharbour.\n"
    examples = watched(folder, lines)["Gloria Teasdale"].examples_match
    assert [rule.text for rule in examples] == ["They said that the envoy Gloria Teasdale had come to the harbour."]
