"""Mails that reached nobody: told where people look, and not followed by "did you see my mail?"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.undelivered import stands_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from activities.planning import RunContext
    from sequences.steps import Step

EVENT = "not_delivered"
"""Kind of the line in the story of a run."""


async def note_undelivered(connection: Any, send: queries.Row, words: str, at: datetime) -> None:
    """Writes down, once, that a report says for good that a mail did not arrive. The address stays good.

    Args:
        connection: in the transaction that stores the report.
        send: the mail's row.
        words: why, for people.
        at: UTC.
    """
    if await queries.value(connection, "send_undelivered", id=send["id"], at=at, reason=words) is None:
        return
    run = await queries.row(connection, "enrollment_row", id=send["enrollment_id"])
    detail = {"step": send["step"], "send": send["id"], "reason": words}
    await queries.value(
        connection, "add_run_event", enrollment_id=send["enrollment_id"], at=at, kind=EVENT, detail=detail,
        key=f"{EVENT}:{send['id']}",
    )  # fmt: skip
    if run is not None and run["owner_id"]:
        people = await queries.rows(connection, "person_names", ids=[send["person_id"]])
        name = " ".join(part for row in people for part in (row["first_name"], row["last_name"]) if part)
        title = f"{send['step']} not delivered ({words})"
        await queries.run(
            connection, "add_notification", id=f"n{send['id'][1:]}-undelivered", owner_id=run["owner_id"],
            kind="send_problem", title=f"{title}: {name}" if name else title, enrollment_id=run["id"],
            person_id=send["person_id"], created_at=at,
        )  # fmt: skip


async def missing_mail(connection: Any, context: RunContext, step: Step, steps: Sequence[queries.Row]) -> str:
    """Why a mail makes no sense now: one that it stands on never went or did not arrive. Empty when it may go.

    Args:
        connection: reads only.
        context: of the run.
        step: the step that is due.
        steps: the run's rows of ``enrollment_step``.
    """
    if context.version.definition.if_undelivered == "continue" or step.email is None:
        return ""
    lost_sends = await queries.rows(connection, "undelivered_of", enrollment_id=context.run.id)
    undelivered = {row["step"]: row["undelivered_reason"] for row in lost_sends}
    states = {row["step"]: row["state"] for row in steps}
    lost = stands_on(context.version.timings, step.id, states, undelivered)
    if not lost:
        return ""
    return f"{lost} was not delivered: {undelivered[lost]}" if lost in undelivered else f"{lost} was not sent"
