"""`wirewatch alerts`: who was told what, by which route, and how each delivery stands."""

from __future__ import annotations

from typing import Annotated

import typer

from wirewatch.cli.complete import receiver_names
from wirewatch.cli.place import (
    DatabaseOption,
    JsonOption,
    LimitOption,
    WatchlistOption,
    clock,
    console,
    control,
    print_json,
)
from wirewatch.core.model import DeliveryState
from wirewatch.core.watchlist import ReceiverName
from wirewatch.store.listing import ListedAlert, ListedDelivery

StateOption = Annotated[
    DeliveryState | None, typer.Option("--state", "-s", help="Only alerts that stand so at one of their destinations.")
]
ReceiverOption = Annotated[
    str | None, typer.Option("--receiver", "-r", help="Only alerts for this receiver.", autocompletion=receiver_names)
]
BeforeOption = Annotated[
    int | None, typer.Option("--before", help="Only alerts with a number below this: the next page.")
]


def alerts(
    state: StateOption = None,
    receiver: ReceiverOption = None,
    before: BeforeOption = None,
    limit: LimitOption = 20,
    json: JsonOption = False,
    watchlist: WatchlistOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show alerts, newest first, with the state of each delivery and the server's last answer."""
    with control(watchlist, database) as watch:
        name = ReceiverName(receiver) if receiver else None
        found = watch.alerts(state=state, receiver=name, before=before, limit=limit)
    if json:
        print_json(found)
    elif not found:
        print("No alerts. See what fitted your topics, and why nobody was told: wirewatch hits")
    else:
        console().print("\n\n".join(in_words(alert) for alert in found), markup=False, soft_wrap=True)


def in_words(alert: ListedAlert) -> str:
    """One alert as a person reads it."""
    topics = ", ".join(alert.topics)
    lines = [
        f"{clock(alert.at)}  {alert.topics[0]}: {alert.title}",
        f"    alert:{alert.id} · {alert.outlet} · topics {topics} · {alert.reason} · route {alert.route}",
        *(f"    {delivery_words(delivery)}" for delivery in alert.deliveries),
    ]
    return "\n".join(lines)


def delivery_words(delivery: ListedDelivery) -> str:
    """How one delivery stands."""
    state = delivery.state.value
    if delivery.state is DeliveryState.DELIVERED:
        state = f"delivered {clock(delivery.delivered_at)}"
    elif delivery.due_at is not None:
        state = f"{state} until {clock(delivery.due_at)}"
    message = f" (message {delivery.message_id})" if delivery.message_id else ""
    attempts = f", attempt {delivery.attempts}" if delivery.attempts > 1 else ""
    answer = f": {delivery.text}" if delivery.text else ""
    return f"{delivery.destination}: {state}{attempts}{message}{answer}"
