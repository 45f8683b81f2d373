"""Ids by their beginning: as short as no other begins so in tables, and back to the whole id in commands."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.reading.id_kinds import IdKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection

_SHORTEST: Final = 5
"""Characters that a person must type of an id of ours; fewer would name another one by accident."""
_SHOWN: Final = 8
"""Characters that are shown at least, so that what was copied today still names the same one in a year."""
_LONG: Final = 18
"""Ids of the CRM up to this length are shown whole and taken whole: 1001 that is not there must not become 10012. The
partial indexes of the migration say the same."""
_NAMED: Final = 5

_BEGINNINGS: Final = {
    IdKind.ENROLLMENT: queries.enrollment_by_prefix,
    IdKind.REACTION: queries.reaction_by_prefix,
    IdKind.DELIVERY: queries.delivery_by_prefix,
    IdKind.INBOUND: queries.inbound_by_prefix,
    IdKind.SEND: queries.send_by_prefix,
    IdKind.TASK: queries.task_by_prefix,
    IdKind.JOB: queries.job_by_prefix,
    IdKind.BATCH: queries.batch_by_prefix,
    IdKind.PERSON: queries.person_by_prefix,
    IdKind.PLACEMENT: queries.placement_by_prefix,
    IdKind.OWNER: queries.owner_by_prefix,
}
_NEIGHBOURS: Final = {
    IdKind.ENROLLMENT: queries.enrollment_neighbours,
    IdKind.REACTION: queries.reaction_neighbours,
    IdKind.DELIVERY: queries.delivery_neighbours,
    IdKind.INBOUND: queries.inbound_neighbours,
    IdKind.SEND: queries.send_neighbours,
    IdKind.TASK: queries.task_neighbours,
    IdKind.JOB: queries.job_neighbours,
    IdKind.BATCH: queries.batch_neighbours,
    IdKind.PERSON: queries.person_neighbours,
    IdKind.PLACEMENT: queries.placement_neighbours,
    IdKind.OWNER: queries.owner_neighbours,
}


async def find(connection: Connection, kind: IdKind, given: str) -> str:
    """The id of one of ours from the id or its beginning.

    Args:
        connection: in a transaction.
        kind: what is meant.
        given: what a person typed.

    Raises:
        NotFoundError: there is none, or the beginning is too short to say which.
        RefusedError: several begin so; the message names them.
    """
    one, _, listed = kind.value
    found = await _beginning_with(connection, kind, given)
    if found is not None:
        return found
    short = f": type at least {_SHORTEST} characters of an id" if len(given) < _SHORTEST else ""
    raise NotFoundError(f"unknown {one} {given}{short}; {listed}")


async def whole_id(connection: Connection, kind: IdKind, given: str) -> str:
    """The id from the id or its beginning; unchanged when there is none: what is asked next says what is wrong.

    For ids of the CRM, and where a name may stand in place of an id. Of the CRM's ids only those of more than 18
    characters have a beginning, of 8 or more: a short id that does not exist must never become somebody else's.

    Raises:
        RefusedError: several begin so; the message names them.
    """
    return await _beginning_with(connection, kind, given) or given


async def shorten(connection: Connection, kind: IdKind, ids: Iterable[str | None]) -> dict[str, str]:
    """For each id the beginning that is shown for it: at least 8 characters, and no other id begins so."""
    wanted = sorted({each for each in ids if each and len(each) > (_SHOWN if kind.ours else _LONG)})
    if not wanted:
        return {}
    rows = await _NEIGHBOURS[kind](connection, ids=wanted)
    return {row.id: _apart(row.id, row.before, row.after) for row in rows}


async def _beginning_with(connection: Connection, kind: IdKind, given: str) -> str | None:
    if not given.isascii() or len(given) < (_SHORTEST if kind.ours else _SHOWN):
        return None
    ids = await _BEGINNINGS[kind](connection, prefix=given, limit=_NAMED + 2)
    if given in ids:
        return given
    if len(ids) > 1:
        raise RefusedError(RequestRefused.AMBIGUOUS, _several(kind, given, sorted(ids)))
    return str(ids[0]) if ids else None


def _several(kind: IdKind, given: str, ids: list[str]) -> str:
    around = ["", *ids, ""]
    shown = [_apart(each, around[place], around[place + 2]) for place, each in enumerate(ids)]
    named = ", ".join(shown[:_NAMED]) + (", ..." if len(ids) > _NAMED else "")
    return f"{given} matches several {kind.value[1]}: {named}; type more of the id"


def _apart(identity: str, *others: str | None) -> str:
    return identity[: max(_SHOWN, *(_common(identity, other or "") + 1 for other in others))]


def _common(one: str, other: str) -> int:
    """How many characters they begin with together."""
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in same)
