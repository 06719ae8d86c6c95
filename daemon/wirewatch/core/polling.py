"""What one poll leaves on its feed: the memory for the next poll, and what the operator should hear of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wirewatch.core.effects import NoticeDraft
from wirewatch.core.judge import NEWS, Verdict
from wirewatch.core.model import FeedState, ParsedFeed
from wirewatch.core.pacing import NextPoll, after_answer, after_failure
from wirewatch.core.plan import EntriesPlan
from wirewatch.core.watchlist import Feed
from wirewatch.errors import FeedError, FetchError

# Some servers answer 304 for ever: ask without conditions at least this often.
FULL_EVERY = timedelta(days=1)
# A feed is reported when it failed this often and this long: one bad hour of a server is not news.
FAILING_POLLS = 4
FAILING_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A usable answer's validators. full: the body was asked for without conditions. digest: None for a 304."""

    etag: str | None
    last_modified: str | None
    digest: bytes | None
    full: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """When a poll ended, and a random value from 0 to 1 that spreads the next ones."""

    now: datetime
    jitter: float


def asks_in_full(state: FeedState, now: datetime) -> bool:
    """Should this poll leave out its conditions?"""
    return state.full_at is None or now - state.full_at >= FULL_EVERY


def state_after_document(
    state: FeedState, feed: Feed, parsed: ParsedFeed, plan: EntriesPlan, answer: Answer, moment: Moment
) -> FeedState:
    """The feed's memory after a document was read."""
    news = any(plan.counts.get(verdict) for verdict in (*NEWS, Verdict.EDITED))
    upcoming = after_answer(state.interval, feed.pace, news=news, now=moment.now, jitter=moment.jitter)
    heard = _heard(state, answer, upcoming, moment.now)
    # A document without an end is asked for again in full: with its validators saved, its last entry would be lost.
    kept = answer if parsed.complete else Answer(None, None, None, answer.full)
    return replace(
        heard,
        etag=kept.etag,
        last_modified=kept.last_modified,
        body_digest=kept.digest,
        baseline_at=plan.baseline_at,
        newest=plan.newest,
        cut_key=plan.cut_key,
        news_at=moment.now if any(plan.counts.get(verdict) for verdict in NEWS) else state.news_at,
        warning="; ".join(parsed.warnings) or None,
        format=parsed.format,
        lang=parsed.lang,
    )


def state_after_unchanged(state: FeedState, feed: Feed, answer: Answer, moment: Moment) -> FeedState:
    """The feed's memory after a 304 or a body that we had already."""
    upcoming = after_answer(state.interval, feed.pace, news=False, now=moment.now, jitter=moment.jitter)
    return replace(
        _heard(state, answer, upcoming, moment.now),
        etag=answer.etag or state.etag,
        last_modified=answer.last_modified or state.last_modified,
    )


def state_after_failure(state: FeedState, feed: Feed, error: FeedError, moment: Moment) -> FeedState:
    """The feed's memory after a fault: backed off, never disabled."""
    upcoming = after_failure(
        state.interval,
        feed.pace,
        failures=state.failures + 1,
        retry_after=error.retry_after if isinstance(error, FetchError) else None,
        now=moment.now,
        jitter=moment.jitter,
    )
    return replace(
        state,
        interval=upcoming.interval,
        due_at=upcoming.due_at,
        due_reason=upcoming.reason,
        polled_at=moment.now,
        failures=state.failures + 1,
        failing_since=state.failing_since or moment.now,
        error=str(error),
    )


def notices_after(feed: Feed, before: FeedState, after: FeedState, held: int) -> tuple[NoticeDraft, ...]:
    """What the operator should hear: a feed that fails (once), is well again (once), or looks rebuilt (once)."""
    return (*_failing(feed, before, after), *_rebuilt(feed, before, after, held))


def _failing(feed: Feed, before: FeedState, after: FeedState) -> tuple[NoticeDraft, ...]:
    since = after.failing_since
    if since is None:
        if before.failing_since is None or before.failures < FAILING_POLLS:
            return ()
        text = f"{feed.name} answers again. It failed {before.failures} times since {_clock(before.failing_since)}."
        return (NoticeDraft("feed-failing", feed.name, text, before.failing_since, open=False),)
    polled = after.polled_at or since
    if after.failures < FAILING_POLLS or polled - since < FAILING_FOR:
        return ()
    text = (
        f"{feed.name} has failed {after.failures} times since {_clock(since)}: {after.error}. "
        f"New entries there are not seen. We go on asking, {after.due_reason}. "
        "You will get one more message when it answers again."
    )
    return (NoticeDraft("feed-failing", feed.name, text, since),)


def _rebuilt(feed: Feed, before: FeedState, after: FeedState, held: int) -> tuple[NoticeDraft, ...]:
    now = after.polled_at
    if now is None or after.failing_since is not None:
        return ()
    if not held:
        return (NoticeDraft("rebuild", feed.name, "", now, open=False),) if after.news_at == now else ()
    text = (
        f"{feed.name} looks rebuilt: {held} entries came back under new ids or with old dates. They are kept and "
        "matched, but nobody is told of them. Entries that look new go the usual way. "
        f'See them with: wirewatch hits --feed "{feed.name}" --state held. '
        f'If they are news after all: wirewatch release "{feed.name}"'
    )
    return (NoticeDraft("rebuild", feed.name, text, now),)


def _heard(state: FeedState, answer: Answer, upcoming: NextPoll, now: datetime) -> FeedState:
    return replace(
        state,
        interval=upcoming.interval,
        due_at=upcoming.due_at,
        due_reason=upcoming.reason,
        polled_at=now,
        ok_at=now,
        full_at=now if answer.full else state.full_at,
        failures=0,
        failing_since=None,
        error=None,
    )


def _clock(time: datetime) -> str:
    return f"{time:%d %B %H:%M} UTC"
