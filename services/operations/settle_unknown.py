"""Somebody has looked, and says what became of a message of which nobody knew whether it went out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError
from services.sending.contacts import prove_sent

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


async def settle_unknown(connection: Connection, send: str, *, went_out: bool, by: str, now: datetime) -> bool:
    """Settles an unknown send; False: it was settled before, and nothing is changed.

    That it went out is a proof like any other. That it did not ends the search for proofs. The message is not sent
    again because of that: a run whose sequence says ``if_unknown: resend`` does that anyway, in its own time.

    Args:
        connection: in a transaction.
        send: its id.
        went_out: what the person found.
        by: who, for the story of the run.
        now: UTC.

    Raises:
        NotFoundError: there is no such message.
    """
    row = await queries.send_row(connection, id=send)
    if row is None:
        raise NotFoundError(f"there is no message {send}")
    if went_out:
        return await prove_sent(connection, row, now, by=f"{by}, by hand")
    if await queries.resolve_unknown(connection, id=send, resolution="given_up", at=now) is None:
        return False
    await queries.add_run_event(
        connection,
        enrollment_id=row.enrollment_id,
        at=now,
        kind="send_given_up",
        detail={"step": row.step, "send": send, "reason": f"it did not go out, says {by}"},
        key=f"given_up:{send}:{row.attempts}",
    )
    return True
