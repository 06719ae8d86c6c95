"""The bytes of a document become the characters that its publisher meant."""

from __future__ import annotations

import pytest

from wirewatch.fetch.charset import charset_name, decode_body

KOREAN = "북한 영변 핵시설 똠방각하"  # the last word is in CP949 only: real EUC-KR feeds use it
CHINESE = "朝鲜宁边核设施"
RUSSIAN = "Йонбён, КНДР"


def xml(text: str, charset: str | None = None) -> str:
    declaration = f'<?xml version="1.0" encoding="{charset}"?>' if charset else ""
    return f"{declaration}<rss><title>{text}</title></rss>"


@pytest.mark.parametrize(
    ("text", "codec", "declared", "content_type"),
    [
        pytest.param(KOREAN, "cp949", "euc-kr", None, id="EUC-KR by the declaration, read as CP949"),
        pytest.param(KOREAN, "cp949", None, "text/xml; charset=EUC-KR", id="EUC-KR by the header"),
        pytest.param(KOREAN, "cp949", "ks_c_5601-1987", None, id="its name in old Korean feeds"),
        pytest.param(CHINESE, "gb18030", "gb2312", "application/xml", id="GB 2312 is read as GB 18030"),
        pytest.param("寧辺の核施設①", "cp932", "Shift_JIS", None, id="Shift_JIS with Windows signs"),
        pytest.param("寧辺の核施設", "euc_jp", "EUC-JP", None, id="EUC-JP"),
        pytest.param("寧邊核設施", "big5", "big5", None, id="Big5"),
        pytest.param(RUSSIAN, "cp1251", "windows-1251", "text/xml", id="text/xml alone is not us-ascii"),
        pytest.param(RUSSIAN, "koi8-r", None, 'text/html; charset="koi8-r"', id="KOI8-R, quoted"),
        pytest.param("Żółć", "cp1250", "windows-1250", None, id="Windows-1250"),
        pytest.param("“Kim’s” — é", "cp1252", None, None, id="Windows-1252 where nothing is said"),
        pytest.param(KOREAN, "utf-8", None, "text/xml", id="UTF-8 where nothing is said"),
        pytest.param(KOREAN, "utf-8", None, "text/xml; charset=ISO-8859-1", id="a careless header loses to UTF-8"),
        pytest.param(KOREAN, "utf-8", "utf-8", "text/xml; charset=EUC-KR", id="so does one that the document denies"),
        pytest.param(KOREAN, "utf-8", "iso-8859-1", None, id="and a careless declaration"),
        pytest.param(KOREAN, "utf-8", "utf-16", None, id="the declaration of a document that was recoded"),
        pytest.param(KOREAN, "utf-8-sig", "euc-kr", "text/xml; charset=euc-kr", id="a mark goes before everything"),
        pytest.param(KOREAN, "utf-16", "utf-16", None, id="UTF-16 with a mark"),
        pytest.param(KOREAN, "utf-16-le", "utf-16", None, id="UTF-16 without one"),
        pytest.param(KOREAN, "utf-16-be", None, None, id="the other way round"),
        pytest.param(KOREAN, "utf-32", None, None, id="UTF-32"),
    ],
)
def test_the_characters_are_those_that_were_written(
    text: str, codec: str, declared: str | None, content_type: str | None
) -> None:
    decoded = decode_body(xml(text, declared).encode(codec), content_type)
    assert f"<title>{text}</title>" in decoded.text
    assert decoded.warnings == ()


@pytest.mark.parametrize("label", ["utf-7", "unicode_escape", "idna", "rot13", "punycode", "base64", "bogus", "", "\0"])
def test_only_character_sets_of_feeds_are_obeyed(label: str) -> None:
    assert charset_name(label) is None
    decoded = decode_body(b"<rss>+ADw-script+AD4-</rss>", f"text/xml; charset={label}")
    assert decoded.text == "<rss>+ADw-script+AD4-</rss>"


def test_one_wrong_byte_does_not_make_the_whole_document_mojibake() -> None:
    body = xml(KOREAN * 10, "utf-8").encode().replace(b"</title>", b"\xff</title>")
    decoded = decode_body(body, None)
    assert KOREAN in decoded.text
    assert decoded.warnings == ("1 characters cannot be read and stand as \ufffd",)


def test_a_character_cut_off_at_the_end_is_no_damage() -> None:
    assert decode_body(xml(KOREAN).encode()[: -len("</title></rss>") - 1], None).warnings == ()


def test_bytes_of_no_set_that_is_named_are_read_and_said() -> None:
    decoded = decode_body(xml("Žižek café", "utf-8").encode("cp1252"), None)
    assert "Žižek café" in decoded.text
    assert "Windows-1252" in decoded.warnings[0]
