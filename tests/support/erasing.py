"""What erasing a person needs, with Temporal scripted; and everything that a database holds, as text."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from adapters.postgres import queries
from adapters.uploads.store import UploadStore
from sequences.runs.state import Command, CommandAnswer
from sequences.runs.whereabouts import WorkflowRef
from services.access.audit import CLI
from services.jobs.erase_person import ErasePersonJob
from services.jobs.job import Job, JobProgress
from services.privacy.ask_to_erase import ErasureOrder
from services.privacy.erase_person import ErasePerson
from services.privacy.erasure_report import ErasureReport
from starter.composition import organisation_of
from tests.support.rigs.api import UPLOAD_LIMIT, ApiRig, ScriptedRuns


@dataclass
class EndingRuns(ScriptedRuns):
    """A stop ends the run's row, as its workflow would have."""

    api: ApiRig | None = None

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        answer = await super().command(workflow_id, command)
        assert self.api is not None
        await self.api.execute(
            "UPDATE enrollment SET state = 'stopped', reason = $2, ended_at = $3 "
            "WHERE workflow_id = $1 AND run_is_open(state)",
            workflow_id,
            command.reason,
            self.api.now,
        )
        return answer


@dataclass
class ScriptedHistories:
    """Histories by workflow id; ``refuses`` says why none may be deleted."""

    there: set[str] = field(default_factory=set)
    deleted: list[str] = field(default_factory=list)
    refuses: str | None = None

    async def of(self, workflow_ids: Collection[str], runs: Collection[str]) -> list[WorkflowRef]:
        del runs
        return [WorkflowRef(each, "r", is_open=False) for each in sorted(self.there & set(workflow_ids))]

    async def delete(self, found: WorkflowRef) -> str | None:
        if self.refuses is None:
            self.there.discard(found.workflow_id)
            self.deleted.append(found.workflow_id)
        return self.refuses


def uploads_of(api: ApiRig) -> UploadStore:
    """The folder of the rig."""
    return UploadStore(Path(api.uploads.name), UPLOAD_LIMIT)


def erasing_of(api: ApiRig, histories: ScriptedHistories | None = None, **more: Any) -> ErasePerson:
    """Erases people of the rig."""
    values: dict[str, Any] = {
        "database": api.database,
        "runs": EndingRuns(api=api),
        "histories": histories or ScriptedHistories(),
        "keys": organisation_of(api.settings).token_keys,
        "uploads": uploads_of(api),
        "clock": api.clock,
    }
    return ErasePerson(**(values | more))


async def erase(api: ApiRig, person: str, erasing: ErasePerson | None = None, **more: Any) -> ErasureReport:
    """Begins, and carries out."""
    erasing = erasing or erasing_of(api)
    async with api.database.transaction() as connection:
        root = await erasing.asking.begin(connection, ErasureOrder(person, CLI, **more), api.now)
    return await erasing.carry_out(root)


async def carry_out(api: ApiRig, job: str) -> str:
    """As ``relance serve`` would."""
    async with api.database.statement() as connection:
        row = await queries.job_row(connection, id=job)
    assert row is not None
    outcome = await ErasePersonJob(erasing_of(api)).carry_out(Job.of(row), JobProgress())
    await api.execute("UPDATE job SET state = 'done', ended_at = $2 WHERE id = $1", job, api.now)
    return outcome.result


def text_of(value: Any) -> str:
    """A value of a column, with nothing in it hidden by an encoding."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, list):
        return " ".join(text_of(each) for each in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


class Fetches(Protocol):
    """Gives rows: the rig, or a pool."""

    async def fetch(self, sql: str, *values: object) -> list[Any]: ...


async def everything(api: Fetches) -> dict[str, list[dict[str, str]]]:
    """Every row of every table, as text, by table."""
    found = {}
    for table in await api.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"):
        name = table["tablename"]
        rows = [dict(row) for row in await api.fetch(f"SELECT * FROM {name} t ORDER BY t::text")]
        found[name] = [{column: text_of(value) for column, value in row.items()} for row in rows]
    return found


def where_it_says(rows: dict[str, list[dict[str, str]]], words: str) -> set[str]:
    """The columns in which words are, in whichever case."""
    return {
        f"{table}.{column}"
        for table, each in rows.items()
        for row in each
        for column, value in row.items()
        if words.lower() in value.lower()
    }
