"""Postgres: its schema, its clock, a restore that is not settled, and rows that stand still."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import migrations, queries
from adapters.postgres.server import clock_and_version
from sequences.number_words import number_of
from sequences.runs.whereabouts import Whereabouts
from services.doctor.findings import HealthFinding, HealthSeverity
from services.operations.bulk import NOT_COMPARED
from services.some_at_once import some_at_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.ports import Runs

CLOCKS: Final = timedelta(seconds=2)
"""So far clocks may be apart."""
_STALE: Final = timedelta(minutes=30)
"""Longer than anything takes that is counted."""
_SAMPLE: Final = 50
_OLDEST: Final = 15
_NAMED: Final = 3
_WAITING: Final = 1_000
_JOURNAL_SECONDS: Final = 6.0
_BACKUPS: Final = "see Backup and restore in docs/operations.md"


async def schema_of(database: Database) -> list[HealthFinding]:
    """Migrations that are missing, or that only a newer release has."""
    async with database.statement() as connection:
        missing, unknown = await migrations.differences(connection)
    found = []
    if missing:
        words = f"{number_of(len(missing), 'migration is', 'migrations are')} missing, the first is {missing[0]}"
        found.append(HealthFinding("migrations", words, "relance serve"))
    if unknown:
        words = f"the database is of a newer release: this one does not know {', '.join(unknown[:_NAMED])}"
        found.append(HealthFinding("migrations", words, "relance --version", severity=HealthSeverity.WARNING))
    return found


async def state_of(database: Database, clock: Callable[[], datetime]) -> list[HealthFinding]:
    """Its version, its clock, and a restore that is not settled."""
    found = []
    async with database.statement() as connection:
        asked = clock()
        told, version = await clock_and_version(connection)
        answered = clock()
        unsettled = await queries.unsettled_restoration(connection)
    apart = clocks_apart(told, asked, answered)
    if apart > CLOCKS:
        words = f"the clocks of Postgres and of this machine are {apart.total_seconds():.0f} s apart"
        found.append(HealthFinding("clock", words, "timedatectl status"))
    if version < _OLDEST * 10_000:
        words = f"Postgres {version // 10_000} is older than {_OLDEST}, the oldest that Relance is for"
        found.append(HealthFinding("Postgres", words, severity=HealthSeverity.WARNING))
    if unsettled is not None:
        found.append(HealthFinding("restore", NOT_COMPARED, "relance reconcile --after-restore --dry-run"))
    return found


def clocks_apart(told: datetime, asked: datetime, answered: datetime) -> timedelta:
    """How far another clock is off at least, whatever the way there and back took.

    Args:
        told: by the other clock.
        asked: ours, before.
        answered: ours, after.
    """
    return max(asked - told, told - answered, timedelta(0))


async def stale_rows(database: Database, now: datetime) -> list[HealthFinding]:
    """What should have gone on long ago."""
    async with database.statement() as connection:
        rows = await queries.stale_rows(connection, before=now - _STALE)
    asked = (
        (rows.starting, "run has waited", "runs have waited", "for the start", "relance serve"),
        (rows.windows, "window has waited", "windows have waited", "for the start", "relance serve"),
        (rows.claimed, "send is", "sends are", "claimed and not settled", "relance worker --queues relance-send"),
        (rows.answers, "answer is", "answers are", "claimed and not settled", "relance worker --queues relance-send"),
    )
    found = []
    for number, one, many, what, command in asked:
        if number:
            words = f"{number_of(number, one, many)} {what} for over {_STALE.total_seconds() / 60:.0f} minutes"
            found.append(HealthFinding("stale rows", words, command))
    return found


async def journal_of(database: Database, path: str, wait: Callable[[float], Awaitable[None]]) -> list[HealthFinding]:
    """Whether opt-outs survive the loss of the database.

    Args:
        database: Postgres.
        path: of ``RELANCE_OPT_OUT_JOURNAL``.
        wait: sleeps; what waits for longer than that is not being written.
    """
    if not path:
        words = "RELANCE_OPT_OUT_JOURNAL is not set: a restore loses opt-outs and erasures since its backup"
        return [HealthFinding("journal", words, _BACKUPS, severity=HealthSeverity.HINT)]
    least = _WAITING
    for pause in (0.0, _JOURNAL_SECONDS):
        await wait(pause)
        async with database.statement() as connection:
            least = min(least, await queries.not_journaled(connection, most=_WAITING) or 0)
    if not least:
        return []
    words = f"{number_of(least, 'opt-out')} and more are not in the journal: relance serve does not write it"
    return [HealthFinding("journal", words, "relance serve", least)]


async def runs_without_workflow(database: Database, runs: Runs, start: str) -> list[HealthFinding]:
    """A sample of open runs, each asked for in Temporal.

    Args:
        database: Postgres.
        runs: Temporal.
        start: the id after which the sample begins; another one each time.
    """
    async with database.statement() as connection:
        rows = await queries.begun_runs(connection, after=start, limit=_SAMPLE)
        rows = rows or await queries.begun_runs(connection, after="", limit=_SAMPLE)
    where = await some_at_once(rows, lambda row: runs.whereabouts(row.workflow_id, row.id))
    gone = sum(each is not Whereabouts.OPEN for each in where)
    if not gone:
        return []
    words = f"{gone} of {number_of(len(rows), 'open run')} that were looked at have no open workflow"
    return [HealthFinding("runs", words, "relance reconcile")]
