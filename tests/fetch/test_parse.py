"""Documents to entries: what feedparser does on its own, and what it must not do to us."""

from __future__ import annotations

import io
import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import feedparser.exceptions
import pytest

from wirewatch.core.model import Entry, ParsedFeed
from wirewatch.errors import ParseError
from wirewatch.fetch.parse import parse_document

FEEDS = Path(__file__).parents[1] / "data/feeds"
URL = "https://a.example/dir/feed.xml"


def parse(body: str | bytes, content_type: str | None = "application/rss+xml", max_entries: int = 10_000) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse_document(data, content_type=content_type, url=URL, max_entries=max_entries)


def rss(*items: str, head: str = "") -> str:
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{entries}</channel></rss>'


def atom(entry: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>{entry}</entry></feed>'


def one(item: str) -> Entry:
    (entry,) = parse(rss(item)).entries
    return entry


# Each odd feed of tests/data/feeds stands beside its expected value ----------------------------------------------


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.expected.json")), ids=lambda path: path.name.split(".")[0])
def test_an_odd_feed_gives_what_stands_beside_it(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    (document,) = (file for file in FEEDS.glob(path.name.split(".")[0] + ".*") if file != path)
    if "error" in expected:
        with pytest.raises(ParseError) as refused:
            parse(document.read_bytes(), expected.get("content_type"))
        assert str(refused.value) == expected["error"]
        return
    feed = parse(document.read_bytes(), expected.get("content_type"))
    assert printable(feed, expected["feed"]) == expected["feed"]
    assert [printable(entry, stated) for entry, stated in zip(feed.entries, expected["entries"], strict=True)] == (
        expected["entries"]
    )


def printable(value: Entry | ParsedFeed, stated: dict[str, object]) -> dict[str, object]:
    """The fields that are stated, as JSON has them."""
    found = {field.name: getattr(value, field.name) for field in fields(value) if field.name in stated}
    as_json: dict[str, object] = json.loads(json.dumps(found, default=str))
    return as_json


# Identity and links ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "guid", "link"),
    [
        pytest.param("<guid>12345</guid>", "12345", None, id="a number is no address, whatever isPermaLink says"),
        pytest.param(
            "<guid>https://a.example/1</guid>", "https://a.example/1", "https://a.example/1", id="a permanent link"
        ),
        pytest.param(
            '<guid isPermaLink="false">https://a.example/1</guid>',
            "https://a.example/1",
            None,
            id="not a permanent one",
        ),
        pytest.param("<link>/one</link><guid>tag:a,1</guid>", "tag:a,1", "https://a.example/one", id="relative, root"),
        pytest.param("<link> one?a=1&amp;b=2\n</link>", None, "https://a.example/dir/one?a=1&b=2", id="relative, here"),
        pytest.param("<title>x</title>", None, None, id="no guid is made up"),
        pytest.param('<enclosure url="https://a.example/a.mp3" type="audio/mpeg"/>', None, None, id="enclosure only"),
        pytest.param("<link>javascript:alert(1)</link>", None, None, id="a script is no link"),
        pytest.param("<link>http://[</link>", None, None, id="a broken address"),
        pytest.param("<link>https://a.example/?x=1&lang=ko&copy=2</link>", None, None, id="bare ampersands"),
    ],
)
def test_guid_and_link_are_those_that_are_printed(item: str, guid: str | None, link: str | None) -> None:
    entry = one(item)
    if "lang=ko" in item:
        link = "https://a.example/?x=1&lang=ko&copy=2"
    assert (entry.guid, entry.link) == (guid, link)


def test_xml_base_goes_before_the_address_of_the_document() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://b.example/x/"><link href="home"/>'
        '<entry><link href="one"/></entry><entry xml:base="y/"><link href="two"/></entry></feed>'
    )
    feed = parse(body)
    assert feed.link == "https://b.example/x/home"
    assert [entry.link for entry in feed.entries] == ["https://b.example/x/one", "https://b.example/x/y/two"]


def test_a_relative_link_is_not_resolved_against_another_entry() -> None:
    feed = parse(rss("<link>https://other.example/x/</link>", "<link>two</link>"))
    assert feed.entries[1].link == "https://a.example/dir/two"


def test_an_atom_link_of_another_type_is_still_a_link() -> None:
    (entry,) = parse(atom('<link rel="alternate" type="text/plain" href="/a.txt"/>')).entries
    assert entry.link == "https://a.example/a.txt"


