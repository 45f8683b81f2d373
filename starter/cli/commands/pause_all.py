"""``relance pause-all``: pauses everything of one sequence or one owner, or everything there is."""

# ruff: noqa: PLC0415 - imported by the command, never by `--help`.
from __future__ import annotations

from typing import Annotated

import typer

from sequences.runs.bulk import BulkKind, BulkOrder
from starter.cli.bulk import By, Everything, Follow, Owner, Rate, Reason, Sequence, confirm, order_all, target_of
from starter.cli.options import Json, Key, Yes


def pause_all(
    sequence: Sequence = None,
    owner: Owner = None,
    everything: Everything = False,
    reason: Reason = "",
    until: Annotated[
        str | None,
        typer.Option(
            help="Resume then: a length of time from now (2 hours), an instant or a date (midnight UTC); default: when "
            "somebody does.",
            show_default=False,
        ),
    ] = None,
    by: By = "",
    rate: Rate = None,
    key: Key = None,
    follow: Follow = True,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Pause everything of one sequence or one owner, or everything.

    Sending stops immediately.
    """
    from adapters.clock import utc_now
    from sequences.definition.until_text import read_until

    target = target_of(sequence, owner, everything=everything)
    end = None if until is None else read_until(until, utc_now(), "the end of a pause")
    wanted = BulkOrder(key or "", BulkKind.PAUSE, reason, rate=rate or 0, by=by, until=end)
    confirm(target, "Nothing will be sent to anybody until you resume. Pause everything?", yes=yes)
    order_all(target, wanted, follow=follow, as_json=as_json)
