"""Deliveries that wait, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequences import ids
from tests.support import by_name as queries

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.rigs.api import ApiRig

DELIVERY_URL = "https://crm.example/hook"


async def add_delivery(
    api: ApiRig,
    enrollment: str,
    position: int = 0,
    *,
    kind: str = "webhook",
    at: datetime | None = None,
    cause: str = "finished",
    left_behind: bool = False,
) -> Any:
    """Something that a run asked for and that waits to go out; returns its id."""
    follow_up = ids.follow_up_id(enrollment, cause, position)
    value = {"url": DELIVERY_URL} if kind == "webhook" else "other"
    async with api.database.transaction() as connection:
        await queries.value(
            connection,
            "add_follow_up",
            id=follow_up,
            enrollment_id=enrollment,
            cause=cause,
            event=cause,
            position=position,
            kind=kind,
            state="pending",
            at=at or api.now,
            arguments={kind: value},
        )
    if left_behind:
        await api.execute("UPDATE follow_up SET left_behind = true WHERE id = $1", follow_up)
    return follow_up
