"""An answer as a person reads it: the short answer first, then what it rests on. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final

from wirewatch.core.match import Condition, words_in_place
from wirewatch.core.model import HIT_WORDS, DeliveryState
from wirewatch.core.routing import Facts, Misfit, Step
from wirewatch.core.silencing import Silence
from wirewatch.core.watchlist import Priority
from wirewatch.explain.answer import Answer, Told, TopicAnswer
from wirewatch.store.listing import ListedAlert, ListedDelivery
from wirewatch.store.overview import Record

Zone = tzinfo | None

_MOST_NAMED: Final = 3
_ON_ITS_WAY: Final = frozenset((DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.HELD))


def in_words(answer: Answer, zone: Zone) -> str:
    """The whole answer, the short one in its first line. zone: for clock times; None: the machine's."""
    blocks = (
        [short(answer, zone)],
        _about(answer),
        _topics("It fits:", answer.fits),
        _topics("It does not fit:", answer.near),
        _way(answer, zone),
        _silences(answer, zone),
        _history(answer.asked.record, zone) if answer.asked.record else (),
    )
    return "\n".join(line for block in blocks for line in block)


def short(answer: Answer, zone: Zone) -> str:
    """One sentence: was it told, or would it be; and the first reason."""
    record = answer.asked.record
    if answer.topic is not None and answer.near:
        return f"No: it does not fit {answer.near[0].title}, {_obstacle(answer.near[0])}."
    if record is not None and record.alerts:
        return _what_became(record.alerts, answer.now, zone)
    if record is not None and record.hits:
        topics = _listed([_title(answer, hit.topic) for hit in record.hits])
        return f"No: it fits {topics}; {_listed(HIT_WORDS[hit.state] for hit in record.hits)}."
    if record is not None and answer.fits:
        topics = _listed(one.title for one in answer.fits)
        return f"No: no topic fitted when it came; {topics} would now, but what is kept is not told again."
    return _would_be(answer, zone)


def _would_be(answer: Answer, zone: Zone) -> str:
    if not answer.fits and not answer.steps:
        return _nothing_fits(answer)
    topics = _listed(one.title for one in answer.fits)
    if answer.facts is None:
        return f"No: it fits only {topics}, on trial: counted, never sent."
    if not answer.told:
        return f"No: it fits {topics}, but no route takes it."
    free = [told for told in answer.told if told.silence is None and not told.held]
    if free:
        others = [_kept_back(told) for told in answer.told if told not in free]
        return "; ".join([f"Yes: {_receivers(free)} would be told ({_routes(free)})", *others]) + "."
    held = [told for told in answer.told if told.silence is None]
    if held:
        return f"Not at once: {_receivers(held)} would be told ({_routes(held)}) when released: " + ", ".join(
            f"wirewatch release {told.receiver}" for told in held
        )
    silence = next(told.silence for told in answer.told if told.silence is not None)
    title, until = _title(answer, silence.topic), _time(silence.until, answer.now, zone)
    return f"No: {title} is silenced until {until} ({silence.because}); else {_receivers(answer.told)} would be told."


def _kept_back(told: Told) -> str:
    return f"{told.receiver} {'is silenced' if told.silence is not None else 'only when it is released'}"


def _nothing_fits(answer: Answer) -> str:
    if not answer.near:
        return "No: no topic fits, and no word of one stands in it."
    nearest = answer.near[0]
    return f"No: no topic fits; nearest is {nearest.title}, {_obstacle(nearest)}."


def _obstacle(miss: TopicAnswer) -> str:
    return "but " + " and ".join(_lacks(failed) for failed in miss.failed[:_MOST_NAMED])


def _lacks(failed: str) -> str:
    """`not found: …` within a sentence."""
    return failed.replace("not found: a name", "it has no name").replace("not found: ", "it has no ")


