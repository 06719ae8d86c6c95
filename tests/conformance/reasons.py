"""Why we differ from a suite on purpose: each difference must be one of these, or it is ours to mend."""

from __future__ import annotations

from tests.conformance.suites import Case, Statement
from wirewatch.core.model import ParsedFeed

REASONS = {
    "binary": "pictures, sound and film in an entry's content are not text to us",
    "browser": "open comments, `iframe`, nested CDATA and unknown elements are read as a browser reads them",
    "empty": "the suite runs this document with an option that puts the word EMPTY for an empty content",
    "first": "where Media RSS or iTunes tell a second text, feedparser keeps the one that the suite does not",
    "guid-made": "the document has no guid; the suite's parser makes one from the link, or a digest",
    "guid-printed": "a guid stays as printed; the suite resolves it against the document's address, which may move",
    "header": "only the body, its type and its address reach the parser, not Content-Language or Content-Location",
    "html5": "⟨ and ⟩ are those of HTML 5, not of HTML 4",
    "ill-formed": "the document is ill-formed just there, and feedparser recovers otherwise",
    "label": "the label of a tag, made for people, goes before its term",
    "mojibake": "the suite's stated text has lost its characters; ours has them",
    "shortened": "the document has no summary; the suite's parser makes one from the content and cuts it",
    "stripped": "the suite's parser prints XHTML with its words in another order, or drops them",
    "updated": "Atom's `updated` is the date of a change: it is kept as that, never as `published`",
    "uri": "feedparser takes a link's `uri` attribute for its address",
}


def reason_for(case: Case, statement: Statement, parsed: ParsedFeed | None, got: list[object]) -> str | None:
    """The key of the reason for a difference; None where there is none."""
    name, stated = statement.field, statement.value
    if isinstance(stated, str):
        if "\ufffd" in stated or "ï¿½" in stated:
            return "mojibake"
        if stated == "EMPTY":
            return "empty"
    if name == "guid" and got and "markup" not in case.name:
        return "guid-made" if got[0] is None else "guid-printed"
    if name == "published" and got == [None] and parsed is not None and parsed.format.startswith("atom"):
        return "updated"
    if name == "summary" and case.suite == "fastfeedparser":
        return "shortened"
    return next((reason for part, reason in BY_NAME if part in case.name), None)


BY_NAME = (
    ("atom10_feed_title_xhtml", "ill-formed"),
    ("bozo_linenoise", "ill-formed"),
    ("guid_naked_markup", "ill-formed"),
    ("entities/lang.xml", "html5"),
    ("entities/rang.xml", "html5"),
    ("entry_category_term", "label"),
    ("headers_content_location-relative", "header"),
    ("http_content_language", "header"),
    ("wellformed/sanitize/", "browser"),
    ("issue_275", "binary"),
    ("uri_at_protocol", "uri"),
    ("narro.rss", "first"),
    ("reddit", "stripped"),
)
