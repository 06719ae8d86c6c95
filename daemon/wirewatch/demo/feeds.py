"""Serves the feeds of the demo on loopback: RSS 2.0, Atom 1.0 and JSON Feed 1.1, with ETags."""

from __future__ import annotations

import hashlib
import json
import threading
from datetime import datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from wirewatch.demo.news import MadeFeed, Story

TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}
Listed = tuple[Story, datetime]


class FeedServer:
    """`with FeedServer(feeds) as server: server.publish(story, now)`. Only on 127.0.0.1, on a port that is free."""

    def __init__(self, feeds: tuple[MadeFeed, ...]) -> None:
        self._feeds = {feed.key: feed for feed in feeds}
        self._stories: dict[str, list[Listed]] = {feed.key: [] for feed in feeds}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="demo-feeds", daemon=True)

    def __enter__(self) -> FeedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, key: str) -> str:
        """Where a feed is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{key}"

    def publish(self, story: Story, at: datetime) -> None:
        """Put a report on top of its feed."""
        with self._lock:
            self._stories[story.feed].insert(0, (story, at))

    def document(self, key: str) -> tuple[str, bytes] | None:
        """Content type and body of a feed as it stands now; None where there is no such feed."""
        feed = self._feeds.get(key)
        if feed is None:
            return None
        with self._lock:
            stories = list(self._stories[key])
        return TYPES[feed.format], _WRITERS[feed.format](feed, stories).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        document = self.document

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                found = document(self.path.lstrip("/"))
                body = found[1] if found else b""
                etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
                unchanged = found is not None and self.headers.get("If-None-Match") == etag
                self.send_response(404 if found is None else 304 if unchanged else 200)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", "0" if unchanged else str(len(body)))
                if found:
                    self.send_header("Content-Type", found[0])
                self.end_headers()
                if not unchanged:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """The demo tells what happens; each request would drown it."""

        return Handler


def _rss(feed: MadeFeed, stories: list[Listed]) -> str:
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{story.link}</link>"
        f"<guid isPermaLink='false'>{feed.key}:{story.link}</guid><description>{escape(story.text)}</description>"
        f"<pubDate>{format_datetime(at)}</pubDate></item>"
        for story, at in stories
    )
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>{escape(feed.name)}</title>"
        f"<link>https://{feed.key}.example/</link><language>{feed.lang}</language>{items}</channel></rss>"
    )


def _atom(feed: MadeFeed, stories: list[Listed]) -> str:
    entries = "".join(
        f"<entry><title>{escape(story.title)}</title><id>{story.link}</id><link href='{story.link}'/>"
        f"<updated>{at.isoformat()}</updated><published>{at.isoformat()}</published>"
        f"<content type='text'>{escape(story.text)}</content></entry>"
        for story, at in stories
    )
    newest = stories[0][1].isoformat() if stories else ""
    return (
        f"<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='{feed.lang}'>"
        f"<title>{escape(feed.name)}</title><id>https://{feed.key}.example/</id><updated>{newest}</updated>"
        f"{entries}</feed>"
    )


def _json(feed: MadeFeed, stories: list[Listed]) -> str:
    items = [
        {
            "id": story.link,
            "url": story.link,
            "title": story.title,
            "content_text": story.text,
            "date_published": at.isoformat(),
        }
        for story, at in stories
    ]
    top = {"version": "https://jsonfeed.org/version/1.1", "title": feed.name, "language": feed.lang, "items": items}
    return json.dumps(top, ensure_ascii=False)


_WRITERS = {"rss": _rss, "atom": _atom, "json": _json}