def test_an_absurd_guid_keeps_its_difference() -> None:
    long = "x" * 100_000
    feed = parse(rss(f"<guid>{long}a</guid>", f"<guid>{long}b</guid>"))
    guids = {entry.guid for entry in feed.entries}
    assert len(guids) == 2
    assert all(guid is not None and len(guid) <= 1_000 for guid in guids)


# Dates ----------------------------------------------------------------------------------------------------------


def test_updated_is_never_published_in_disguise() -> None:
    entry = one("<pubDate>Tue, 25 Nov 2025 16:10:05 GMT</pubDate>")
    assert (entry.published, entry.updated) == (datetime(2025, 11, 25, 16, 10, 5, tzinfo=UTC), None)
    (other,) = parse(atom("<updated>2025-11-25T16:10:05Z</updated>")).entries
    assert (other.published, other.updated) == (None, datetime(2025, 11, 25, 16, 10, 5, tzinfo=UTC))


def test_the_date_of_rss_1_is_its_date_of_publication() -> None:
    body = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel/><item rdf:about="https://a.example/1">'
        "<title>x</title><dc:date>2025-11-25T16:10:05+09:00</dc:date></item></rdf:RDF>"
    )
    feed = parse(body)
    assert (feed.format, feed.complete) == ("rss10", True)
    assert feed.entries[0].guid == "https://a.example/1"
    assert feed.entries[0].published == datetime(2025, 11, 25, 7, 10, 5, tzinfo=UTC)


# Text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        pytest.param("AT&amp;T &lt; 5", "AT&T < 5", id="escaped once"),
        pytest.param("AT&amp;amp;T &amp;#8217;s", "AT&T ’s", id="escaped twice"),
        pytest.param("<![CDATA[AT&amp;T <b>up</b>]]>", "AT&T up", id="HTML in CDATA"),
        pytest.param("Kim &lt;script&gt;alert(1)&lt;/script&gt;Jong", "Kim Jong", id="a script"),
        pytest.param("a&#0;b&#27;c&#xD800;d&#x110000;e", "abcde", id="illegal references"),
        pytest.param("a\0b\x1bc\ufffed", "abcd", id="illegal characters"),
        pytest.param("a&#x202e;b&#x2066;c", "abc", id="bidi controls"),
        pytest.param("one\r\n  two", "one two", id="line breaks"),
        pytest.param("caf&eacute; &nbsp;&hellip; R&D", "café … R&D", id="HTML's entities and a bare ampersand"),
        pytest.param("&#150;&#x92;", "–’", id="Windows-1252 by reference"),
    ],
)
def test_a_title_is_readable_plain_text(printed: str, title: str) -> None:
    feed = parse(rss(f"<title>{printed}</title>"))
    assert feed.entries[0].title == title
    assert feed.warnings == ()


@pytest.mark.parametrize(
    ("element", "title"),
    [
        pytest.param("<title>The &lt;blink&gt; tag, AT&amp;amp;T</title>", "The <blink> tag, AT&T", id="text"),
        pytest.param('<title type="html">a &lt;b&gt;b&lt;/b&gt; &amp;lt;c&amp;gt;</title>', "a b <c>", id="html"),
        pytest.param(
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b> &lt;c&gt;</div></title>',
            "a b <c>",
            id="xhtml",
        ),
    ],
)
def test_atom_says_what_its_title_is(element: str, title: str) -> None:
    assert parse(atom(element)).entries[0].title == title


def test_summary_and_content_are_text_with_a_line_for_each_block() -> None:
    entry = one(
        "<description>Short &lt;img src='x'&gt;news.</description>"
        '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        "<![CDATA[<p>One</p><p>Two &amp; three</p>]]></content:encoded>"
    )
    assert (entry.summary, entry.content) == ("Short news.", "One\nTwo & three")


@pytest.mark.parametrize(
    "item",
    [
        pytest.param("<description>Same &lt;b&gt;text&lt;/b&gt;</description>", id="none printed"),
        pytest.param(
            "<description>Same text</description><content:encoded>&lt;p&gt;Same text&lt;/p&gt;</content:encoded>",
            id="printed twice",
        ),
        pytest.param("<content:encoded>Same text</content:encoded>", id="content alone"),
    ],
)
def test_content_is_empty_where_it_only_repeats_the_summary(item: str) -> None:
    entry = one(item)
    assert (entry.summary, entry.content) == ("Same text", "")


def test_binary_content_is_no_text() -> None:
    (entry,) = parse(atom('<title>x</title><content type="image/png">aGVsbG8=</content>')).entries
    assert entry.content == ""


def test_texts_have_a_limit_and_only_junk_reaches_it() -> None:
    entry = one(f"<title>{'t' * 9_999}</title><description>{'word ' * 60_000}</description>")
    assert (len(entry.title), len(entry.summary), len(entry.content)) == (2_000, 19_999, 199_999)


