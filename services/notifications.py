"""Tells people of our own: a notification is a row for an owner, and the outbox mails what they want mailed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.runs.planning import RunContext


@dataclass(frozen=True)
class NewNotification:
    """What an owner is told.

    Attributes:
        kind: for programs, such as ``send_problem``.
        title: for people.
        at: UTC.
        key: the same key again tells nothing more.
    """

    kind: str
    title: str
    at: datetime
    key: str


async def notify(
    connection: Connection, context: RunContext, notification: NewNotification, whom: str = "owner"
) -> str | None:
    """Tells a recruiter something about a run. Returns a reason when there is nobody to tell.

    Args:
        connection: in a transaction.
        context: of the run.
        notification: its key is unique among all runs; the title gets the person's name.
        whom: ``owner`` or ``assigned_by``.
    """
    owner = colleague(context, whom)
    if owner is None:
        return "not notified: the record has no owner"
    name = context.view.person.get("full_name")
    await queries.add_notification(
        connection,
        id=f"n{notification.key[1:]}",
        owner_id=owner,
        kind=notification.kind,
        title=f"{notification.title}: {name}" if name else notification.title,
        enrollment_id=context.run.id,
        person_id=context.view.person_id,
        created_at=notification.at,
    )
    return None


async def notify_owner(connection: Connection, enrollment: str, notification: NewNotification) -> bool:
    """Tells the owner of the run's record (else the assigned-by user of its sequence); False when there is nobody.

    It needs neither the version nor the record to be readable: what is told here may be that one of them is not.

    Args:
        connection: in a transaction.
        enrollment: id of the run.
        notification: its key is unique among those of the run; the title comes after the name of the sequence.
    """
    told = await queries.notify_owner_of_run(
        connection,
        id=f"n{enrollment[1:]}-{notification.key}",
        enrollment_id=enrollment,
        kind=notification.kind,
        title=notification.title,
        at=notification.at,
    )
    return told is not None


def colleague(context: RunContext, whom: str) -> str | None:
    """Id of the owner, or of the assigned-by user of the sequence, who also stands in for a missing owner."""
    rules = context.version.definition.auto_enroll
    assigned = rules.assigned_by if rules else None
    return (assigned or context.view.owner_id) if whom == "assigned_by" else (context.view.owner_id or assigned)
