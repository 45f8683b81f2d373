"""Holds on people whose wish not to be contacted a person must confirm first: nothing is sent to them meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from adapters.postgres import queries
from sequences.email_address import address_key

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


async def hold_until_confirmed(
    connection: Connection, send: queries.SendRow, source: str, channel: str, at: datetime
) -> None:
    """Nothing is sent to the person any more, until somebody confirms that the wish is theirs, or denies it.

    For wishes that a person must look at first (``sequences.inbound.trust``): it stops what an opt-out would stop, and
    suppresses nobody. The same source again changes nothing.

    Args:
        connection: in the transaction that stores what came in, or that handles it.
        send: the message that is answered.
        source: id of the reaction, or of the message where no run hears of it.
        channel: that it asks to end, or ``all``.
        at: UTC.
    """
    merged = await queries.merged_people(connection, id=send.person_id)
    people = sorted({send.person_id, *(row.id for row in merged)})
    known = await queries.keys_of_people(connection, people=people)
    addresses = sorted({address_key(send.recipient), *known})
    await queries.hold_opt_out(connection, source=source, people=people, addresses=addresses, channel=channel, since=at)


async def end_hold(connection: Connection, source: str, outcome: Literal["confirmed", "denied"], at: datetime) -> bool:
    """Ends the hold that a reaction or a message made; False: there was none, or it had ended.

    Who confirms a wish suppresses in the same transaction.
    """
    return await queries.end_opt_out_hold(connection, source=source, at=at, outcome=outcome) is not None