def test_authors_tags_and_languages_are_kept() -> None:
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en_US"><author><name>Desk</name></author>'
        '<entry xml:lang="ko"><title>x</title><author><name>A</name><email>a@a.example</email></author>'
        '<author><name>B</name></author><category term="t1" label="Nuclear"/><category term="t2"/></entry></feed>'
    )
    feed = parse(body)
    (entry,) = feed.entries
    assert feed.lang == "en-us"
    assert (entry.author, entry.tags, entry.lang) == ("A, B", ("Nuclear", "t2"), "ko")


# What is survived, and said --------------------------------------------------------------------------------------


def test_a_character_set_or_type_that_is_wrong_is_no_error() -> None:
    feed = parse(rss("<title>북한</title>").encode(), "text/plain; charset=us-ascii")
    assert feed.entries[0].title == "북한"
    assert feed.warnings == ("the server calls it 'text/plain', which is no feed's type",)
    assert parse(rss("<title>북한</title>").encode(), "text/xml").entries[0].title == "북한"


def test_an_ill_formed_feed_gives_its_entries_and_a_warning() -> None:
    feed = parse("<rss version='2.0'><channel><item><title>a <b>x</title></item><item><title>y</title></item></rss>")
    assert [entry.title for entry in feed.entries] == ["a x", "y"]
    assert feed.warnings == ("not well-formed in line 1 (mismatched tag): read as far as it goes",)


def test_a_backslash_in_an_entity_of_the_document_is_survived() -> None:
    body = '<!DOCTYPE rss [\n<!ENTITY w "C:\\new">\n]>\n' + rss("<title>kept</title>").removeprefix(
        '<?xml version="1.0"?>'
    )
    assert parse(body).entries[0].title == "kept"


def test_an_entity_of_the_document_is_obeyed() -> None:
    document = rss("<title>a &hellip;</title>").removeprefix('<?xml version="1.0"?>')
    body = '<!DOCTYPE rss [\n<!ENTITY hellip "(C)">\n]>\n' + document
    assert parse(body).entries[0].title == "a (C)"


def test_entities_that_explode_do_not() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">\n' for n in range(1, 12))
    document = rss("<title>a&e11;</title>").removeprefix('<?xml version="1.0"?>')
    body = f'<!DOCTYPE rss [\n<!ENTITY e0 "x">\n{levels}]>\n{document}'
    assert len(parse(body).entries[0].title) < 100


def test_a_file_named_in_the_document_is_not_read() -> None:
    document = rss("<title>a&f;b</title>").removeprefix('<?xml version="1.0"?>')
    body = f'<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/hostname">]>\n{document}'
    assert parse(body).entries[0].title in ("ab", "a&f;b")


def test_a_body_that_is_a_files_name_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(rss("<title>secret</title>"))
    with pytest.raises(ParseError, match="no feed"):
        parse(str(path))


def test_too_many_entries_are_cut_and_said() -> None:
    feed = parse(rss(*(f"<guid>{n}</guid>" for n in range(12))), max_entries=10)
    assert [entry.guid for entry in feed.entries] == [str(n) for n in range(10)]
    assert feed.warnings == ("12 entries: only the first 10 are read",)


# The end of the document -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        pytest.param(rss("<title>a</title>"), True, id="whole"),
        pytest.param(rss("<title>a</title>") + "\n<!-- cached 10:02 -->\n\0", True, id="a comment and junk after it"),
        pytest.param(rss("<title>a</title>").replace("</rss>", "</rss"), False, id="the end tag itself is cut"),
        pytest.param(rss("<title>a</title>").replace("</rss>", ""), False, id="between the end tags"),
        pytest.param(rss("<title>a</title>", "<title>b</title>")[:-40], False, id="inside an entry"),
        pytest.param(rss("<title>a</title>")[:60], False, id="before the first entry"),
        pytest.param("<rss version='2.0'/>", True, id="an empty root"),
        pytest.param("<RSS><channel><item><title>a</title></item></channel></rss>", True, id="in two cases"),
        pytest.param(
            '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:title>a</a:title></a:entry></a:feed>',
            True,
            id="with a prefix",
        ),
    ],
)
def test_a_document_is_complete_if_its_root_is_closed(body: str, complete: bool) -> None:
    feed = parse(body)
    assert feed.complete is complete
    assert any("stops before its end" in warning for warning in feed.warnings) is not complete


