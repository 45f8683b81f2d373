"""What people do about suppressions: adding one for an address, and lifting one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.email_address import address_key, email_problem
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.phone import in_full
from services.operations.person_acts import BY_HAND
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

LONGEST_REASON: Final = 200


def suppressible(text: str, region: str) -> str:
    """The address or number that is meant, as it is compared.

    Args:
        text: as typed.
        region: ISO 3166-1 alpha-2 country in which a number without one is read.

    Raises:
        RefusedError: it is neither.
    """
    written = text.strip()
    if "@" in written:
        problem = email_problem(written)
        if problem is not None:
            raise RefusedError(RequestRefused.INVALID, f"this is not an address: {problem}")
        return address_key(written)
    number = in_full(written, region)
    if number is None:
        raise RefusedError(RequestRefused.INVALID, "this is neither an address nor a number")
    return number


async def suppress_address(connection: Connection, address: str, channel: str, source: str, now: datetime) -> bool:
    """Nobody is contacted at an address any more; False: that was so already.

    Args:
        connection: in a transaction.
        address: of ``suppressible``.
        channel: a name of ``sequences.channels``, or ``all``.
        source: who decided it, such as ``user:u1``.
        now: UTC.
    """
    return await suppress(connection, NewSuppression(channel, BY_HAND, source, now, address=address))


async def lift(connection: Connection, suppression: int, *, by: str, reason: str, now: datetime) -> bool:
    """Lifts a suppression; False: it was lifted before. Others of the same person or address stay.

    Args:
        connection: in a transaction.
        suppression: its id.
        by: who lifts it.
        reason: why; kept beside it.
        now: UTC.

    Raises:
        NotFoundError: there is no such suppression.
        RefusedError: no reason was given.
    """
    if not reason.strip():
        raise RefusedError(RequestRefused.INVALID, "say why it is lifted")
    if not await queries.suppression_is_known(connection, id=suppression):
        raise NotFoundError("there is no such suppression")
    lifted = await queries.lift_suppression(
        connection, id=suppression, at=now, by=by, reason=reason.strip()[:LONGEST_REASON]
    )
    return lifted is not None


async def lift_all(connection: Connection, address: str, *, by: str, reason: str, now: datetime) -> list[int]:
    """Lifts everything that is in force against an address, of its person too; the ids of what was lifted.

    Args:
        connection: in a transaction.
        address: of ``suppressible``.
        by: who lifts it.
        reason: why.
        now: UTC.

    Raises:
        NotFoundError: nothing is in force against it.
        RefusedError: no reason was given.
    """
    found = await queries.suppressions_of_address(connection, address=address)
    if not found:
        raise NotFoundError("nothing is in force against this address")
    return [each for each in found if await lift(connection, each, by=by, reason=reason, now=now)]