def _what_became(alerts: Sequence[ListedAlert], now: datetime, zone: Zone) -> str:
    """Who of the receivers was told, and when; the others with their reason."""
    told, others, waits = [], [], False
    for alert in alerts:
        for delivery in alert.deliveries:
            if delivery.state is DeliveryState.DELIVERED:
                told.append(f"{delivery.destination} at {_time(delivery.delivered_at, now, zone)} (alert {alert.id})")
            else:
                others.append(f"{_undelivered(delivery, now, zone)} (alert {alert.id})")
                waits = waits or delivery.state in _ON_ITS_WAY
    if told:
        return f"Yes: told {_listed(told)}" + (f"; {'; '.join(others)}" if others else "") + "."
    return f"{'Not yet' if waits else 'No'}: {'; '.join(others) or 'its alerts had no destination'}."


def _undelivered(delivery: ListedDelivery, now: datetime, zone: Zone) -> str:
    until = f" until {_time(delivery.due_at, now, zone)}" if delivery.state is DeliveryState.WAITING else ""
    text = f": {delivery.text}" if delivery.text else ""
    return f"{delivery.destination} is {delivery.state.value}{until if delivery.due_at else ''}{text}"


def _about(answer: Answer) -> Iterator[str]:
    asked = answer.asked
    title = " ".join(asked.entry.title.split()) or "(no title)"
    yield f"    {title}"
    feed = f", as from {asked.feed.name}" if asked.feed.name else ", from no feed of the watchlist"
    yield f"    {asked.source}{feed}"
    if asked.entry.link:
        yield f"    {asked.entry.link}"


def _topics(heading: str, topics: Sequence[TopicAnswer]) -> Iterator[str]:
    if topics:
        yield heading
    for one in topics:
        trial = ", on trial" if one.trial else ""
        place = f" ({one.prominence.value}{trial})" if one.prominence else ""
        yield f"    {one.title}{place}: {one.why}"
        if one.sentence:
            yield f'        "{" ".join(marked(one.sentence, one.marks).split())}"'
        if one.rule is not None and one.rule.parts:
            yield from _rule(one.rule, "        ")


def _rule(condition: Condition, indent: str) -> Iterator[str]:
    """A condition and its parts, a line each: does it hold, what does it ask, which words count or why none do."""
    why = words_in_place(condition.spans) if condition.spans and not condition.parts else ""
    if not condition.holds and (condition.nearly or condition.parts):  # else it says no more than what is asked
        why = condition.failed
    yield f"{indent}{'yes' if condition.holds else 'no '}  {condition.asks}{f': {why}' if why else ''}"
    for part in condition.parts:
        yield from _rule(part, indent + "     ")


def _way(answer: Answer, zone: Zone) -> Iterator[str]:
    if answer.facts is None:
        return
    yield "The way through the routes, with the watchlist of now:"
    decided = 0
    for step in answer.steps:
        yield f"    route {step.route.number}: {_step(step, answer.facts, decided)}"
        if step.reached and not step.misfits and not step.route.also:
            decided = step.route.number
    for told in answer.told:
        yield f"    {told.receiver}: {_destinations(told, zone)}"


def _step(step: Step, facts: Facts, decided: int) -> str:
    if step.misfits:
        return "does not fit, because " + " and ".join(_misfit(step, misfit, facts) for misfit in step.misfits)
    if not step.reached:
        return f"fits, but is not reached: route {decided} has decided"
    if not step.told:
        return "fits, but an earlier route told its receivers"
    return f"fits, goes to {_listed(step.told)}" + (", and on to the next route" if step.route.also else "")


