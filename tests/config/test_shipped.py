"""What we ship: the watchlist, its schema, its reference, and the seed feed say the same as the program."""

from __future__ import annotations

import html
import re
from functools import partial
from pathlib import Path

import pytest
import yaml

from wirewatch.config import jsonschema
from wirewatch.config.load import load_watchlist
from wirewatch.config.reading import SECTIONS
from wirewatch.config.schema import (
    AuthShape,
    ExamplesShape,
    FeedKeys,
    FeedShape,
    GroupShape,
    LimitsShape,
    MailShape,
    NetworkShape,
    ReceiverShape,
    RouteShape,
    SettingsShape,
    Shape,
    TopicShape,
    WebhookShape,
)

ROOT = Path(__file__).parents[2]
WATCHLIST = ROOT / "config" / "watchlist.yaml"
REFERENCE = (ROOT / "config" / "README.md").read_text(encoding="utf-8")


def keys_of(shape: type[Shape]) -> set[str]:
    return {field.alias or name for name, field in shape.model_fields.items()}


CHAPTERS: dict[str, set[str]] = {
    "Sections": set(SECTIONS),
    "settings": keys_of(SettingsShape),
    "settings.network": keys_of(NetworkShape),
    "settings.limits": keys_of(LimitsShape),
    "a feed": keys_of(FeedShape) - keys_of(FeedKeys),
    "a feed or a group": keys_of(FeedKeys),
    "a group": keys_of(GroupShape) - keys_of(FeedKeys),
    "auth": keys_of(AuthShape),
    "topics": keys_of(TopicShape),
    "topics.examples": keys_of(ExamplesShape),
    "receivers": keys_of(ReceiverShape),
    "receivers.mail": keys_of(MailShape),
    "receivers.webhook": keys_of(WebhookShape),
    "routes": keys_of(RouteShape),
}


def test_the_shipped_watchlist_loads_without_a_warning() -> None:
    found = load_watchlist(WATCHLIST).watchlist
    assert found.warnings == ()
    assert {str(topic.key) for topic in found.topics} == {"north-korea", "trump-kim", "yongbyon"}
    assert len(found.feeds) == 25
    assert [(receiver.name, receiver.console) for receiver in found.receivers] == [("screen", True)]
    assert [route.to for route in found.routes] == [("screen",)]


def opened(text: str) -> str:
    """The file with everything that it offers behind `# ` taken in: blocks that begin with a name or an item."""
    lines, inside = [], False
    for line in text.splitlines():
        begins = re.match(r"  # (?:[a-z-]+:(?: +#.*| \{.*)?$|- )", line)
        inside = line.startswith("  #") and (inside or begins is not None)
        lines.append(line.replace("# ", "", 1) if inside else line)
    return "\n".join(lines)


def test_what_the_shipped_watchlist_offers_in_comments_works_once_it_is_taken_in() -> None:
    text = opened(WATCHLIST.read_text(encoding="utf-8"))
    found = load_watchlist(WATCHLIST, read=partial(read, {WATCHLIST.name: text.encode()})).watchlist
    assert len(found.topics) == 7
    assert [receiver.name for receiver in found.receivers] == ["screen", "desk-mail", "desk-chat", "operator"]
    assert len(found.routes) == 5


def test_editors_are_led_to_the_schema_and_the_schema_is_fresh() -> None:
    assert WATCHLIST.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=watchlist.schema.json\n")
    assert (ROOT / "config" / "watchlist.schema.json").read_text(encoding="utf-8") == jsonschema.printed()


def test_the_schema_knows_every_section_and_key() -> None:
    schema = jsonschema.json_schema()
    properties, definitions = schema["properties"], schema["$defs"]
    assert isinstance(properties, dict)
    assert isinstance(definitions, dict)
    assert set(properties) == set(SECTIONS)
    for shape in (SettingsShape, FeedShape, GroupShape, TopicShape, ReceiverShape, RouteShape, MailShape, WebhookShape):
        assert set(definitions[shape.__name__]["properties"]) == keys_of(shape)
        assert definitions[shape.__name__]["additionalProperties"] is False


@pytest.mark.parametrize(("chapter", "keys"), CHAPTERS.items(), ids=CHAPTERS)
def test_every_key_has_its_line_in_the_reference_and_no_other(chapter: str, keys: set[str]) -> None:
    found = re.search(rf"^##+ {re.escape(chapter)}\n(.*?)(?=^##|\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    assert found, f"config/README.md has no chapter {chapter}"
    assert set(re.findall(r"^\| `([a-z_]+)` \|", found[1], re.MULTILINE)) == keys


def test_the_examples_of_the_reference_load() -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", REFERENCE, re.MULTILINE | re.DOTALL)
    told = "receivers: {screen: {console: true}}\nroutes: {to: screen}\n"
    lists = b'<opml version="2.0"><body><outline text="L" xmlUrl="https://l.example/"/></body></opml>'
    for block in blocks:
        text = block + (told if "topics:" in block else "")
        files = {"w.yaml": text.encode(), "subscriptions.opml": lists}
        parts = {name: f"feeds: {{{name}: https://{name}.example/}}".encode() for name in ("asia", "korea")}
        load_watchlist(
            Path("w.yaml"), read=partial(read, files | {f"{name}.yaml": part for name, part in parts.items()})
        )


def read(files: dict[str, bytes], path: Path) -> bytes:
    if path.name not in files:
        raise FileNotFoundError(str(path))
    return files[path.name]


def test_the_seed_feed_is_the_article() -> None:
    title, _, rest = (ROOT / "seeds" / "article.txt").read_text(encoding="utf-8").partition("\n")
    feed = (ROOT / "seeds" / "article.atom.xml").read_text(encoding="utf-8")
    content = re.search(r'<content type="html">\n(.*?)</content>', feed, re.DOTALL)
    assert content
    paragraphs = re.findall("<p>(.*?)</p>", html.unescape(content[1]), re.DOTALL)
    assert [html.unescape(text) for text in paragraphs] == rest.splitlines()
    assert f"<title>{title}</title>" in feed


def test_the_expected_hits_of_the_seed_name_topics_of_the_watchlist_and_sentences_of_the_article() -> None:
    expected = yaml.safe_load((ROOT / "seeds" / "expected.yaml").read_text(encoding="utf-8"))
    article = (ROOT / "seeds" / "article.txt").read_text(encoding="utf-8")
    assert set(expected) == {str(topic.key) for topic in load_watchlist(WATCHLIST).watchlist.topics}
    assert all(hit["sentence"] in article for hit in expected.values())
