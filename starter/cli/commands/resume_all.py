"""``relance resume-all``: resumes what was paused as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from sequences.runs.bulk import BulkKind, BulkOrder
from starter.cli.bulk import Follow, Owner, Rate, Reason, Sequence, order_all, target_of
from starter.cli.options import Json, Key


def resume_all(
    sequence: Sequence = None,
    owner: Owner = None,
    mode: Annotated[
        Literal["shift", "skip", "send_one"] | None,
        typer.Option(help="What to do with steps whose time has passed; default: on_resume of each sequence."),
    ] = None,
    reason: Reason = "",
    rate: Rate = None,
    key: Key = None,
    follow: Follow = True,
    as_json: Json = False,
) -> None:
    """Resume what pause-all paused, no faster than a rate.

    What a person paused stays paused.
    """
    wanted = BulkOrder(key or "", BulkKind.RESUME, reason, mode or "", rate=rate or 0)
    order_all(target_of(sequence, owner), wanted, follow=follow, as_json=as_json)