def test_a_cut_document_gives_the_entries_that_it_holds() -> None:
    body = rss("<title>one</title><guid>1</guid>", "<title>two</title><guid>2</guid>")
    feed = parse(body[: body.index("two") + 2])
    assert [(entry.guid, entry.title) for entry in feed.entries] == [("1", "one"), (None, "")]


def test_a_feed_without_entries_is_a_feed() -> None:
    feed = parse(rss(head="<title>T</title><link>https://a.example/</link>"))
    assert (feed.entries, feed.title, feed.link, feed.complete) == ((), "T", "https://a.example/", True)


# What is no feed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("", "the answer was empty", id="nothing"),
        pytest.param(" \r\n\t", "the answer was empty", id="white space"),
        pytest.param("<!doctype html><html><title>News</title></html>", "an HTML page came", id="HTML"),
        pytest.param("<?xml version='1.0'?><!-- x --><html><body/></html>", "an HTML page came", id="XHTML"),
        pytest.param("<html><form><input type=password></form></html>", "a page to log in came", id="a login"),
        pytest.param("<html><title>로그인</title></html>", "a page to log in came", id="a login in Korean"),
        pytest.param("<html><title>Just a moment...</title></html>", "a page against robots came", id="a challenge"),
        pytest.param("<urlset><url/></urlset>", "XML came that is no feed (it begins with 'urlset')", id="a site map"),
        pytest.param(
            "<opml xmlns:a='http://www.w3.org/2005/Atom'/>", "XML came that is no feed", id="XML that knows Atom's name"
        ),
        pytest.param("Service unavailable", "the answer is no feed", id="a sentence"),
        pytest.param("\x1f\x8b\x08\0\0\0", "the answer is no feed", id="compressed bytes"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body: str, said: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse(body, "application/rss+xml")
    assert said in str(refused.value)
    assert "; " in str(refused.value)
    assert URL not in str(refused.value)


def test_a_feed_under_the_doctype_of_html_is_a_feed() -> None:
    doctype = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "x"><!-- c -->'
    assert parse(doctype + "<rss><channel><title>T</title></channel></rss>").title == "T"


def test_the_failure_of_a_bridge_is_no_news() -> None:
    failure = "<title>Bridge returned error 403! (19876)</title><guid>1</guid>"
    feed = parse(rss(failure, "<title>Real</title>"))
    assert [entry.title for entry in feed.entries] == ["Real"]
    with pytest.raises(ParseError, match=r"Bridge returned error 403!.*look there"):
        parse(rss(failure))


def test_entries_that_cannot_be_read_are_an_error_and_not_an_empty_feed() -> None:
    with pytest.raises(ParseError, match="its entries cannot be read"):
        parse("<rss><channel><x:item><title>a</title></x:item></channel></rss>")


# feedparser's exceptions -----------------------------------------------------------------------------------------


def test_the_exceptions_that_feedparser_names_are_those_we_know() -> None:
    """None of them reaches us: the body is UTF-8 and called XML, and undeclared prefixes end in expat's own error."""
    assert set(feedparser.exceptions.__all__) == {
        "ThingsNobodyCaresAboutButMe",
        "CharacterEncodingOverride",
        "CharacterEncodingUnknown",
        "NonXMLContentType",
        "UndeclaredNamespace",
    }
    assert parse("<rss><channel><item><x:y/><title>a</title></item></channel></rss>").entries[0].title == "a"


@pytest.mark.parametrize(
    "element",
    [
        pytest.param("</width>", id="an end without its start"),
        pytest.param('<gml:posList xmlns:gml="http://www.opengis.net/gml">1 2</gml:posList>', id="a place alone"),
    ],
)
def test_an_element_on_which_feedparser_fails_does_not_cost_the_feed(element: str) -> None:
    body = rss(f"{element}<title>a</title>")
    with pytest.raises((TypeError, KeyError)):
        feedparser.parse(io.BytesIO(body.encode()), sanitize_html=False, resolve_relative_uris=False)
    assert parse(body).entries[0].title == "a"


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        pytest.param(feedparser.UndeclaredNamespace("x"), "cannot be read", id="one of its own"),
        pytest.param(UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), "cannot be read", id="of its codecs"),
        pytest.param(AttributeError("x"), "cannot be read", id="of its own faults"),
        pytest.param(RecursionError(), "more memory", id="nested too deep"),
        pytest.param(MemoryError(), "more memory", id="out of memory"),
    ],
)
def test_whatever_feedparser_raises_is_a_parse_error(
    raised: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(feedparser, "parse", fail)
    with pytest.raises(ParseError, match=said) as refused:
        parse(rss())
    assert refused.value.__cause__ is raised
