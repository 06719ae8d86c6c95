"""What a good watchlist allows and may still surprise: alerts that no route takes, routes that never come into play,
secrets that are not there. Notes for `wirewatch check`; nothing here is a fault of the file, nothing is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from wirewatch.core.routing import Facts, Misfit, primary, trace
from wirewatch.core.watchlist import Feed, FeedKind, Receiver, Route, Topic, TopicKey, Watchlist
from wirewatch.errors import SecretError

Resolve = Callable[[str], str]
Voice = tuple[FeedKind | None, str | None]  # what routes see of a feed: its kind and primary language

_MOST_NAMED: Final = 5


def notes_of(watchlist: Watchlist, resolve: Resolve) -> tuple[str, ...]:
    """Every note that the loader does not make itself, a sentence each."""
    return (
        *_untaken(watchlist),
        *_idle_routes(watchlist),
        *_disabled(watchlist),
        *secret_problems(watchlist, resolve),
    )


def secret_problems(watchlist: Watchlist, resolve: Resolve) -> tuple[str, ...]:
    """References that cannot be resolved, one line each with its first place: of settings, feeds and mail servers.

    Apprise addresses are the work of `notify.destinations.destination_problems`. No value is ever in a text.
    """
    places: defaultdict[str, list[str]] = defaultdict(list)
    for place, text in _secrets(watchlist):
        try:
            resolve(text)
        except SecretError as error:
            places[str(error)].append(place)
    return tuple(f"{found[0]}{_more(len(found) - 1)}: {what}" for what, found in places.items())


def _secrets(watchlist: Watchlist) -> Iterator[tuple[str, str]]:
    """Every text that may hold a reference, and its place in the watchlist."""
    settings = watchlist.settings
    yield "settings.database", settings.database
    yield from _given("settings", (("proxy", settings.proxy),))
    for feed in watchlist.feeds:
        if feed.enabled:
            yield from _secrets_of(feed)
    for receiver in watchlist.receivers:
        yield from _secrets_of_mail(receiver)


def _secrets_of(feed: Feed) -> Iterator[tuple[str, str]]:
    access, place = feed.access, f"feeds.{feed.name}"
    named = (("headers", access.headers), ("cookies", access.cookies))
    yield f"{place}.url", feed.url
    yield from ((f"{place}.{key}.{name}", value) for key, pairs in named for name, value in pairs)
    login = (("auth", access.user), ("auth", access.password), ("auth", access.token), ("proxy", access.proxy))
    yield from _given(place, login)


def _secrets_of_mail(receiver: Receiver) -> Iterable[tuple[str, str]]:
    if receiver.mail is None:
        return ()
    place = f"receivers.{receiver.name}.mail"
    return _given(place, (("user", receiver.mail.user), ("password", receiver.mail.password)))


def _given(place: str, values: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    yield from ((f"{place}.{key}", value) for key, value in values if value)


def _untaken(watchlist: Watchlist) -> Iterator[str]:
    """Topics that some route names, or may take, and of which nobody is told all the same: by feeds and topics."""
    feeds: defaultdict[Voice, list[str]] = defaultdict(list)
    for feed in watchlist.feeds:
        if feed.enabled:
            feeds[feed.kind, primary(feed.lang)].append(feed.name)
    groups: defaultdict[tuple[Voice, ...], list[TopicKey]] = defaultdict(list)
    for topic in watchlist.topics:
        untold = tuple(voice for voice in feeds if not _is_taken(watchlist.routes, topic, voice))
        if untold and topic.enabled and not topic.trial and _is_named(watchlist.routes, topic):
            groups[untold].append(topic.key)
    for voices, topics in groups.items():
        what = f"{'topic' if len(topics) == 1 else 'topics'} {named(topics)}"
        if len(voices) == len(feeds):
            yield f"No route can take {what}: no feed has the kind, language or priority that its routes ask for."
        else:
            names = named([name for voice in voices for name in feeds[voice]])
            yield f"Nobody is told of {what} from {names} ({_of(voices)}): no route takes them."


def _is_taken(routes: Sequence[Route], topic: Topic, voice: Voice) -> bool:
    kind, lang = voice
    return any(step.told for step in trace(routes, Facts(frozenset((topic.key,)), topic.priority, kind, lang)))


def _is_named(routes: Sequence[Route], topic: Topic) -> bool:
    """Does any route speak of it? If none does, the loader has already said so."""
    steps = trace(routes, Facts(frozenset((topic.key,)), topic.priority, None, None))
    return any(not {Misfit.TOPIC, Misfit.MACHINE} & set(step.misfits) for step in steps)


def _of(voices: Sequence[Voice]) -> str:
    kinds = dict.fromkeys(f"kind {kind.value}" if kind else "no kind" for kind, _ in voices)
    langs = dict.fromkeys(f"language {lang}" if lang else "no language" for _, lang in voices)
    return ", ".join([*kinds, *langs])


def _idle_routes(watchlist: Watchlist) -> Iterator[str]:
    """Routes behind one that takes everything, and routes of which every topic is disabled or on trial."""
    sent = {topic.key for topic in watchlist.topics if topic.enabled and not topic.trial}
    end: Route | None = None
    for route in watchlist.routes:
        if route.machine:
            continue
        if end is not None:
            yield f"Route {route.number} is never reached: route {end.number} takes everything and has no `also: true`."
        elif route.topics and not route.topics & sent:
            yield f"Route {route.number} takes nothing: its topics are all disabled or on trial."
        asks = route.topics or route.kinds or route.langs or route.priorities
        end = route if end is None and not asks and not route.also else end


def _disabled(watchlist: Watchlist) -> Iterator[str]:
    off = {topic.key for topic in watchlist.topics if not topic.enabled}
    for topic in watchlist.topics:
        if topic.enabled and topic.part_of in off:
            yield f"Topic '{topic.key}' is part of '{topic.part_of}', which is disabled: it is told on its own."
    for feed in watchlist.feeds:
        if feed.enabled and feed.about in off:
            yield f"Feed '{feed.name}' is about '{feed.about}', which is disabled: its entries need words of their own."


def named(names: Sequence[str], between: str = ", ") -> str:
    """`a, b, c and 4 more`: the first five."""
    shown = between.join(dict.fromkeys(names[:_MOST_NAMED]))
    return shown + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")


def _more(number: int) -> str:
    return f" (and {number} more)" if number else ""
