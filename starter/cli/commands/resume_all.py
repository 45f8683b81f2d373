"""``relance resume-all``: resumes what was paused as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sequences.runs.bulk import BulkKind, BulkOrder
from starter.cli.bulk import By, Everything, Follow, Owner, Rate, Reason, Sequence, confirm, order_all, target_of
from starter.cli.options import Json, Key, Yes


def resume_all(
    sequence: Sequence = None,
    owner: Owner = None,
    everything: Everything = False,
    mode: Annotated[
        Literal["shift", "skip", "send_one"] | None,
        typer.Option(help="What to do with steps whose time has passed; default: on_resume of each sequence."),
    ] = None,
    reason: Reason = "",
    by: By = "",
    rate: Rate = None,
    key: Key = None,
    follow: Follow = True,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Resume what pause-all paused, no faster than a rate.

    What a person paused stays paused.
    """
    target = target_of(sequence, owner, everything=everything)
    wanted = BulkOrder(key or "", BulkKind.RESUME, reason, mode or "", rate=rate or 0, by=by)
    confirm(target, "Messages will be sent again. Resume everything?", yes=yes)
    order_all(target, wanted, follow=follow, as_json=as_json)
