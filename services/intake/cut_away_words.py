"""A no beside the words that were found to be a person's: nobody obeys it unseen, and nobody overlooks it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.inbound.opt_out_wish import asked_beside
from sequences.reactions.sentiment import ReviewReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection
    from services.intake.apart import Apart


async def noted_beside(
    connection: Connection,
    enrollment: str,
    asking: Sequence[str],
    detail: Mapping[str, Any],
    apart: Apart = asyncio.to_thread,
) -> dict[str, Any]:
    """What is kept of a reply (``inbound.detail``), with the reason to hold it where lines that ask are not ours.

    Args:
        connection: in the transaction that stores the reply or gives it to the run.
        enrollment: the run; the person may quote any of its messages.
        asking: see ``sequences.inbound.opt_out_wish.asking_lines``.
        detail: of the reply so far.
        apart: compares the texts.
    """
    if not asking:
        return dict(detail)
    sends = await queries.sends_of(connection, enrollment_id=enrollment)
    if not await apart(asked_beside, asking, [row.text for row in sends]):
        return dict(detail)
    return {**detail, "reasons": [*detail.get("reasons", ()), ReviewReason.WISH_IN_OTHER_WORDS.value]}
