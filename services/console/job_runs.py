"""The runs that a job moved or stopped: exactly those that did what its command said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import listings
from sequences.ids import job_commands
from sequences.runs.state import CommandKind
from services.console.run_lines import RunLines, run_lines
from services.jobs.job import JobKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from services.console.jobs import JobLine

PAGE: Final = 50
COMMANDS: Final[Mapping[str, CommandKind]] = {
    JobKind.MOVE_RUNS: CommandKind.MOVE,
    JobKind.STOP_RUNS: CommandKind.STOP,
}
"""What a kind of job tells its runs."""


async def job_runs(connection: Connection, viewer: Viewer, job: JobLine, cursor: str = "") -> RunLines:
    """A page of the runs that a job moved or stopped, about people whom the viewer sees.

    Raises:
        CursorError: the cursor belongs to another list.
        KeyError: the job does neither.
    """
    asked = {"commands": job_commands(COMMANDS[job.kind], job.id)}
    return await run_lines(connection, viewer, listings.JOB_RUNS, asked, cursor, PAGE)
