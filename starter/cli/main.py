"""``relance``: the commands, and what an error becomes. ``panels`` has their order in the help.

Exit statuses: 0 done, 2 bad input, 3 not found, 4 refused by the rules, 5 a server is not there, 1 anything else.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

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
from starter.cli.commands import (
    attach,
    bulk,
    calendar,
    captured,
    deliveries,
    explain,
    fields,
    health,
    hits,
    import_file,
    inbound,
    lint,
    lists,
    migrate,
    notify,
    preview,
    publish,
    reconcile,
    refusals,
    render,
    review,
    rules,
    runs,
    sentiment,
    sequences,
    setup,
    stack,
    unknown,
    unreachable,
    windows,
)
from starter.cli.output import warn
from starter.cli.panels import ORDER, panel_of

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


def _flow(command: Any) -> None:
    """Joins the lines of each paragraph of a help text: a terminal has other widths than a source file."""
    paragraphs = (command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for inner in getattr(command, "commands", {}).values():
        _flow(inner)


class RelanceGroup(TyperGroup):
    """All commands; our own errors become one line and a status, whichever command raised them."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for name, command in self.commands.items():
            command.rich_help_panel = panel_of(name)  # type: ignore[attr-defined]
        _flow(self)

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of the panels."""
        return sorted(super().list_commands(ctx), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def invoke(self, ctx: Any) -> Any:
        """Runs the command.

        Raises:
            typer.Exit: with the status of the error.
        """
        try:
            return super().invoke(ctx)
        except RelanceError as error:
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
    try:
        typer.echo(f"relance {version('relance')}")
    except PackageNotFoundError:
        typer.echo("relance (from source, not installed)")
    raise typer.Exit


@app.callback()
def _relance(
    shown: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Durable outreach sequences for recruiting.

    Exit status: 0 done, 2 bad input, 3 not found, 4 refused, 5 a server is not there, 1 anything else.
    """


for part in (
    stack,
    sequences,
    publish,
    preview,
    lint,
    rules,
    explain,
    refusals,
    fields,
    runs,
    hits,
    bulk,
    reconcile,
    migrate,
    calendar,
    lists,
    attach,
    unreachable,
    import_file,
    captured,
    unknown,
    render,
    notify,
    health,
):
    part.register(app)
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(windows.app, name="windows")
app.add_typer(inbound.app, name="inbound")
app.add_typer(review.app, name="review")
app.add_typer(sentiment.app, name="sentiment")
app.add_typer(setup.app, name="setup")


def main() -> None:
    """The entry point of the package."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character shows "?", and the command still does its work.
            stream.reconfigure(errors="replace")
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
