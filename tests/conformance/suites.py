"""Reads the test suites of other parsers and what they state about each document, in our words.

A statement speaks of one field that we keep. What a suite says of other fields (images, ratings, chapters) is not read.
"""

from __future__ import annotations

import ast
import base64
import email
import email.header
import email.policy
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

BASE = "http://127.0.0.1:8097/"  # where feedparser's own suite serves its documents

ANY = -1
TEXTS = {"title": "title", "description": "summary", "summary": "summary"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One expected value. field: ours; "count" is of entries.

    entry: index of the entry, None for the feed itself, ANY where the suite does not tell the order.
    """

    field: str
    entry: int | None
    value: object


@dataclass(frozen=True, slots=True)
class Case:
    """One document of a suite. content_type: as the suite serves it."""

    suite: str
    name: str
    body: bytes
    content_type: str | None = None
    statements: tuple[Statement, ...] = ()
    url: str = field(default=BASE)


def read_suites(folder: Path) -> Iterator[Case]:
    """Every document of every suite in the folder, with what its suite states."""
    for archive in sorted(folder.glob("*.tar.xz")):
        suite = archive.name.removesuffix(".tar.xz")
        with tarfile.open(archive, "r:xz") as tar:
            files = {m.name: f.read() for m in tar if m.isfile() and (f := tar.extractfile(m)) is not None}
        for name, body in sorted(files.items()):
            if not is_expectation(name, files):
                yield READERS.get(suite, read_bare)(suite, name, body, files)


def is_expectation(name: str, files: Mapping[str, bytes]) -> bool:
    """Is this file an expected result, or a setting, and not a document?"""
    if name.endswith((".expected", ".config", ".opml", ".expected.json", "_expected.json")):
        return True
    if not name.endswith(".json"):
        return False
    stem = name.removesuffix(".json").replace("/output/", "/input/")
    return any(stem + ending in files for ending in (".xml", ".rss", ".atom"))


def read_bare(suite: str, name: str, body: bytes, files: Mapping[str, bytes]) -> Case:
    return Case(suite, name, body, url=BASE + name)


# feedparser: a Python expression in the comment at the top -------------------------------------------------------


def read_feedparser(suite: str, name: str, body: bytes, files: Mapping[str, bytes]) -> Case:
    text = body.replace(b"\0", b"").decode("utf-8", "replace")[:5000]
    header = re.search(r"Header:\s*Content-type:\s*([^\n]*)", text, re.IGNORECASE)
    location = re.search(r"Header:\s*Content-Location:\s*(\S+)", text, re.IGNORECASE)
    expect = re.search(r"Expect:\s*(.*?)\s*(?:-->|\n\s*(?:Header|Description):|\n\s*\n)", text, re.DOTALL)
    url = location[1] if location and location[1].startswith("http") else BASE + name.removeprefix("feedparser/")
    statements = tuple(statements_in(expect[1])) if expect else ()
    return Case(suite, name, body, header[1].strip() if header else None, statements, url)


def statements_in(expression: str) -> Iterator[Statement]:
    """The equations of a conjunction that speak of fields we keep."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return
    for term in tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]:
        if not (isinstance(term, ast.Compare) and len(term.ops) == 1 and isinstance(term.ops[0], ast.Eq)):
            continue
        try:
            value = ast.literal_eval(term.comparators[0])
        except ValueError:
            continue
        statement = statement_of(path_of(term.left), value)
        if statement:
            yield statement


