"""Batches that wait for a person's yes, and the switch of a sequence's rules. In the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from adapters.postgres import queries
from sequences import ids
from sequences.errors import NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from sequences.auto_enroll.messages import Origin


@dataclass(frozen=True)
class Occasion:
    """Why a rule is asked about records, and when.

    Attributes:
        origin: what made the rule look.
        nonce: of the look; the same matches with the same one enter once.
        now: UTC; the watcher's or the scan's own time.
        batch: a scan, or a batch of changes, that was held: its matches go there. None: none is held yet.
        released: the matches come out of the queue; they were counted when they went in.
        paged: a page of a scan or of a large batch, which is announced as a whole. A large batch was also counted as a
            whole, and what is left of it is small enough.
    """

    origin: Origin
    nonce: str
    now: datetime
    batch: str | None = None
    released: bool = False
    paged: bool = False


async def approve(connection: Connection, key: str, by: str, now: datetime) -> int:
    """Lets a batch go on; the next pass of the watcher (wake it) enters them, evaluated again, within max_per_day.

    Args:
        connection: in a transaction.
        key: id of a batch, or a sequence: all its held batches.
        by: who said yes.
        now: UTC.

    Returns:
        How many records wait for the watcher now.

    Raises:
        NotFoundError: nothing of that id or sequence is held (any more).
    """
    return await _decide(connection, key, _APPROVE, by, now)


async def discard(connection: Connection, key: str, by: str, now: datetime) -> int:
    """Drops a batch: nobody in it enters because of it, nor is found by the next scan.

    Arguments, result and errors as ``approve``.
    """
    return await _decide(connection, key, _DISCARD, by, now)


class _Moves(Protocol):
    async def __call__(self, connection: Connection, *, batch: str) -> int: ...


@dataclass(frozen=True)
class _Verdict:
    """The state that a batch gets, and the query that carries it out."""

    state: str
    moves: _Moves


_APPROVE = _Verdict("approved", queries.approve_queue)
_DISCARD = _Verdict("discarded", queries.discard_queue)


async def _decide(connection: Connection, key: str, verdict: _Verdict, by: str, now: datetime) -> int:
    batches = await queries.batches_awaiting_approval_of(connection, key=key)
    # In the order of all who let people in, so that two of them never wait for each other.
    for sequence in sorted({row.sequence for row in batches}):
        await queries.lock_entering(connection, sequence=sequence)
    records = 0
    decided = False
    for row in batches:
        if await queries.decide_rule_batch(connection, id=row.id, state=verdict.state, by=by, at=now):
            decided = True
            records += await verdict.moves(connection, batch=row.id)
            if verdict is _DISCARD and row.scanned_at is not None:
                await queries.forget_scanned(connection, sequence=row.sequence, at=row.scanned_at)
    if not decided:
        raise NotFoundError(f"no batch awaits approval under {key!r}; `relance batches` lists what waits")
    return records


async def new_batch(connection: Connection, version: Version, records: int, occasion: Occasion) -> str:
    """Makes a batch that awaits approval, or finds the one of that nonce; ``Queue.hold`` fills it.

    The caller holds the sequence's entering lock.
    """
    batch = ids.batch_id(version.sequence, occasion.origin.value, occasion.nonce)
    await queries.add_rule_batch(
        connection,
        id=batch,
        sequence=version.sequence,
        version=version.version,
        origin=occasion.origin.value,
        records=records,
        at=occasion.now,
    )
    return batch


async def switch_on(connection: Connection, version: Version, now: datetime) -> datetime | None:
    """At publish: remembers since when the rules of the newest version count.

    Rules that are as they were keep their instant, so that an edited template makes no scan forget anybody.

    Returns:
        Since when (UTC); None when the version has no rules: then they are switched off.
    """
    rules = version.definition.auto_enroll
    if rules is None:
        await switch_off(connection, version.sequence, now)
        return None
    known = await queries.rule_state_row(connection, sequence=version.sequence)
    since, as_before = now, False
    if known is not None:
        before = await queries.version_row(connection, sequence=version.sequence, version=known.version)
        after = version.definition.model_dump(mode="json")
        if before is not None and _conditions(before.definition) == _conditions(after):
            since, as_before = known.since, True
    if not as_before:
        # Other rules count from now on: whom the former ones refused does not wait for these.
        await queries.refusals_of_sequence_passed(connection, sequence=version.sequence)
    await queries.set_rule_state(connection, sequence=version.sequence, version=version.version, since=since)
    return since


async def switch_off(connection: Connection, sequence: str, now: datetime, *, by: str = "publish") -> None:
    """No rules any more: nobody waits for them, and held batches are discarded, ``by`` what switches them off."""
    await queries.lock_entering(connection, sequence=sequence)
    for row in await queries.batches_awaiting_approval_of(connection, key=sequence):
        await queries.decide_rule_batch(connection, id=row.id, state="discarded", by=by, at=now)
    await queries.drop_queue(connection, sequence=sequence)
    await queries.refusals_of_sequence_passed(connection, sequence=sequence)
    await queries.drop_rule_state(connection, sequence=sequence)


def _conditions(definition: dict[str, Any]) -> tuple[Any, ...]:
    """Who enters. How many, how often and for whom does not make anybody match who did not."""
    rules = definition.get("auto_enroll") or {}
    return (definition.get("record"), rules.get("historical"), rules.get("qualitative"), rules.get("real"))
