"""The numbers beside the names of screens: what waits for the viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.console.looking import looking
from services.console.tasks import day_around
from services.console.whose import whose_people
from services.doctor.findings import known_findings
from services.reading.health import dispatchers, outbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Database
    from sequences.access.viewer import Viewer


async def badges(database: Database, viewer: Viewer, now: datetime) -> Mapping[str, int]:
    """The number of each badge, by its name.

    Raises:
        UnavailableError: counting took too long.
    """
    async with looking(database) as connection:
        whose = await whose_people(connection, viewer, mine=True)
        morning, tonight = day_around(now, viewer.timezone)
        tasks = await queries.console_task_counts(
            connection, owners=whose.scope.owners, overdue_before=morning, due_before=tonight
        )
    health = known_findings(await outbox(database, now), await dispatchers(database, now))
    return {"tasks": tasks.due, "health": health}
