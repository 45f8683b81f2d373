"""Ends a comparison: publishes a version in which a step has one of its variants, and edits the file if there is one.

Open runs stay on their versions, so nobody gets two variants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.templates.source import TemplateSource
from sequences.author_messages import did_you_mean
from sequences.checking import InvalidSequenceError, read_file
from sequences.definition.model import fingerprint
from sequences.editing.choose_in_file import with_one_variant
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.sending.wording import settled_on, templates_of, wording_of, wordings
from services.publishing.check_and_publish import CheckedFile, publish_in
from services.publishing.switch_rules import switch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.versions import Version, Versions
    from sequences.definition.model import SequenceDefinition
    from sequences.records.catalogue import FieldType


@dataclass(frozen=True)
class Choice:
    """Which variant is to be the step's only wording."""

    sequence: str
    step: str
    variant: str


@dataclass(frozen=True)
class AuthorsFile:
    """The file of a sequence, which is edited as well.

    Attributes:
        name: for messages.
        custom: the organisation's own fields.
    """

    name: str
    text: str
    custom: Mapping[str, FieldType]


@dataclass(frozen=True)
class Chosen:
    """What became of a choice.

    Attributes:
        version: in which the step has that wording alone.
        new: it was published now; otherwise it had been chosen before.
        had: open runs of older versions that have got the message: they keep the variant that they got.
        waiting: those that have not: they get the variant that was drawn for them, unless they are moved.
        text: of the file, edited; None: it stays as it is, or there is none.
    """

    sequence: str
    step: str
    variant: str
    version: int
    new: bool
    had: int
    waiting: int
    text: str | None = None


async def choose(
    database: Database, versions: Versions, choice: Choice, now: datetime, file: AuthorsFile | None = None
) -> Chosen:
    """Publishes the newest version with one variant of a step. The same again changes nothing.

    Everything else stays as it is published: templates on disk that have changed since are not looked at.

    Args:
        database: Postgres.
        versions: where versions are kept.
        choice: what was chosen.
        now: UTC.
        file: of the newest version; ``Chosen.text`` is what it should say from now on.

    Raises:
        NotFoundError: no such sequence, step or variant.
        RefusedError: the step has no variants, or the file says something else than the newest version.
        InvalidSequenceError: the file has errors.
    """
    async with database.transaction() as connection:
        await queries.lock_sequence(connection, sequence=choice.sequence)
        newest = await versions.get(connection, choice.sequence)
        before = await _with_variants(connection, versions, newest, choice)
        settled = _settled(before.definition, choice)
        new = before.version == newest.version
        text = _edited(file, before, settled if new else newest.definition, choice)
        version = newest
        if new:
            templates = {name: TemplateSource.from_json(newest.templates[name]) for name in templates_of(settled)}
            kept = await queries.source_of(connection, sequence=choice.sequence, version=newest.version)
            source = text if text is not None else _kept_text(kept, settled, choice)
            name = f"version {newest.version} of {choice.sequence}"
            checked = CheckedFile(name, settled, templates, (), text=source)
            version, _ = await publish_in(connection, versions, checked, now)
            await switch(connection, version, now)
        runs = await queries.runs_of_older_versions(
            connection, sequence=choice.sequence, step=choice.step, version=version.version
        )
        assert runs is not None, "counts are one row"
        return Chosen(
            choice.sequence, choice.step, choice.variant, version.version, new, runs.had, runs.waiting, text=text
        )


async def _with_variants(connection: Connection, versions: Versions, newest: Version, choice: Choice) -> Version:
    """The newest version, when there is something to choose; else the one in which this was chosen already."""
    step = newest.step(choice.step)
    if step.variants is not None:
        if wording_of(step, choice.variant) is None:
            names = [each.name for each in step.variants]
            hint = did_you_mean(choice.variant, names)
            raise NotFoundError(
                f"step {choice.step} has no variant {choice.variant!r}; its variants are {', '.join(names)}.{hint}"
            )
        return newest
    for number in range(newest.version - 1, 0, -1):
        earlier = await versions.get(connection, choice.sequence, number)
        compared = next((each for each in earlier.definition.steps if each.id == choice.step and each.variants), None)
        if compared is None:
            continue
        wording = wording_of(compared, choice.variant)
        if wording is not None and [wording.content] == [each.content for each in wordings(step)]:
            return earlier
        break
    raise RefusedError(
        RequestRefused.NOTHING_TO_CHOOSE,
        f"step {choice.step} has no variants in version {newest.version} of {choice.sequence}",
    )


def _settled(definition: SequenceDefinition, choice: Choice) -> SequenceDefinition:
    steps = []
    for step in definition.steps:
        wording = wording_of(step, choice.variant) if step.id == choice.step else None
        steps.append(step if wording is None else settled_on(step, wording))
    return definition.model_copy(update={"steps": tuple(steps)})


def _kept_text(source: str | None, settled: SequenceDefinition, choice: Choice) -> str | None:
    """The stored text of the newest version, with one wording left and its comments; None: it cannot be edited so."""
    if source is None:
        return None
    try:
        text = with_one_variant(source, choice.step, choice.variant)
    except KeyError:
        return None
    edited = read_file(text, choice.sequence, {}).sequence
    return text if edited is not None and fingerprint(edited) == fingerprint(settled) else None


def _edited(file: AuthorsFile | None, before: Version, after: SequenceDefinition, choice: Choice) -> str | None:
    if file is None:
        return None
    reading = read_file(file.text, file.name, file.custom)
    if reading.sequence is None:
        raise InvalidSequenceError(reading.problems)
    said = fingerprint(reading.sequence)
    if said == fingerprint(after):
        return None
    if said == fingerprint(before.definition):
        try:
            text = with_one_variant(file.text, choice.step, choice.variant)
        except KeyError:
            text = file.text
        edited = read_file(text, file.name, file.custom).sequence
        if edited is not None and fingerprint(edited) == fingerprint(after):
            return text
        raise RefusedError(
            RequestRefused.FILE,
            f"{file.name} cannot be edited: its variants are written as aliases (`*name`); edit it by hand",
        )
    raise RefusedError(
        RequestRefused.FILE,
        f"{file.name} says something else than version {before.version} of {choice.sequence}; publish it first, or "
        "choose without --file",
    )
