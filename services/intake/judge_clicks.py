"""Judges hits of tracked links and pictures, a while after they came; a person's becomes the reaction of its mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.reactions.click_judgement import ACROSS, AROUND, BURST, Hit, Judgement, judge_click, judge_open
from services.intake.store_inbound import Arrival, add_reaction
from services.reactions.write_reaction import reaction_key
from services.sending.contacts import prove_sent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection, Database

_BATCH = 200


class HitJudging:
    """Any number of them, in any number of processes: each takes hits that no other has taken."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def judge_due(self, now: datetime) -> bool:
        """Judges the hits that are due at ``now`` (UTC), the oldest first; True when there may be more.

        Verdicts and reactions stand together or not at all: who dies in between leaves the hits as they were. Only the
        first human click of a mail is a reaction. A machine's hit too proves that a mail had gone out.
        """
        async with self._database.transaction() as connection:
            due = await queries.due_hits(connection, now=now, limit=_BATCH)
            if not due:
                return False
            around = await _around(connection, [row.id for row in due])
            judged = [(row, _judged(row, around.get(row.id, ()))) for row in due]
            await queries.judge_hits(
                connection,
                ids=[row.id for row in due],
                verdicts=[one.verdict for _, one in judged],
                reasons=[" ".join(one.reasons) for _, one in judged],
                at=now,
            )
            # In one order for everybody: two judges that write reactions of the same mails never wait for each other.
            for row, judgement in sorted(judged, key=lambda pair: (pair[0].send_id, pair[0].at, pair[0].id)):
                if judgement.human or row.state == "unknown":
                    await self._follow(connection, row, now, human=judgement.human)
        return len(due) == _BATCH

    async def _follow(self, connection: Connection, row: queries.DueHitsRow, now: datetime, *, human: bool) -> None:
        send = await queries.send_row(connection, id=row.send_id)
        if send is None:
            return
        await prove_sent(connection, send, now)
        if human and row.pixel:
            await _note_open(connection, send, row, now)
        elif human:
            arrival = Arrival(
                reaction_key("click", send.id),
                "web",
                b"",
                ReactionKind.CLICKED.value,
                row.at,
                detail={"link": row.link_id},
                send=send,
                kind=ReactionKind.CLICKED,
            )
            await add_reaction(connection, arrival, send, None)


def _judged(row: queries.DueHitsRow, around: Sequence[Hit]) -> Judgement:
    judge = judge_open if row.pixel else judge_click
    return judge(_hit(row, pixel=row.pixel), row.claimed_at, around)


async def _note_open(connection: Connection, send: queries.SendRow, row: queries.DueHitsRow, now: datetime) -> None:
    """An open is only reported: no run hears of it and nothing follows, unless the sequence has a rule for opens."""
    kind = ReactionKind.OPENED
    arrival = Arrival(reaction_key("open", send.id), "web", b"", kind.value, row.at, send=send, kind=kind)
    reaction = await add_reaction(connection, arrival, send, None)
    await queries.only_report(connection, id=reaction, at=now)


async def _around(connection: Connection, ids: list[int]) -> dict[int, list[Hit]]:
    found: dict[int, list[Hit]] = {}
    rows = await queries.hits_around(connection, ids=ids, around=AROUND, burst=BURST, across=ACROSS)
    for row in rows:
        found.setdefault(row.about, []).append(_hit(row))
    return found


def _hit(row: queries.DueHitsRow | queries.HitsAroundRow, *, pixel: bool = False) -> Hit:
    return Hit(
        row.at,
        row.method,
        row.user_agent,
        row.address,
        row.prefetch,
        row.link_id,
        row.send_id,
        row.person_id,
        row.honeypot,
        pixel,
    )