def _misfit(step: Step, misfit: Misfit, facts: Facts) -> str:
    """What the route asks for, and what this entry has instead."""
    route = step.route
    kind = facts.kind.value if facts.kind else "of no kind (no feed says)"
    asked = {
        Misfit.TOPIC: (route.topics, ", ".join(sorted(facts.topics))),
        Misfit.KIND: ([one.value for one in route.kinds], kind),
        Misfit.LANG: (route.langs, facts.lang or "in no known language"),
        Misfit.PRIORITY: ([spelled(one) for one in route.priorities], spelled(facts.priority)),
        Misfit.PROMINENCE: (route.prominences, f"{facts.prominence}"),
        Misfit.TAG: (route.tags, ", ".join(sorted(facts.tags or ())) or "without tags"),
        Misfit.OUTLET: (route.outlets, facts.outlet or "of no outlet"),
        Misfit.SOURCE: (route.sources, facts.source or "from no feed"),
    }
    if misfit not in asked:
        return misfit.value
    wanted, has = asked[misfit]
    return f"{misfit.value}: {', '.join(sorted(wanted))}; this is {has}"


def _destinations(told: Told, zone: Zone) -> str:
    text = f"{_listed(told.destinations)}, by route {told.route}"
    if told.moment and told.due_at is not None:
        text += f"; {told.moment} ({_stamp(told.due_at, zone)})"
    if told.held:
        text += f"; held until released: wirewatch release {told.receiver}"
    return text + ("; silenced" if told.silence is not None else "")


def _silences(answer: Answer, zone: Zone) -> Iterator[str]:
    for silence in answer.silences:
        yield f"Silence: {_silence(silence, answer, zone)}"


def _silence(silence: Silence, answer: Answer, zone: Zone) -> str:
    by = f", by {silence.by}" if silence.by else ""
    until = _time(silence.until, answer.now, zone)
    return f"{_title(answer, silence.topic)} until {until}{by}, because {silence.because}"


def _history(record: Record, zone: Zone) -> Iterator[str]:
    yield "What became of it:"
    yield f"    {_stamp(record.seen_at, zone)}  came by {record.via} from {record.feed}: {record.verdict}"
    for hit in record.hits:
        yield f"    {_stamp(hit.at, zone)}  hit {hit.id}, {hit.topic}: {HIT_WORDS[hit.state]}"
    for alert in record.alerts:
        about = f"alert {alert.id} for {alert.receiver} by route {alert.route}: {alert.reason}"
        yield f"    {_stamp(alert.at, zone)}  {about}"
        yield from (f"        {_delivery(delivery, zone)}" for delivery in alert.deliveries)


def _delivery(delivery: ListedDelivery, zone: Zone) -> str:
    at = delivery.delivered_at or delivery.due_at
    when = f" {_stamp(at, zone)}" if at is not None else ""
    until = " until" if delivery.delivered_at is None and at is not None else ""
    attempts = f", attempt {delivery.attempts}" if delivery.attempts > 1 else ""
    doubt = ", its answer was lost" if delivery.unknown else ""
    text = f": {delivery.text}" if delivery.text else ""
    return f"{delivery.destination}: {delivery.state.value}{until}{when}{attempts}{doubt}{text}"


def spelled(priority: Priority) -> str:
    """A priority as the watchlist spells it."""
    return priority.name.lower()


def marked(text: str, marks: Iterable[tuple[int, int]]) -> str:
    """The text with [brackets] round the matched words."""
    for start, end in sorted(marks, reverse=True):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


def _title(answer: Answer, topic: str) -> str:
    return next((one.title for one in answer.fits if one.topic == topic), topic)


def _receivers(told: Sequence[Told]) -> str:
    return _listed(one.receiver for one in told)


def _routes(told: Sequence[Told]) -> str:
    numbers = dict.fromkeys(str(one.route) for one in told)
    return f"route{'' if len(numbers) == 1 else 's'} {_listed(numbers)}"


def _listed(words: Iterable[str]) -> str:
    """`a, b and c`, each once."""
    names = list(dict.fromkeys(words))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _time(at: datetime | None, now: datetime, zone: Zone) -> str:
    """A clock time: "07:04" today, with its date on other days."""
    if at is None:
        return "a time not known"
    then = at.astimezone(zone)
    return f"{then:%H:%M}" if then.date() == now.astimezone(zone).date() else _stamp(at, zone)


def _stamp(at: datetime, zone: Zone) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
