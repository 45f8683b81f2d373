"""``relance texts``: the text messages that the local stack captured."""

# ruff: noqa: PLC0415 - the adapters are imported by the commands that need them.
from __future__ import annotations

from starter.cli import output, tables
from starter.cli.captured import Folder, captured_in
from starter.cli.options import Json
from starter.cli.tables import Whole


def texts(folder: Folder = None, as_json: Json = False) -> None:
    """List the text messages that `relance up` captured.

    What its stand-in for the SMS provider handled, oldest first.
    """
    from starter.local.twilio.ledger import list_sms

    found = list_sms(folder or captured_in("texts_folder"))
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "Texts",
        ("to", "from", "words", "status", "direction", "when"),
        (
            (Whole(item.recipient), Whole(item.sender), item.body, output.state(item.status), item.direction, item.at)
            for item in found
        ),
        empty="no text messages",
    )
