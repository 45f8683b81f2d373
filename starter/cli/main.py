"""``relance``: the commands, and what an error becomes. ``panels`` has their order in the help.

Exit statuses: 0 done, 2 bad input, 3 not found, 4 refused by the rules, 5 a server is unavailable, 1 anything else.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from sequences.errors import (
    DefinitionError,
    ModelError,
    NotFoundError,
    RefusedError,
    RelanceError,
    SettingsError,
    TemplateError,
    TokenError,
    UnavailableError,
)
from starter.cli.panels import PANEL_OF, file_of

BAD_INPUT, NOT_FOUND, REFUSED, UNAVAILABLE, OTHER = 2, 3, 4, 5, 1
STATUSES: tuple[tuple[type[RelanceError], int], ...] = (
    (NotFoundError, NOT_FOUND),
    (RefusedError, REFUSED),
    (UnavailableError, UNAVAILABLE),
    (DefinitionError, BAD_INPUT),
    (TemplateError, BAD_INPUT),
    (SettingsError, BAD_INPUT),
    (TokenError, BAD_INPUT),
    (ModelError, BAD_INPUT),
)


def status_of(error: RelanceError) -> int:
    """The exit status for an error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), OTHER)


class CommandTable(Mapping[str, TyperCommand | TyperGroup]):
    """All commands by name; the file of one is imported when that command is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, TyperCommand | TyperGroup] = {}

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        if name not in self._loaded:
            self._loaded[name] = load(name)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in PANEL_OF

    def __iter__(self) -> Iterator[str]:
        return iter(PANEL_OF)

    def __len__(self) -> int:
        return len(PANEL_OF)


def load(name: str) -> TyperCommand | TyperGroup:
    """The command of this name, from its file: a group is ``app`` there, any other is the function of that name.

    Raises:
        KeyError: there is none.
    """
    panel, file = PANEL_OF[name], file_of(name)
    module = import_module(f"starter.cli.commands.{file}")
    part = typer.Typer(rich_markup_mode="rich")
    if hasattr(module, "app"):
        part.add_typer(module.app, name=name)
    else:
        part.command(name)(getattr(module, file))
    command = typer.main.get_group(part).commands[name]
    assert isinstance(command, TyperCommand | TyperGroup)
    command.rich_help_panel = panel
    _flow(command)
    return command


def _flow(command: TyperCommand | TyperGroup) -> None:
    """Joins the lines of each paragraph of a help text: a terminal has other widths than a source file."""
    paragraphs = (command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    if isinstance(command, TyperGroup) and not isinstance(command, RelanceGroup):
        for inner in command.commands.values():
            assert isinstance(inner, TyperCommand | TyperGroup)
            _flow(inner)


class RelanceGroup(TyperGroup):
    """All commands; our own errors become one line and a status, whichever command raised them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = CommandTable()  # type: ignore[assignment]  # typer only reads it
        _flow(self)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command.

        Raises:
            typer.Exit: with the status of the error.
        """
        try:
            return super().invoke(ctx)
        except RelanceError as error:
            from starter.cli.output import warn  # noqa: PLC0415 - rich, when there is something to show

            warn(error.report(), "red")
            raise typer.Exit(status_of(error)) from None


app = typer.Typer(
    cls=RelanceGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    # Typer's own traceback shows local variables, and with them names and addresses.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    from starter.version import version  # noqa: PLC0415 - reads the metadata of the package

    typer.echo(f"relance {version()}")
    raise typer.Exit


@app.callback()
def _relance(
    shown: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Durable outreach sequences for recruiting.

    Exit status: 0 done, 2 bad input, 3 not found, 4 refused, 5 a server is unavailable, 1 anything else.
    """


def main() -> None:
    """The entry point of the package."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows "?", and the command still does its work.
            stream.reconfigure(errors="replace")
    # We use no plugins of pydantic, and looking for some reads the metadata of every installed package at each start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    try:
        app(prog_name="relance")
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else int(end.code is not None))


def _leave(status: int) -> NoReturn:
    """Ends the process.

    The threads of Temporal's client call back into Python while it shuts down, and then the process aborts although its
    work is done. What must be closed was closed by the command itself; only what is buffered is left.
    """
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read it has gone
            stream.flush()
    if "temporalio.bridge.client" in sys.modules:
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
