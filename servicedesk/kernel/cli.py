"""The command line's frame: commands that load only when called, and errors as one sentence."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

import click
from flask import Flask
from flask.cli import ScriptInfo

from servicedesk.kernel.errors import DeskError
from servicedesk.kernel.settings import InvalidSetting


@dataclass(frozen=True, slots=True)
class Late:
    """A command that lives in a room: where, under which name, and its line in the list of commands.

    It runs inside the desk's application context, unless it is `bare` or one of its own `bare_commands` is
    called: those ask neither settings nor database.
    """

    module: str
    attribute: str
    purpose: str
    bare: bool = False
    bare_commands: tuple[str, ...] = ()

    def needs_desk(self, rest: Sequence[str]) -> bool:
        """Say whether a call with the arguments `rest` needs a desk; an explanation never does."""
        called = {" ".join(rest[:depth]) for depth in (1, 2)}  # a command, or one of a group of commands
        return not (self.bare or "--help" in rest or called & {*self.bare_commands})


class DeskGroup(click.Group):
    """The root of the command line: its own commands, and those of rooms, which are imported when called.

    `factory` makes the desk from the environment.
    """

    def __init__(self, *, late: Mapping[str, Late], factory: Callable[[], Flask], help: str) -> None:  # noqa: A002
        super().__init__("servicedesk", help=help)
        self.late = late
        self.factory = factory

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted([*self.late, *super().list_commands(ctx)])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; one of a room is imported now."""
        found = self.late.get(cmd_name)
        if found is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(found.module), found.attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` call, with the desk's context open if it needs one."""
        name, command, rest = super().resolve_command(ctx, args)
        found = self.late.get(name or "")
        if found is not None and found.needs_desk(rest):
            app = self.factory()
            ctx.obj = ScriptInfo(create_app=lambda: app)
            ctx.with_resource(app.app_context())
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing a single room."""
        shown = [
            name for name in self.list_commands(ctx) if not getattr(self.commands.get(name), "hidden", False)
        ]
        rows = [(name, self._purpose(ctx, name)) for name in shown]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _purpose(self, ctx: click.Context, name: str) -> str:
        if name in self.late:
            return self.late[name].purpose
        command = super().get_command(ctx, name)
        return command.get_short_help_str(limit=100) if command else ""

    def run(self, args: Sequence[str] | None = None) -> NoReturn:
        """Run the command line and end the process; what a person can mend is told in one sentence."""
        with telling_what_to_do():
            self.main(args=args)
        sys.exit(0)


@contextmanager
def telling_what_to_do() -> Iterator[None]:
    """End the process with one sentence instead of a traceback for what a person can mend.

    Exit code 2 for what is set wrongly, 1 for what the desk refused.
    """
    try:
        yield
    except InvalidSetting as error:
        stop(str(error), code=2)
    except DeskError as error:
        stop(error.message, code=1)


def stop(sentence: str, *, code: int) -> NoReturn:
    """Say one sentence on standard error and end the process."""
    click.echo(sentence, err=True)
    sys.exit(code)
