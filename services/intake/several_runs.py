"""What a mail means beside an answer to one run: absences for all, answers to one of several, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.email_address import address_key
from services.intake.store_inbound import Arrival, add_reaction

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

ELSEWHERE = "announced_elsewhere"
"""In the detail of an absence: it was told in answer to another mail."""


async def pause_for_absence(connection: Connection, arrival: Arrival, address: str, inbound: str) -> None:
    """Tells every open run that wrote to this address of an absence, whichever mail brought it up.

    Many servers do not answer a mail that looks like a list's (RFC 5230 section 4.6), as ours does by the header that
    RFC 8058 wants: an absence that is told at all may be told about any mail. Anybody can forge one, and gains a pause.
    """
    for send in await queries.open_runs_written_to(connection, address=address_key(address)):
        run = send.enrollment_id
        if await queries.reacts_already(connection, inbound_id=inbound, enrollment_id=run):
            continue
        told = replace(arrival, key=f"{arrival.key}@{run}", detail=dict(arrival.detail) | {ELSEWHERE: True})
        await add_reaction(connection, told, send, inbound)


async def block_for_reading(connection: Connection, send: queries.SendRow | None, inbound: str, at: datetime) -> None:
    """What looks like a person's mail at the address for bounces: the run waits until somebody has looked at it.

    People answer to another address. Whatever comes here and is no bounce is a machine's that the reader does not know,
    or the answer of somebody whose program is odd: an answer must not be sent over, nor a machine's words end a run.
    """
    if send is None:
        return
    await queries.block_run_of_inbound(connection, id=inbound, enrollment_id=send.enrollment_id)
    run = await queries.enrollment_row(connection, id=send.enrollment_id)
    if run is None or not run.owner_id:
        return
    short = inbound[:10]
    await queries.add_notification(
        connection,
        id=f"n{inbound[1:]}-{run.owner_id}",
        owner_id=run.owner_id,
        kind="unmatched",
        title=f"A mail to the bounce address is not a bounce; its run waits. If it is an answer: `relance attach "
        f"{short} {run.id[:10]}`, else `relance dismiss {short}`",
        enrollment_id=run.id,
        person_id=send.person_id,
        created_at=at,
    )


async def block_several(connection: Connection, address: str, inbound: str, at: datetime) -> None:
    """A person's mail that answers one of several runs, nobody knows which: all of them wait until somebody says so.

    ``claim_send`` asks for it, as long as the mail is in the unmatched queue. The owners are told what to do.
    """
    runs = await queries.open_runs_written_to(connection, address=address_key(address))
    if not runs:
        return
    await queries.block_runs_of_inbound(connection, id=inbound, address=address_key(address))
    owners = {run.owner_id: run for run in runs if run.owner_id}
    for owner, run in owners.items():
        await queries.add_notification(
            connection,
            id=f"n{inbound[1:]}-{owner}",
            owner_id=owner,
            kind="unmatched",
            title=f"A mail may answer any of {len(runs)} runs, which wait: `relance attach {inbound[:10]} RUN` or "
            f"`relance dismiss {inbound[:10]}`",
            enrollment_id=run.enrollment_id,
            person_id=run.person_id,
            created_at=at,
        )
