"""The command `wirewatch`: its commands in the order of daily use, and how errors end it."""

from __future__ import annotations

import sys

import typer

from wirewatch import __version__
from wirewatch.cli import alerts, backup, check, feeds, hits, ledger, run
from wirewatch.cli.exits import Exit, exit_for
from wirewatch.errors import WirewatchError

app = typer.Typer(
    name="wirewatch",
    help="Watches newswire feeds for your topics and tells you: soon, once, and with the sentence that matched.",
    epilog="Start with: wirewatch check, then: wirewatch run. Every key of the watchlist: config/README.md.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("once")(run.once)
app.command("check")(check.check)
app.command("hits")(hits.hits)
app.command("feeds")(feeds.feeds)
app.command("alerts")(alerts.alerts)
app.command("ledger")(ledger.ledger_command)
app.command("backup")(backup.backup_command)
app.command("restore")(backup.restore_command)


def show_version(wanted: bool) -> None:
    if wanted:
        print(f"wirewatch {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", help="Print the version and end.", is_eager=True, callback=show_version
    ),
) -> None:
    """Watches newswire feeds for your topics and tells you: soon, once, and with the sentence that matched."""


def main() -> None:
    """Run a command; an error that a person may meet ends it with its text and its code, without a traceback."""
    try:
        app()
    except WirewatchError as error:
        print(error, file=sys.stderr)
        sys.exit(exit_for(error))
    except BrokenPipeError:
        sys.exit(Exit.OK)  # `wirewatch hits | head` has seen enough


if __name__ == "__main__":
    main()
