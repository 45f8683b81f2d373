"""``relance unmatched``: replies that match no run."""

from __future__ import annotations

from adapters.postgres import listings
from services.reading.id_kinds import IdKind
from starter.cli.list_table import ListTable
from starter.cli.options import Json, Limit

_TABLE = ListTable(
    listings.UNMATCHED,
    "Unmatched",
    ("id", "words", "what", "by", "received"),
    lambda row, names: (
        names.id(IdKind.INBOUND, row.id),
        row.reply_text,
        row.event,
        row.channel,
        row.received_at,
    ),
    "no unmatched messages",
    in_json=("id", "channel", "received_at", "event", "reply_text", "state"),
    own_id=IdKind.INBOUND,
)


def unmatched(limit: Limit = 50, as_json: Json = False) -> None:
    """List replies that match no run.

    The newest first.
    """
    _TABLE.show(limit, as_json=as_json)