def path_of(node: ast.expr) -> tuple[object, ...]:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        return (*path_of(node.value), node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return (*path_of(node.value), node.slice.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and node.args:
        return ("len", *path_of(node.args[0]))
    return ()


def statement_of(path: tuple[object, ...], value: object) -> Statement | None:
    match path:
        case ("version",):
            return Statement("format", None, value)
        case ("len", "entries"):
            return Statement("count", None, value)
        case ("feed", "title" | "link" | "language" as name):
            return Statement("lang" if name == "language" else name, None, value)
        case ("entries", int(index), "title" | "description" | "summary" | "link" | "author" as name):
            return Statement(TEXTS.get(name, name), index, value)
        case ("entries", int(index), "id" | "guid"):
            return Statement("guid", index, value)
        case ("entries", int(index), "published_parsed" | "updated_parsed" as name):
            return Statement(name.removesuffix("_parsed"), index, value)
        case ("entries", int(index), "content", 0, "value"):
            return Statement("content", index, value)
        case ("entries", int(index), "tags", int(), "term"):
            return Statement("tags", index, value)
    return None


# Suites with a JSON beside the document --------------------------------------------------------------------------


def read_gofeed(suite: str, name: str, body: bytes, files: Mapping[str, bytes]) -> Case:
    stem = re.sub(r"\.(xml|json)$", "", name)
    stated = files.get(f"{stem}_expected.json") or (files.get(f"{stem}.json") if name.endswith("xml") else None)
    return Case(suite, name, body, statements=tuple(statements_of_json(stated)), url=BASE + name)


def read_beside(suite: str, name: str, body: bytes, files: Mapping[str, bytes]) -> Case:
    stem = name.rsplit(".", 1)[0]
    beside = (f"{stem}.expected.json", f"{stem}.json", f"{stem.replace('/input/', '/output/')}.json")
    stated = next((files[other] for other in beside if other in files and other != name), None)
    return Case(suite, name, body, statements=tuple(statements_of_json(stated)), url=BASE + name)


def statements_of_json(stated: bytes | None) -> Iterator[Statement]:
    if stated is None:
        return
    data = json.loads(text_of(stated))
    data = data.get("feed", data) if "entries" not in data else data
    items = data.get("items") or data.get("entries") or []
    yield Statement("count", None, len(items))
    if isinstance(data.get("title"), str):
        yield Statement("title", None, data["title"])
    for index, item in enumerate(items):
        yield from statements_of_item(index, item)


def text_of(stated: bytes) -> str:
    try:
        return stated.decode("utf-8")
    except UnicodeDecodeError:  # two are printed in Latin-1
        return stated.decode("latin-1")


def statements_of_item(index: int, item: Mapping[str, object]) -> Iterator[Statement]:
    guid = item.get("guid", item.get("id"))
    content = item.get("content:encoded", item.get("content"))
    values = {
        "title": item.get("title"),
        "summary": item.get("description", item.get("summary")),
        "link": item.get("link", item.get("url")),
        "guid": guid.get("value") if isinstance(guid, dict) else guid,
        "published": item.get("publishedParsed", item.get("pubDateParsed", item.get("isoDate", item.get("published")))),
        "updated": item.get("updatedParsed", item.get("updated")),
        "content": content.get("value") if isinstance(content, dict) else content,
    }
    for name, value in values.items():
        if isinstance(value, str) and value.strip():
            yield Statement(name, index, value)


# rss2email: the mails that it makes ------------------------------------------------------------------------------


def read_rss2email(suite: str, name: str, body: bytes, files: Mapping[str, bytes]) -> Case:
    mails = files.get(name.rsplit("/", 1)[0] + "/1.expected")
    return Case(suite, name, body, statements=tuple(statements_of_mails(mails)), url=BASE + name)


def statements_of_mails(mails: bytes | None) -> Iterator[Statement]:
    if mails is None:
        return
    parts = re.split(rb"(?m)^SENT BY:.*\n", mails)[1:]
    yield Statement("count", None, len(parts))
    for part in parts:
        message = email.message_from_bytes(part, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        for header, ours in (("Subject", "title"), ("X-RSS-URL", "link"), ("X-RSS-ID", "guid")):
            if message[header]:
                yield Statement(ours, ANY, decoded_header(str(message[header])))


def decoded_header(text: str) -> str:
    return re.sub(r"=\?utf-8\?b\?([^?]*)\?=", lambda match: base64.b64decode(match[1]).decode(), text)


READERS = {
    "feedparser": read_feedparser,
    "gofeed": read_gofeed,
    "fastfeedparser": read_beside,
    "rss-parser-npm": read_beside,
    "rss2email": read_rss2email,
}
