"""Subscriptions of receivers to the event stream: which types, from where on, paused, replayed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import NotFoundError
from sequences.events.catalogue import expand_types
from sequences.events.cursor import check_event_cursor, read_event_cursor
from services.access.audit import Deed, record
from services.events.read import cursor_before, place_all
from services.webhooks.endpoints import endpoint_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from adapters.postgres.database import Connection
    from services.access.audit import Doer

PAUSED_BY_PERSON = "by_hand"
"""Why a subscription rests: somebody said so."""


@dataclass(frozen=True)
class Replay:
    """A replay.

    Attributes:
        after: the cursor behind which it began.
        until: the last event that it is about.
        done: from 0 to 1; what is posted, by places in the stream.
    """

    after: str
    until: str
    done: float


@dataclass(frozen=True)
class SubscriptionLine:
    """A subscription.

    Attributes:
        endpoint: name of the endpoint.
        types: names of types and groups; none: all.
        state: active, paused, or failed: the receiver is gone, or took nothing for too long.
        reason: why it is paused or failed.
        cursor: everything up to here was posted.
        waiting: events that were read from the stream and are still to be posted.
        behind: places of the stream between the cursor and its end, whatever their types.
        failures: tries since the receiver took one.
        next_try_at: while the receiver takes nothing.
        replay: what was asked for once more; None: nothing, or it is over.
    """

    endpoint: str
    endpoint_id: str
    url: str
    types: list[str]
    with_person: bool
    state: str
    reason: str | None
    cursor: str
    waiting: int
    behind: int
    failures: int
    failing_since: datetime | None
    next_try_at: datetime | None
    replay: Replay | None


@dataclass(frozen=True)
class Subscribing:
    """What to subscribe to.

    Attributes:
        types: names or groups; none: all.
        after: a cursor to begin behind; None: what happens from now on, or where the subscription is.
        with_person: also names and addresses.
    """

    types: Collection[str] = ()
    after: str | None = None
    with_person: bool = False


async def subscribe(
    connection: Connection, doer: Doer, key: str, wanted: Subscribing, now: datetime
) -> SubscriptionLine:
    """Subscribes an endpoint, or changes its subscription. The same again changes nothing.

    Raises:
        NotFoundError: there is no such endpoint.
        RefusedError: no such type, or no such cursor.
    """
    found = await endpoint_of(connection, key)
    expand_types(wanted.types)
    position = await _place(connection, wanted.after) if wanted.after is not None else None
    # What happened until now has its place before the subscription takes the last one.
    await place_all(connection)
    types = sorted(set(wanted.types))
    await queries.put_subscription(
        connection, endpoint_id=found.id, types=types, with_person=wanted.with_person, position=position, at=now
    )
    detail = {"types": types, "with_person": wanted.with_person, "after": wanted.after}
    await record(connection, doer, Deed("endpoint_subscribed", f"endpoint:{found.id}", detail), now)
    return await subscription(connection, found.id)


async def unsubscribe(connection: Connection, doer: Doer, key: str, now: datetime) -> str:
    """Ends a subscription; what waits is not posted any more. Returns the id of the endpoint.

    Raises:
        NotFoundError: there is no such endpoint, or it has no subscription.
    """
    found = await endpoint_of(connection, key)
    if await queries.remove_subscription(connection, endpoint_id=found.id) is None:
        raise _none(found.name)
    await record(connection, doer, Deed("endpoint_unsubscribed", f"endpoint:{found.id}"), now)
    return found.id


async def pause_subscription(connection: Connection, doer: Doer, key: str, now: datetime) -> SubscriptionLine:
    """Posts nothing until it is resumed; what happens meanwhile waits. Paused again, it stays as it is.

    Raises:
        NotFoundError: there is no such subscription.
    """
    return await _set_state(connection, doer, key, "paused", now)


async def resume_subscription(connection: Connection, doer: Doer, key: str, now: datetime) -> SubscriptionLine:
    """Goes on where it is, also after a failure. Resumed again, it stays as it is.

    Raises:
        NotFoundError: there is no such subscription.
    """
    return await _set_state(connection, doer, key, "active", now)


async def replay(
    connection: Connection,
    doer: Doer,
    key: str,
    now: datetime,
    *,
    after: str | None = None,
    since: datetime | None = None,
) -> SubscriptionLine:
    """Posts everything behind a cursor once more, in order, and then what is new. Ids are those of the first time.

    Args:
        connection: in a transaction.
        doer: who asks.
        key: id or name of the endpoint.
        now: UTC.
        after: a cursor; 0: all that is kept.
        since: in place of it: what happened from then on.

    Raises:
        NotFoundError: there is no such subscription.
        RefusedError: no such cursor.
    """
    found = await endpoint_of(connection, key)
    if await queries.lock_subscription(connection, endpoint_id=found.id) is None:
        raise _none(found.name)
    head = await place_all(connection)
    place = await cursor_before(connection, since) if since is not None else await _place(connection, after or "0")
    await queries.replay_subscription(connection, endpoint_id=found.id, after=place, until=head, at=now)
    detail = {"after": str(place), "until": str(head)}
    await record(connection, doer, Deed("endpoint_replayed", f"endpoint:{found.id}", detail), now)
    return await subscription(connection, found.id)


async def subscription(connection: Connection, key: str) -> SubscriptionLine:
    """The subscription of an endpoint.

    Raises:
        NotFoundError: there is no such endpoint, or it has no subscription.
    """
    found = await endpoint_of(connection, key)
    line = await subscription_or_none(connection, found.id)
    if line is None:
        raise _none(found.name)
    return line


async def subscriptions(connection: Connection) -> list[SubscriptionLine]:
    """All of them, by the names of their endpoints."""
    rows = await queries.subscribed_endpoints(connection)
    found = [await subscription_or_none(connection, each) for each in rows]
    return [line for line in found if line is not None]


async def subscription_or_none(connection: Connection, endpoint_id: str) -> SubscriptionLine | None:
    """The same by the id of the endpoint; None: it has none."""
    row = await queries.subscription_of(connection, endpoint_id=endpoint_id)
    if row is None:
        return None
    posted = row.position if row.oldest_waiting is None else min(row.position, row.oldest_waiting - 1)
    return SubscriptionLine(
        endpoint=row.name,
        endpoint_id=row.endpoint_id,
        url=row.url,
        types=row.types,
        with_person=row.with_person,
        state=row.state,
        reason=row.reason,
        cursor=str(posted),
        waiting=row.waiting,
        behind=max(0, row.head - posted),
        failures=row.failures,
        failing_since=row.failing_since,
        next_try_at=row.next_try_at,
        replay=_replay(row.replay_from, row.replay_until, posted),
    )


def _replay(after: int | None, until: int | None, posted: int) -> Replay | None:
    if after is None or until is None or posted >= until:
        return None
    return Replay(str(after), str(until), max(0.0, (posted - after) / (until - after)))


async def _set_state(connection: Connection, doer: Doer, key: str, state: str, now: datetime) -> SubscriptionLine:
    found = await endpoint_of(connection, key)
    reason = PAUSED_BY_PERSON if state == "paused" else None
    changed = await queries.set_subscription_state(connection, endpoint_id=found.id, state=state, reason=reason, at=now)
    if changed is not None:
        word = {"paused": "endpoint_paused", "active": "endpoint_resumed"}[state]
        await record(connection, doer, Deed(word, f"endpoint:{found.id}"), now)
    return await subscription(connection, found.id)


async def _place(connection: Connection, after: str) -> int:
    head = await place_all(connection)
    return check_event_cursor(read_event_cursor(after), head)


def _none(name: str) -> NotFoundError:
    return NotFoundError(f"{name} has no subscription; `relance webhook subscribe {name}` makes one")
