"""The command `wirewatch`: its commands in the order of daily use, and how errors end it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar

import typer

from wirewatch.cli import (
    alerts,
    backtest,
    backup,
    check,
    demo,
    doctor,
    edits,
    explain,
    feeds,
    follow,
    hits,
    init,
    ledger,
    man,
    noise,
    receivers,
    release,
    run,
    score,
    service,
    silence,
    status,
    suggest,
    tell,
    transfer,
)
from wirewatch.cli.exits import Exit, exit_for
from wirewatch.cli.groups import Sections, WithDefault
from wirewatch.cli.versions import show_version
from wirewatch.errors import WirewatchError

Command = Callable[..., Any]


TOPICS_HELP = (
    "Show the topics. `topics add TITLE --any 'a, b'` adds one, "
    "`topics ignore TOPIC TEXT` an example that must not fit."
)


class Root(Sections):
    """What a newcomer and what an old hand looks for."""

    sections: ClassVar = {
        "Daily": ("run", "check", "explain", "hits", "feeds", "alerts", "silence", "receivers", "status"),
        "Advanced": (
            "init", "topics", "import", "export", "once", "follow", "release", "retry", "not-this",
            "suggest", "backtest", "score", "doctor", "ledger", "backup", "restore", "reload", "service",
            "tell", "demo", "man",
        ),
    }  # fmt: skip


app = typer.Typer(
    name="wirewatch",
    cls=Root,
    help="Watches newswire feeds for your topics and tells you: soon, once, and with the sentence that matched.",
    epilog="Start with: wirewatch init, then check, then run. To see it at work: wirewatch demo.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def group(name: str, text: str, show: Command, **others: Command) -> None:
    """A command that has subcommands beside what it does by itself."""
    made = typer.Typer(name=name, cls=WithDefault, help=text, rich_markup_mode=None)
    made.command("show", hidden=True)(show)
    for other, command in others.items():
        made.command(other)(command)
    app.add_typer(made)


app.command("run")(run.run)
app.command("check")(check.check)
app.command("explain")(explain.explain)
app.command("hits")(hits.hits)
group("feeds", feeds.GROUP_HELP, feeds.feeds, add=edits.feeds_add)
app.command("alerts")(alerts.alerts)
group("silence", silence.GROUP_HELP, silence.silence, list=silence.silence_list, lift=silence.silence_lift)
group("receivers", receivers.GROUP_HELP, receivers.receivers_list, test=receivers.receivers_test)
app.command("status")(status.status)
app.command("init")(init.init)
group("topics", TOPICS_HELP, edits.topics_list, add=edits.topics_add, ignore=edits.topics_ignore)
app.command("import")(transfer.import_command)
app.command("export")(transfer.export_command)
app.command("once")(run.once)
app.command("follow")(follow.follow)
app.command("release")(release.release)
app.command("retry")(release.retry)
app.command("not-this")(noise.not_this)
app.command("ledger")(ledger.ledger_command)
app.command("backup")(backup.backup_command)
app.command("restore")(backup.restore_command)
app.command("reload")(release.reload)
app.command("backtest")(backtest.backtest)
app.command("suggest")(suggest.suggest)
app.command("doctor")(doctor.doctor)
app.command("score")(score.score)
app.command("tell")(tell.tell)
app.add_typer(service.service)
app.command("demo")(demo.demo)
app.command("man")(man.man)


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", help="Print the versions and end.", is_eager=True, callback=show_version
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
