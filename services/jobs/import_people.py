"""The job that imports an uploaded file, and enrolls its people or placements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.access.viewer import Scope
from sequences.number_words import number_of
from services.jobs.job import JobKind, JobOutcome, NewJob
from services.records.people_file import people_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sequences.access.viewer import Viewer
    from services.jobs.job import Job, JobProgress
    from services.records.people_file import ImportChoices, PeopleFile
    from services.records.people_import import ImportDone, PeopleImporting

_STATES = ("created", "updated", "unchanged", "deleted", "refused")


def import_job(viewer: Viewer, file: PeopleFile, rows: int) -> NewJob:
    """What is asked for when somebody imports a file; the same file again asks for nothing new.

    Args:
        viewer: who imports it.
        file: with its choices.
        rows: how many it has.
    """
    owners = viewer.works_with.owners
    parts = (not file.choices.only_enroll) + bool(file.choices.sequence)
    request = {
        "file": file.id,
        "user": file.user_id,
        "owners": owners,
        "steps": rows * parts,
    }
    return NewJob(JobKind.IMPORT_PEOPLE, f"file:{file.name}", file.id, request, viewer.user_id)


@dataclass(frozen=True)
class ImportPeople:
    """``JobKind.IMPORT_PEOPLE``. Done again, what is in already changes nothing, and who is enrolled is not again."""

    importing: PeopleImporting

    async def carry_out(self, job: Job, progress: JobProgress) -> JobOutcome:
        """Imports all rows, then enrolls, then forgets the file."""
        database, owners = self.importing.database, job.request["owners"]
        async with database.statement() as connection:
            file = await people_file(connection, str(job.request["file"]), str(job.request["user"]))
        if file.content is None:
            return JobOutcome("the file was imported before")
        progress.done, progress.total = 0, int(job.request["steps"])

        def step(more: int) -> None:
            progress.done += more

        scope = Scope(None) if owners is None else Scope(tuple(owners))
        came = await self.importing.carry_out(file, scope, f"import:{file.id}", step)
        async with database.statement() as connection:
            await queries.empty_people_file(connection, id=file.id)
        return JobOutcome(_result(came, file.choices), tuple(_notes(came, file.choices.kind)))


def _number(count: int, kind: str) -> str:
    return number_of(count, "person", "people") if kind == "person" else number_of(count, kind)


def _result(came: ImportDone, choices: ImportChoices) -> str:
    words = ", ".join(f"{came.counts[state]} {state}" for state in _STATES if came.counts.get(state))
    return f"{words or 'no rows'}; {_number(came.enrolled, choices.kind)} enrolled" if choices.sequence else words


def _notes(came: ImportDone, kind: str) -> Iterator[str]:
    for each in came.reasons:
        lines = ", ".join(map(str, each.lines)) + (", ..." if each.count > len(each.lines) else "")
        yield f"{number_of(each.count, 'row')} (line {lines}): {each.reason}"
    for words, number in came.not_enrolled:
        yield f"{_number(number, kind)} not enrolled: {words}"
