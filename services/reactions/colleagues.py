"""A contact replied, or spoke for the whole company: runs about colleagues hear of it, and a person of the wish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.reactions.opt_out.company import company_reasons
from sequences.reactions.same_client import COLLEAGUE, OPTED_OUT, REPLIED, SAME_CLIENT, company_domain
from services.notifications import NewNotification, notify
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.runs.planning import RunContext

COMPANY_OPT_OUT = "company_opt_out"
"""Kind of the notification."""


async def note_colleagues(
    connection: Connection, context: RunContext, reply: queries.ReactionRow | queries.LockReplyRow, now: datetime
) -> None:
    """What a human's reply means beside its own run. Repeated, it changes nothing.

    Args:
        connection: in the transaction that handles the reply.
        context: of its run.
        reply: a reaction of kind ``replied`` that is no automatic answer.
        now: the run's time.
    """
    found = () if reply.no_own_words else company_reasons(reply.reply_text or "")
    client = context.view.person.get("client_id")
    if found:
        await _hold(connection, context, reply, found, now)
    if client:
        rows = await queries.colleagues_runs(
            connection, client_id=str(client), sequence=context.run.sequence, person_id=context.view.person_id
        )
        said = OPTED_OUT if found else REPLIED
        await note_in_runs(connection, [(row.id, row.person_id) for row in rows], reply.id, said, now)


async def note_in_runs(
    connection: Connection, runs: Iterable[tuple[str, str]], reply: str, said: str, now: datetime
) -> None:
    """Writes the reaction of each run, by which its workflow hears of it; it sends nothing until it has handled that.

    Args:
        connection: in a transaction.
        runs: ids of runs and of their people.
        reply: id of the reply that it comes from.
        said: ``replied``, ``opted_out`` or ``suppressed``.
        now: UTC.
    """
    for run, person in runs:
        key = reaction_key("colleague", reply, said, run)
        await write_reaction(
            connection, NewReaction(key, run, person, SAME_CLIENT, now, {COLLEAGUE: said, "reply": reply})
        )


async def _hold(
    connection: Connection,
    context: RunContext,
    reply: queries.ReactionRow | queries.LockReplyRow,
    found: tuple[str, ...],
    now: datetime,
) -> None:
    """A person decides: one contact's words about others suppress nobody by themselves."""
    assert reply.kind == ReactionKind.REPLIED
    send = await queries.send_row(connection, id=reply.send_id) if reply.send_id else None
    address = reply.address or (send.recipient if send else None)
    owner = str(context.view.owner.get("email") or "")
    own = [owner.rpartition("@")[2], (send.sender if send else "").rpartition("@")[2]]
    client = context.view.person.get("client_id")
    added = await queries.add_company_opt_out(
        connection,
        reaction_id=reply.id,
        person_id=context.view.person_id,
        client_id=str(client) if client else None,
        domain=company_domain(address, own),
        reasons=list(found),
        noticed_at=now,
    )
    if added is not None:
        short = reply.id[:10]
        title = f"asks that nobody at the company is written to; `relance companies suppress {short}` or dismiss"
        await notify(connection, context, NewNotification(COMPANY_OPT_OUT, title, now, key=f"{reply.id}-company"))
