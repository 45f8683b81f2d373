"""Published versions of sequences: immutable, with the templates they were published with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.definition.compile import step_timings
from sequences.definition.model import SequenceDefinition, fingerprint
from sequences.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from sequences.planning.values import StepTiming


@dataclass(frozen=True)
class Version:
    """One published version; ``templates`` maps a template's name to its frozen source."""

    sequence: str
    version: int
    definition: SequenceDefinition
    templates: Mapping[str, Mapping[str, Any]]

    @cached_property
    def timings(self) -> tuple[StepTiming, ...]:
        """What the planner needs, compiled once."""
        return step_timings(self.definition)

    @cached_property
    def timing_of(self) -> Mapping[str, StepTiming]:
        """The same by the ids of steps."""
        return {timing.id: timing for timing in self.timings}

    def step(self, name: str) -> Step:
        """The step of that id.

        Raises:
            NotFoundError: this version has no such step.
        """
        for step in self.definition.steps:
            if step.id == name:
                return step
        steps = ", ".join(step.id for step in self.definition.steps)
        raise NotFoundError(f"version {self.version} of {self.sequence} has no step {name!r}; its steps are {steps}")


_NAMED = 10
"""Of the sequences that there are, in a message."""


async def not_published(connection: Connection, sequence: str, version: int | None = None) -> str:
    """Says that a sequence, or this version of it, is not published, and what is."""
    newest = await queries.newest_number(connection, sequence=sequence)
    if newest is not None:
        return f"no sequence {sequence!r} is published in version {version}; its newest version is {newest}"
    names = list(await queries.published_names(connection, limit=_NAMED + 1))
    known = f"; there are {', '.join(names[:_NAMED])}{', ...' if len(names) > _NAMED else ''}" if names else ""
    return f"no sequence {sequence!r} is published{known}; publish it with `relance publish FILE`"


class Versions:
    """Reads and publishes versions. A version never changes, so each is read and validated once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Version] = {}

    async def get(self, connection: Connection, sequence: str, version: int | None = None) -> Version:
        """The given version, or the newest.

        Raises:
            NotFoundError: the sequence was never published, or not in that version.
        """
        # The number first: a version may hold megabytes of attachments, and is read once.
        wanted = version or await queries.newest_number(connection, sequence=sequence)
        if wanted is not None and (known := self._known.get((sequence, wanted))):
            return known
        if version is None:
            row = await queries.newest_version(connection, sequence=sequence)
        else:
            row = await queries.version_row(connection, sequence=sequence, version=version)
        if row is None:
            raise NotFoundError(await not_published(connection, sequence, version))
        return self._remember(row)

    def _remember(self, row: queries.SequenceVersionRow) -> Version:
        key = (row.sequence, row.version)
        if key not in self._known:
            definition = SequenceDefinition.model_validate(row.definition)
            self._known[key] = Version(key[0], key[1], definition, row.templates)
        return self._known[key]

    async def publish(
        self,
        connection: Connection,
        definition: SequenceDefinition,
        templates: Mapping[str, Mapping[str, Any]],
        at: datetime,
    ) -> tuple[Version, bool]:
        """Stores a new version, unless the newest one is the same; says whether it was new. In a transaction."""
        name = definition.sequence
        await queries.lock_sequence(connection, sequence=name)
        newest = await queries.newest_version(connection, sequence=name)
        mark = fingerprint(definition)
        if newest is not None and newest.fingerprint == mark and newest.templates == dict(templates):
            return self._remember(newest), False
        number = 1 if newest is None else newest.version + 1
        await queries.add_version(
            connection,
            sequence=name,
            version=number,
            definition=definition.model_dump(mode="json"),
            templates=dict(templates),
            fingerprint=mark,
            published_at=at,
        )
        return Version(name, number, definition, templates), True
