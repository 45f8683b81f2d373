"""``relance mailbox``: mailboxes that their owners connect at Google or Microsoft."""

from __future__ import annotations

import typer

from starter.cli.lists_by_default import ListsByDefault
from starter.cli.mailbox_connections import add_connecting, connections

app = typer.Typer(
    cls=ListsByDefault,
    help="Mailboxes that are connected at Google or Microsoft.\n\n`relance mailbox` is `mailbox list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("list")(connections)
add_connecting(app)
