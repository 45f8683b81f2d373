"""Who did not enter, and why: the list that the command and the HTTP API show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import listings
from adapters.postgres.paging import page
from sequences.auto_enroll.messages import Refusal
from sequences.enrolling.refusals import can_pass, words
from sequences.records.record_view import full_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres import queries
    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class RefusalRow:
    """One refusal. Instants are UTC.

    Attributes:
        name: of the person; None if it is not known.
        reason: for programs.
        words: the reason for people.
        detail: details; no personal data.
        fields: those that must change before the answer can change.
        via: ``rule``, or who asked: ``hand | hook | sequence``.
        state: ``standing`` (the last answer, and not enrolled since), ``passed`` or ``entered``.
        looked_at_again: enrolled automatically when the missing data arrives; False: only by a new match, or by hand.
    """

    sequence: str
    person: str
    name: str | None
    record: str
    reason: str
    words: str
    detail: str
    fields: tuple[str, ...]
    via: str
    state: str
    looked_at_again: bool
    times: int
    first_at: datetime
    at: datetime


async def refusals(connection: Connection, asked: Mapping[str, str | None], *, limit: int) -> list[RefusalRow]:
    """Refusals, the newest first.

    Args:
        connection: in a transaction.
        asked: filter to value, as ``listings.REFUSALS`` names them; None is any.
        limit: of rows.
    """
    return [refusal_row(row) for row in (await page(connection, listings.REFUSALS, asked, limit=limit)).rows]


def refusal_row(row: queries.ListedRefusalsRow) -> RefusalRow:
    """One row of the list."""
    fields = tuple(row.fields)
    return RefusalRow(
        sequence=row.sequence,
        person=row.person_id,
        name=full_name(row.first_name, row.last_name),
        record=row.record_id,
        reason=row.reason,
        words=words(Refusal(row.reason, row.detail, fields)),
        detail=row.detail,
        fields=fields,
        via=row.via,
        state=row.state,
        looked_at_again=row.state == "standing" and row.via == "rule" and can_pass(row.reason),
        times=row.times,
        first_at=row.first_at,
        at=row.at,
    )
