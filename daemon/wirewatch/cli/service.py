"""`wirewatch service install` and `remove`: the watch as a service of systemd."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wirewatch.service import Change, Installation, hidden_part, next_steps, own_command

RootOption = Annotated[
    Path, typer.Option("--root", help="The system to install into, where it is not the running one.", show_default="/")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and change nothing.")]
UserOption = Annotated[str, typer.Option("--user", help="The user, and the group, that the service runs as.")]

HIDDEN = (
    "{}: lies in a person's home, which the service cannot see: it will not start. Install wirewatch elsewhere: "
    "python3 -m venv /opt/wirewatch && /opt/wirewatch/bin/pip install wirewatch, with an interpreter of the system; "
    "then: /opt/wirewatch/bin/wirewatch service install"
)

service = typer.Typer(name="service", help="The watch as a service of systemd.", no_args_is_help=True)


@service.command("install")
def service_install(
    root: RootOption = Path("/"), dry_run: DryRunOption = False, user: UserOption = "wirewatch"
) -> None:
    """Put units, user, rights and a first watchlist in place. Again: brings them up to date."""
    command = own_command()
    changes = Installation(root, command, user, dry_run).install()
    _say(changes, dry_run)
    if hidden := hidden_part((command[0], sys.executable)):
        print(HIDDEN.format(hidden), file=sys.stderr)
    steps = next_steps(changes, root)
    if not steps:
        print("Nothing changed.")
        return
    print("Now run, as root:")
    print("\n".join(f"  {step}" for step in steps))
    print(f"To let somebody edit the watchlist and use the commands: usermod -aG {user} NAME")


@service.command("remove")
def service_remove(root: RootOption = Path("/"), dry_run: DryRunOption = False) -> None:
    """Take the units away. The watchlist, the database and the user stay."""
    changes = Installation(root, own_command(), dry_run=dry_run).remove()
    _say(changes, dry_run)
    if any(change.is_done for change in changes):
        print("Now run, as root:\n  systemctl daemon-reload")
    print("What you wrote and what was kept is still there: /etc/wirewatch, /var/lib/wirewatch; README.md of systemd/")


def _say(changes: tuple[Change, ...], dry_run: bool) -> None:
    would = " (dry run)" if dry_run else ""
    for change in changes:
        print(f"{change.path}: {change.outcome.value}{would if change.is_done else ''}")
