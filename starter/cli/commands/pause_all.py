"""``relance pause-all``: pauses everything of one sequence or one owner."""

from __future__ import annotations

from sequences.runs.bulk import BulkKind, BulkOrder
from starter.cli.bulk import Follow, Owner, Rate, Reason, Sequence, order_all, target_of
from starter.cli.options import Json, Key


def pause_all(
    sequence: Sequence = None,
    owner: Owner = None,
    reason: Reason = "",
    rate: Rate = None,
    key: Key = None,
    follow: Follow = True,
    as_json: Json = False,
) -> None:
    """Pause everything of one sequence or one owner.

    Sending stops immediately.
    """
    wanted = BulkOrder(key or "", BulkKind.PAUSE, reason, rate=rate or 0)
    order_all(target_of(sequence, owner), wanted, follow=follow, as_json=as_json)
