"""What goes out to other systems, for people: the list of what waits and what is dead, and another try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.reactions.reviews import OVERRULED
from sequences.sending.deliveries import KINDS, webhook_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection

STATES: Final = ("pending", "dead", "failed", "done")
OPEN: Final = ("pending", "dead")
"""What somebody may want to do something about; the others are for looking things up."""
_A_PAGE: Final = 500


@dataclass(frozen=True)
class DeliveryLine:
    """One delivery.

    Attributes:
        kind: ``webhook`` or ``enroll``.
        to: the address, or the sequence.
        event: what it tells of, such as ``replied.positive``, ``finished`` or ``step:go``; None: written by 0.1.
        state: ``pending``; ``dead``, it could not be delivered; ``failed``, the rules or a review were against it;
            ``done``.
        reason: what the last try came to; of an enrollment that is done, its id.
        at: UTC; when it was asked for.
        tries: since it was asked for, or tried anew.
        next_try_at: UTC; None: it is over, or was not tried yet.
    """

    id: str
    kind: str
    to: str
    event: str | None
    state: str
    reason: str | None
    at: datetime
    tries: int
    next_try_at: datetime | None
    settled_at: datetime | None
    enrollment: str
    sequence: str
    run_state: str
    person: str
    owner: str | None


async def deliveries(connection: Connection, states: Sequence[str] = OPEN, *, limit: int = 100) -> list[DeliveryLine]:
    """Those in the given states, in the order in which they were asked for.

    Args:
        connection: in a transaction.
        states: of ``STATES``.
        limit: how many at the most.
    """
    found = await page(connection, listings.DELIVERIES, {"state": list(states)}, limit=limit)
    return [delivery_of(row) for row in found.rows]


async def retry(connection: Connection, delivery: str) -> DeliveryLine:
    """Makes one delivery wait for a try at once, with a new deadline; one that waits for its next try as well.

    Raises:
        NotFoundError: there is no such delivery.
        RefusedError: it was delivered, or a review overruled it.
    """
    row = await queries.lock_delivery(connection, id=delivery)
    if row is None:
        raise NotFoundError(f"unknown delivery {delivery}; `relance deliveries` lists them")
    if row.state == "done":
        raise RefusedError(RequestRefused.ALREADY_DELIVERED, f"{delivery} was already delivered")
    if row.state == "failed" and row.result == OVERRULED:
        raise RefusedError(
            RequestRefused.OVERRULED,
            f"{delivery} was overruled by a review; to change that, use `relance review set`",
        )
    await queries.restart_delivery(connection, id=delivery)
    return await delivery_line(connection, delivery)


async def redeliver(connection: Connection, delivery: str) -> DeliveryLine:
    """Posts a webhook that was delivered once more, with the same id: for a receiver that lost it.

    Raises:
        NotFoundError: there is no such delivery.
        RefusedError: it was not delivered, or is no webhook.
    """
    row = await queries.lock_delivery(connection, id=delivery)
    if row is None:
        raise NotFoundError(f"unknown delivery {delivery}; `relance deliveries` lists them")
    if row.kind != "webhook" or row.state != "done":
        raise RefusedError(RequestRefused.INVALID, f"{delivery} is no webhook that was delivered; retry it instead")
    await queries.restart_delivery(connection, id=delivery)
    return await delivery_line(connection, delivery)


async def retry_all(connection: Connection) -> int:
    """Makes everything that is dead wait for a try at once; how many those are."""
    number, after = 0, ""
    while rows := await queries.dead_deliveries(connection, after=after, limit=_A_PAGE):
        for row in rows:
            await queries.restart_delivery(connection, id=row)
        number, after = number + len(rows), rows[-1]
    return number


async def delivery_line(connection: Connection, delivery: str) -> DeliveryLine:
    """One delivery.

    Raises:
        NotFoundError: there is none.
    """
    row = await queries.delivery_row(connection, id=delivery)
    if row is None:
        raise NotFoundError(f"unknown delivery {delivery}; `relance deliveries` lists them")
    return delivery_of(row)


def delivery_of(row: queries.DeliveryRow | queries.ListedDeliveriesRow) -> DeliveryLine:
    """One row of the list."""
    value = row.arguments[row.kind]
    assert row.kind in KINDS
    return DeliveryLine(
        id=row.id,
        kind=row.kind,
        to=webhook_target(value) if row.kind == "webhook" else value,
        event=row.event,
        state=row.state,
        reason=row.result,
        at=row.at,
        tries=row.tries,
        next_try_at=row.next_try_at,
        settled_at=row.settled_at,
        enrollment=row.enrollment_id,
        sequence=row.sequence,
        run_state=row.run_state,
        person=row.person_id,
        owner=row.owner_id,
    )
