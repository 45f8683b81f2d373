"""The stories of several runs at once: as ``relance show`` tells one, with a handful of statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol, TypeVar

from adapters.postgres import queries
from services.reading.run_story import assemble
from services.reading.run_story_words import RunRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from services.reading.run_story import Timeline


class _OfRun(Protocol):
    @property
    def enrollment_id(self) -> str: ...


_R = TypeVar("_R", bound=_OfRun)


async def run_stories(
    connection: Connection, versions: Versions, ids: Sequence[str], person_name: str | None
) -> tuple[Timeline, ...]:
    """The stories of one person's runs, in the order of the ids.

    Args:
        connection: in a transaction.
        versions: of sequences; each is read once.
        ids: of enrollments.
        person_name: whose they are.
    """
    if not ids:
        return ()
    runs = {row.id: row for row in await queries.console_runs(connection, ids=ids)}
    steps = _by_run(await queries.steps_of_runs(connection, ids=ids))
    sends = _by_run(await queries.console_sends_of_runs(connection, ids=ids))
    reactions = _by_run(await queries.console_reactions_of_runs(connection, ids=ids))
    follow_ups = _by_run(await queries.console_follow_ups_of_runs(connection, ids=ids))
    pauses = _by_run(await queries.pauses_of_runs(connection, ids=ids))
    tasks = _by_run(await queries.console_tasks_of_runs(connection, ids=ids))
    events = _by_run(await queries.console_events_of_runs(connection, ids=ids))
    causes = {row.id: run for of in (sends, reactions) for run, rows in of.items() for row in rows}
    suppressions: dict[str, list[queries.SuppressionsFromRow]] = defaultdict(list)
    for row in await queries.suppressions_from(connection, sources=list(causes)):
        suppressions[causes[row.source]].append(row)
    stories = []
    for each in ids:
        if each not in runs:
            continue
        run = runs[each]
        rows = RunRows(
            enrollment=run,
            steps=steps.get(each, ()),
            sends=sends.get(each, ()),
            reactions=reactions.get(each, ()),
            follow_ups=follow_ups.get(each, ()),
            pauses=pauses.get(each, ()),
            tasks=tasks.get(each, ()),
            events=events.get(each, ()),
            suppressions=suppressions.get(each, ()),
        )
        version = await versions.get(connection, run.sequence, run.version)
        stories.append(assemble(rows, version.definition, person_name))
    return tuple(stories)


def _by_run(rows: Iterable[_R]) -> Mapping[str, list[_R]]:
    found: dict[str, list[_R]] = defaultdict(list)
    for row in rows:
        found[row.enrollment_id].append(row)
    return found
