"""Asks for a job, and asks for its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.jobs.job import CAN_CANCEL

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.jobs.job import NewJob


async def ask_for_job(connection: Connection, asked: NewJob, now: datetime) -> str:
    """Adds a job, unless the same request has; returns its id. The process that serves carries it out.

    Args:
        connection: in a transaction; nothing is done before it commits.
        asked: what.
        now: UTC.
    """
    identity = ids.job_id(asked.kind, asked.subject, asked.key)
    await queries.add_job(
        connection,
        id=identity,
        kind=asked.kind,
        subject=asked.subject,
        request=dict(asked.request),
        user_id=asked.user_id,
        at=now,
    )
    return identity


async def cancel_job(connection: Connection, identity: str, user_id: str | None, now: datetime) -> bool:
    """Asks for its end. What is done already stays; False: it has ended. ``user_id``: None: not known.

    Raises:
        NotFoundError: there is no such job.
        RefusedError: its kind cannot be cancelled.
    """
    row = await queries.job_row(connection, id=identity)
    if row is None:
        raise NotFoundError(f"there is no job {identity}")
    if row.kind not in CAN_CANCEL:
        raise RefusedError(RequestRefused.JOB, "this cannot be cancelled; ask for the opposite instead")
    return await queries.ask_to_cancel_job(connection, id=identity, by=user_id, now=now) is not None
