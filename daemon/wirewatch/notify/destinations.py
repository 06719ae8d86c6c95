"""From receivers to single destinations: the console, each mail address, each single Apprise target,
the webhook, the file, the program.

Keys hold no secret and are the same after a restart or reload: `screen`, `desk-mail/ops@example.org`, `desk-chat` (the
first target), `desk-chat#2`; a receiver's second address starts with `desk-chat/2`, whatever became of its first. The
ways for machines are always `NAME/webhook`, `NAME/file`, `NAME/exec`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

from wirewatch.core.model import DestinationKey
from wirewatch.core.watchlist import Receiver, ReceiverName, Watchlist
from wirewatch.core.ways import Program, Webhook
from wirewatch.errors import SecretError
from wirewatch.notify.apprise import parse_targets
from wirewatch.notify.sender import Destination, Kind
from wirewatch.notify.services import UNKNOWN_ADDRESS
from wirewatch.notify.webhook import BAD_ADDRESS, read_target

Resolve = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Found:
    """A destination, and what it really is: equal where two receivers mean the same one."""

    destination: Destination
    identity: tuple[str, str] = field(repr=False)


def destinations(watchlist: Watchlist, resolve: Resolve) -> Mapping[ReceiverName, tuple[Destination, ...]]:
    """Each receiver's single destinations, in the order of the file.

    What two receivers share stands in both as the first one's destination, so that it is written to once. An address
    whose secret cannot be resolved is one destination (index None): sending there says which reference is missing.
    An address that Apprise does not know has one as well, whose sending fails for good; `destination_problems` tells
    of it at load.
    """
    first: dict[tuple[str, str], Destination] = {}
    shared: dict[ReceiverName, tuple[Destination, ...]] = {}
    for receiver in watchlist.receivers:
        own = (first.setdefault(found.identity, found.destination) for found in _found(receiver, resolve))
        shared[receiver.name] = tuple(dict.fromkeys(own))
    return shared


def destination_problems(watchlist: Watchlist, resolve: Resolve) -> tuple[str, ...]:
    """What a person should put right before it is needed, one line each; without the secret."""
    problems: list[str] = []
    for receiver in watchlist.receivers:
        for number, address in enumerate(receiver.apprise, start=1):
            place = f"receivers.{receiver.name}.apprise" + (f"[{number}]" if len(receiver.apprise) > 1 else "")
            try:
                known = bool(parse_targets(resolve(address)))
            except SecretError as error:
                problems.append(f"{place}: {error}")
            else:
                problems += [] if known else [f"{place}: {UNKNOWN_ADDRESS}"]
        if receiver.webhook is not None:
            problems += _hook_problems(f"receivers.{receiver.name}.webhook", receiver.webhook, resolve)
    return tuple(problems)


def _hook_problems(place: str, hook: Webhook, resolve: Resolve) -> Iterator[str]:
    try:
        if read_target(resolve(hook.address)) is None:
            yield f"{place}.address: {BAD_ADDRESS}"
    except SecretError as error:
        yield f"{place}.address: {error}"
    try:
        resolve(hook.secret or "")
    except SecretError as error:
        yield f"{place}.secret: {error}"


def _found(receiver: Receiver, resolve: Resolve) -> Iterator[_Found]:
    if receiver.console:
        name = f"{receiver.name}/console" if receiver.apprise else receiver.name
        yield _Found(_destination(receiver, name, "console"), ("console", ""))
    for to in receiver.mail.to if receiver.mail else ():
        found = _destination(receiver, f"{receiver.name}/{parseaddr(to)[1] or to}", "mail", to=to)
        yield _Found(found, ("mail", to.casefold()))
    for number, address in enumerate(receiver.apprise, start=1):
        name = receiver.name if number == 1 else f"{receiver.name}/{number}"
        yield from _apprise(receiver, name, address, resolve)
    yield from _for_machines(receiver, resolve)


def _for_machines(receiver: Receiver, resolve: Resolve) -> Iterator[_Found]:
    hook, file, program = receiver.webhook, receiver.file, receiver.program
    if hook is not None:
        try:
            address = resolve(hook.address)
        except SecretError:
            address = hook.address
        same = hashlib.sha256(f"{address}\0{hook.secret or ''}".encode()).hexdigest()
        found = _destination(receiver, f"{receiver.name}/webhook", "webhook", webhook=hook)
        yield _Found(found, ("webhook", same))
    if file is not None:
        yield _Found(_destination(receiver, f"{receiver.name}/file", "file", file=file), ("file", file))
    if program is not None:
        found = _destination(receiver, f"{receiver.name}/exec", "exec", program=program)
        yield _Found(found, ("exec", "\0".join((program.folder, *program.command))))


def _apprise(receiver: Receiver, name: str, address: str, resolve: Resolve) -> Iterator[_Found]:
    try:
        targets = parse_targets(resolve(address))
    except SecretError:
        targets = ()
    if not targets:
        yield _Found(_destination(receiver, name, "apprise", address=address), ("unread", address))
    for index, target in enumerate(targets):
        key = name if index == 0 else f"{name}#{index + 1}"
        found = _destination(receiver, key, "apprise", address=address, index=index)
        yield _Found(found, ("apprise", target.identity()))


def _destination(
    receiver: Receiver,
    key: str,
    kind: Kind,
    *,
    to: str | None = None,
    address: str | None = None,
    index: int | None = None,
    webhook: Webhook | None = None,
    file: str | None = None,
    program: Program | None = None,
) -> Destination:
    return Destination(
        key=DestinationKey(key),
        receiver=receiver.name,
        timezone=receiver.timezone,
        hold=receiver.hold,
        kind=kind,
        mail=receiver.mail if kind == "mail" else None,
        to=to,
        address=address,
        index=index,
        webhook=webhook,
        file=file,
        program=program,
    )
