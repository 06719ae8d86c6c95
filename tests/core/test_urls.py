"""Addresses: one page has one canonical form, wrappers are taken off, nothing dangerous is shown."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wirewatch.core.urls import canonical_link, host_of, origin, request_url, safe_link, unwrap_link

PAGE = "//site.example/a"


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        pytest.param("http://site.example/a", PAGE, id="http"),
        pytest.param("https://site.example/a", PAGE, id="https is the same page"),
        pytest.param("HTTPS://WWW.Site.Example/a", PAGE, id="case of the host, and www."),
        pytest.param("http://www.www.site.example/a", PAGE, id="www. twice"),
        pytest.param("http://www.example/a", "//www.example/a", id="www. that is the name itself"),
        pytest.param("http://m.site.example/a", "//m.site.example/a", id="m. is kept: it may be another page"),
        pytest.param("http://site.example:80/a", PAGE, id="default port of http"),
        pytest.param("https://site.example:443/a", PAGE, id="default port of https"),
        pytest.param("https://site.example:8443/a", "//site.example:8443/a", id="another port"),
        pytest.param("https://site.example./a", PAGE, id="dot at the end of the host"),
        pytest.param("https://user:pw@site.example/a", PAGE, id="user and password"),
        pytest.param("https://site.example/a/", PAGE, id="trailing slash"),
        pytest.param("https://site.example/", "//site.example", id="front page"),
        pytest.param("https://site.example", "//site.example", id="front page without slash"),
        pytest.param("  https://site.example/a\n", PAGE, id="white space around"),
        pytest.param("https://site.example/a#part", PAGE, id="fragment"),
        pytest.param("https://site.example/a#!/story/7", f"{PAGE}#!/story/7", id="fragment that is the page"),
        pytest.param("https://site.example/%61", PAGE, id="letter escaped for nothing"),
        pytest.param("https://site.example/%c3%a9", "//site.example/%C3%A9", id="escape in lower case"),
        pytest.param("https://site.example/é", "//site.example/%C3%A9", id="letter that must be escaped"),
        pytest.param("https://site.example/100%", "//site.example/100%25", id="bare per cent sign"),
        pytest.param("https://site.example/%2561", "//site.example/%2561", id="escaped escape stays"),
        pytest.param("https://site.example/a?b=2&a=1", f"{PAGE}?a=1&b=2", id="order of parameters"),
        pytest.param("https://site.example/a?a=1+2", f"{PAGE}?a=1%202", id="plus is a space"),
        pytest.param("https://site.example/a?&&a=1&", f"{PAGE}?a=1", id="empty parameters"),
        pytest.param("https://site.example/a?", PAGE, id="empty query"),
        pytest.param("https://ru.пример.example/a", "//ru.xn--e1afmkfd.example/a", id="host in another script"),
        pytest.param("https://[2001:DB8::1]:443/a", "//[2001:db8::1]/a", id="IPv6"),
        pytest.param("//site.example/a", PAGE, id="without scheme"),
        pytest.param("mailto:desk@site.example", None, id="mail address"),
        pytest.param("javascript:alert(1)", None, id="script"),
        pytest.param("site.example/a", None, id="no scheme and no slashes"),
        pytest.param("https:///a", None, id="no host"),
        pytest.param("https://[::1/a", None, id="broken IPv6"),
        pytest.param("https://a b.example/", None, id="space in the host"),
        pytest.param("https://site.example:99999/a", None, id="no such port"),
        pytest.param("https://a\\b.example/", None, id="backslash in the host"),
        pytest.param("https://xn--" + "ü" * 80 + ".example/", None, id="label too long for punycode"),
        pytest.param("https://" + "a." * 200 + "example/", None, id="host too long"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_link_has_one_canonical_form(url: str, canonical: str | None) -> None:
    assert canonical_link(url) == canonical


@pytest.mark.parametrize(
    "query",
    [
        "utm_source=rss&utm_medium=feed",
        "UTM_Campaign=x",
        "fbclid=1",
        "gclid=1",
        "at_medium=RSS&at_campaign=KARANGA",
        "at_custom1=x&at_link_id=y",
        "ns_mchannel=rss&ns_source=PublicRSS20-sa",
        "cmpid=rss",
        "CMP=share_btn",
        "xtor=RSS-3208",
        "mc_cid=1&mc_eid=2",
        "igshid=1",
        "ref=rss",
        "source=rss",
        "src=feed",
        "mod=rss_markets_main",
        "partner=rssnyt&emc=rss",
        "feedType=RSS&feedName=worldNews",
        "maca=en-rss-en-all-1573-rdf",
        "traffic_source=rss",
        "wprss=rss_world",
        "ito=1490",
        "guccounter=1&guce_referrer=aHR0",
    ],
)
def test_where_a_reader_came_from_does_not_count(query: str) -> None:
    assert canonical_link(f"https://site.example/a?{query}&id=7") == f"{PAGE}?id=7"


@pytest.mark.parametrize(
    "query", ["ref=12", "source=reuters", "mod=7", "id=rss", "page=2", "feed=rss2", "p=1", "at=home"]
)
def test_what_may_name_the_page_is_kept(query: str) -> None:
    assert canonical_link(f"https://site.example/a?{query}") == f"{PAGE}?{query}"


LINKS = st.one_of(
    st.text(),
    st.builds(
        "{}://{}{}{}".format,
        st.sampled_from(["http", "https", "HTTP", "ftp"]),
        st.one_of(
            st.text(max_size=20), st.sampled_from(["www.site.example", "site.example:80", "пример.example", "[::1]"])
        ),
        st.sampled_from(["/", "", "//"]),
        st.text(alphabet=st.one_of(st.characters(), st.sampled_from("/?#&=%+!;.")), max_size=40),
    ),
)


@settings(deadline=None)  # other tests may hold the processor
@given(LINKS)
def test_the_canonical_form_is_its_own_canonical_form(url: str) -> None:
    once = canonical_link(url)
    assert once is None or (canonical_link(once) == once and once.isascii())


@settings(deadline=None)  # other tests may hold the processor
@given(LINKS)
def test_an_address_for_the_wire_is_its_own_address_for_the_wire(url: str) -> None:
    once = request_url(url)
    assert once is None or (request_url(once) == once and once.isascii() and origin(once) == origin(url))


@settings(deadline=None)  # other tests may hold the processor
@given(LINKS)
def test_no_text_breaks_the_other_readers(url: str) -> None:
    assert isinstance(host_of(url), str)
    assert isinstance(unwrap_link(url), str)
    assert safe_link(url) in (None, url.strip())


def google_token(address: str, head: bytes = b"\x08\x13\x22") -> str:
    data = address.encode()
    length = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 0x7F | 0x80, len(data) >> 7])
    return base64.urlsafe_b64encode(head + length + data + b"\xd2\x01\x00").decode().rstrip("=")


STORY = "https://paper.example/story?id=7"
LONG_STORY = "https://paper.example/" + "long-" * 40
QUOTED = "https%3A%2F%2Fpaper.example%2Fstory%3Fid%3D7"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"https://www.google.com/url?rct=j&sa=t&url={QUOTED}&ct=ga", id="Google Alerts"),
        pytest.param(f"https://www.google.co.kr/url?q={QUOTED}", id="Google search, another country"),
        pytest.param(f"https://news.google.com/news/url?sa=t&url={QUOTED}", id="Google News, old"),
        pytest.param(f"https://news.google.com/rss/articles/{google_token(STORY)}?oc=5", id="Google News, token"),
        pytest.param(f"http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url={QUOTED}&c=1", id="Bing News"),
        pytest.param(f"https://r.search.yahoo.com/_ylt=A/RV=2/RU={QUOTED}/RK=0/RS=x", id="Yahoo search"),
        pytest.param(f"http://us.rd.yahoo.com/dailynews/rss/world/*{STORY}", id="Yahoo's old redirector"),
        pytest.param(f"https://t.umblr.com/redirect?z={QUOTED}&t=x", id="Tumblr"),
        pytest.param(f"https://l.facebook.com/l.php?u={QUOTED}&h=x", id="Facebook"),
        pytest.param(f"https://feeds.feedblitz.com/~/t/0/0/paper/~{STORY}", id="FeedBlitz"),
        pytest.param(
            f"https://www.google.com/url?q={quote(f'https://bing.com/news/apiclick.aspx?url={QUOTED}', safe='')}",
            id="two deep",
        ),
    ],
)
def test_an_aggregators_link_leads_to_the_story(url: str) -> None:
    assert unwrap_link(url) == STORY


def test_a_long_address_in_a_google_token_is_read_whole() -> None:
    assert unwrap_link(f"https://news.google.com/articles/{google_token(LONG_STORY)}") == LONG_STORY


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(STORY, id="no wrapper"),
        pytest.param(f"https://news.google.com/rss/articles/{google_token('AU_yqLNx')}", id="Google News, new token"),
        pytest.param("https://news.google.com/rss/articles/CBMi", id="Google News, token cut"),
        pytest.param("https://news.google.com/rss/articles/CBMi_", id="Google News, token that is no base64"),
        pytest.param("https://news.google.com/rss/articles/CBMiBQ", id="Google News, token of one byte too few"),
        pytest.param("https://news.google.com/rss/articles/CBMiB_-", id="Google News, token without an address"),
        pytest.param("https://www.google.com/url?q=javascript:alert(1)", id="the target is no web address"),
        pytest.param(f"https://google.evil.example/url?q={QUOTED}", id="only looks like Google"),
        pytest.param("http://feedproxy.google.com/~r/paper/~3/AbC/", id="a redirector that does not say where"),
        pytest.param("https://t.umblr.com/redirect", id="a wrapper around nothing"),
        pytest.param("google.com", id="no address"),
    ],
)
def test_other_links_stay_as_they_are(url: str) -> None:
    assert unwrap_link(url) == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Site.Example/a", "https://site.example"),
        ("https://site.example:443/a", "https://site.example"),
        ("http://site.example:443/a", "http://site.example:443"),
        ("https://u:p@site.example:8443/", "https://site.example:8443"),
        ("//site.example/a", None),
        ("https://site.example:x/", None),
        ("ftp://site.example/", None),
        ("https://[::1", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, expected: str | None) -> None:
    assert origin(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://site.example", "https://site.example/"),
        ("https://u:p@site.example/a b?c=d e#f", "https://site.example/a%20b?c=d%20e"),
        ("https://пример.example/é", "https://xn--e1afmkfd.example/%C3%A9"),
        ("https://site.example/%zz", "https://site.example/%zz"),
        ("//site.example/", None),
        ("https://good.example\\@evil.example/", None),
        ("nonsense", None),
    ],
)
def test_an_address_goes_over_the_wire_in_ascii_without_user_and_fragment(url: str, expected: str | None) -> None:
    assert request_url(url) == expected


@pytest.mark.parametrize(
    "url",
    ["https://site.example/a?b=c#d", "http://site.example:8080/é", " https://site.example/ "],
)
def test_a_sound_link_may_be_shown(url: str) -> None:
    assert safe_link(url) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("javascript:alert(1)", id="script"),
        pytest.param("data:text/html,x", id="data"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("//site.example/a", id="no scheme"),
        pytest.param("https://bank.example@evil.example/", id="a user that looks like a host"),
        pytest.param("https://site.example/a b", id="space"),
        pytest.param("https://site.example/a\nb", id="line break"),
        pytest.param("https://site.example/\x1b[31m", id="terminal control"),
        pytest.param("https://site.example/\u202egpj.exe", id="direction control"),
        pytest.param("https://site.example/\u200b", id="invisible character"),
        pytest.param("https:\\\\site.example\\a", id="backslashes"),
        pytest.param("https://site.example/a\\b", id="backslash in the path"),
        pytest.param("https:///a", id="no host"),
        pytest.param("https://site.example:0x50/", id="port that is none"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_dangerous_link_is_not_shown(url: str) -> None:
    assert safe_link(url) is None


def test_a_wrapper_is_taken_off_a_few_times_only() -> None:
    deep = STORY
    for _ in range(9):
        deep = f"https://t.umblr.com/redirect?z={quote(deep, safe='')}"
    assert unwrap_link(deep).startswith("https://t.umblr.com/")
    assert unwrap_link(unwrap_link(unwrap_link(deep))) == STORY
