"""``relance health``: does everything answer, is a server away, how long has the oldest send waited."""

# ruff: noqa: PLC0415 - the adapters are imported by the commands that need them.
from __future__ import annotations

import typer

from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import run


def health(as_json: Json = False) -> None:
    """Check that every service Relance needs is working.

    Exit status 1 when something is wrong.

    Postgres, a dispatcher, Temporal, a worker on each queue, the hooks, the mail server, Twilio and the IMAP folders,
    and the age of the oldest send that is due.
    """
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.reading.health import health as asked

    found = run(asked(load_settings(), utc_now()))
    if as_json:
        output.print_json(found)
    else:
        tables.table(
            "Health",
            ("what", "state", "words"),
            ((each.name, "good" if each.good else "wrong", each.words) for each in found.checks),
            empty="nothing to check",
        )
        output.say(f"unknown sends: {found.unknown}; follow-ups given up: {found.dead}")
    if not found.good:
        raise typer.Exit(1)
