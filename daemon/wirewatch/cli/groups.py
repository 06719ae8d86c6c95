"""The shape of the command line: sections in the help, and groups that do something without a subcommand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typer.core import TyperGroup

HELP = ("-h", "--help")


class Sections(TyperGroup):
    """Lists its commands under headings: what is done daily first."""

    sections: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        room = formatter.width - 6 - max(len(name) for name in self.commands)
        for heading, names in self.sections.items():
            rows = [(name, self.commands[name].get_short_help_str(room)) for name in names if name in self.commands]
            with formatter.section(heading):
                formatter.write_dl(rows)


class WithDefault(TyperGroup):
    """`feeds` and `feeds NAME` run its command `show`; `feeds add …` runs `add`."""

    default = "show"

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        own = self.commands[self.default].collect_usage_pieces(ctx)
        pieces = [piece.strip("{}").upper() if piece.startswith("{") else piece for piece in own]
        return [*pieces, "|", "COMMAND [ARGS]..."]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.commands[self.default].format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Subcommands, and what the default command's first argument may be."""
        default = self.commands[self.default]
        argument = next((one for one in default.params if one.param_type_name == "argument"), None)
        names = argument.shell_complete(ctx, incomplete) if argument is not None else []
        return [*super().shell_complete(ctx, incomplete), *names]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing and (not args or (args[0] not in self.commands and args[0] not in HELP)):
            args = [self.default, *args]
        return super().parse_args(ctx, args)
