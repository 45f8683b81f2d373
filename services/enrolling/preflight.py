"""Renders every message of a sequence before anybody enters it: what cannot be written is known at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from adapters.postgres import queries
from adapters.templates.form_calls import FORM
from adapters.templates.renderer import Renderer
from adapters.templates.source import TemplateSource, source_of
from sequences.bookings.link import booking_link
from sequences.errors import TemplateError
from sequences.planning.planner import without_day_zero
from sequences.records.catalogue import BESIDE_FIELDS, BOOKING_LINK, BOOKING_URL
from sequences.sending.wording import answer_id, answers_of, wordings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from sequences.definition.steps import Step
    from sequences.records.record_view import RecordView

# The name and the address on the mail always exist: the owner's, else the organisation's.
_SENDER = {"name": "x", "email": "x", "company": "x"}


class _AnyForm(Mapping[str, str]):
    """Links are made with the message: to whatever form it names."""

    def __getitem__(self, form: str) -> str:
        return "x"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_OF_THE_MESSAGE = {**dict.fromkeys(BESIDE_FIELDS, "x"), FORM: _AnyForm()}
EVENT = "missing_field"


class Checker(Protocol):
    """What a preflight needs of the renderer."""

    def missing(self, source: TemplateSource, values: Mapping[str, object]) -> tuple[str, ...]:
        """The fields for want of which a template cannot be rendered for this person."""
        ...


@dataclass(frozen=True)
class Lack:
    """A message that could not be written for a record as it is now.

    Attributes:
        step: its id; of an answer to a reaction ``answer:`` and its template.
        fields: those that are missing; empty when something else is wrong.
        wrong: what, without any value.
        first: it is the first message that could go to this record.
    """

    step: str
    fields: tuple[str, ...]
    wrong: str = ""
    first: bool = False

    @property
    def what(self) -> str:
        """The missing fields, or what else is wrong."""
        return ", ".join(self.fields) or self.wrong

    def __str__(self) -> str:
        return f"{self.step}: {self.what}"


class Preflight:
    """Asks the renderer about each step. The renderer keeps what it compiled, so a person costs little."""

    def __init__(self, renderer: Checker) -> None:
        self._renderer = renderer

    def lacks(self, version: Version, view: RecordView, unreachable: frozenset[str]) -> tuple[Lack, ...]:
        """Every message that cannot be written, in the order of the steps; then those that answer reactions.

        Args:
            version: with its templates; those that it has not are passed over.
            view: of the record.
            unreachable: channels on which nothing goes to this person: their messages are not written.
        """
        page = version.definition.booking_url or view.value(BOOKING_URL)
        values = {**view.for_templates(_SENDER), **_OF_THE_MESSAGE, BOOKING_LINK: booking_link(page, "x")}
        undated = view.day_zero(version.definition.day_zero) is None
        waiting = without_day_zero(version.timings) if undated else frozenset()
        found: list[Lack] = []
        first = True
        for step in version.definition.steps:
            sources = [*_sources(version, step)]
            # What waits for a day that nobody knows yet may well name that day, and is not written before it is known.
            if not sources or step.id in waiting or step.channel in unreachable:
                continue
            # Which variant the run will get is not known yet: it must be able to get any of them.
            # One with conditions may never go, so it keeps nobody out.
            certain = step.conditions is None
            lacks = (self._lack(step.id, source, values, first=first and certain) for source in sources)
            lack = next((each for each in lacks if each is not None), None)
            first = first and not certain
            if lack is not None:
                found.append(lack)
        # What answers a reaction may never go either.
        for name, source in answers(version):
            lack = None if source.channel in unreachable else self._lack(answer_id(name), source, values, first=False)
            if lack is not None:
                found.append(lack)
        return tuple(found)

    def _lack(self, step: str, source: TemplateSource, values: Mapping[str, Any], *, first: bool) -> Lack | None:
        try:
            missing = self._renderer.missing(source, values)
        except TemplateError as error:
            return Lack(step, (), str(error), first)
        # What an owner lacks is a field of the record: when the CRM sends it, who was refused is looked at again.
        fields = tuple(BOOKING_URL if name == BOOKING_LINK else name for name in missing)
        return Lack(step, fields, first=first) if fields else None


def answers(version: Version) -> Iterator[tuple[str, TemplateSource]]:
    """What answers reactions: names of templates, and these, as far as the version has them."""
    for name in answers_of(version.definition):
        stored = version.templates.get(name)
        if stored is not None:
            yield name, source_of(stored, None)


def _sources(version: Version, step: Step) -> Iterator[TemplateSource]:
    """Everything that a step may say, as far as the version has its templates."""
    for wording in wordings(step):
        stored = version.templates.get(wording.template)
        if stored is not None:
            yield source_of(stored, wording.subject)


@lru_cache(maxsize=1)
def plain_preflight() -> Preflight:
    """One for whoever has no renderer of the organisation's; shared, for what it compiled is worth keeping."""
    return Preflight(Renderer())


async def note(connection: Connection, enrollment: str, lacks: Sequence[Lack], now: datetime) -> None:
    """Leaves a line in the story of a run some of whose later messages cannot be written yet."""
    if lacks:
        events = [{"enrollment_id": enrollment} | event for event in lack_events(lacks)]
        await queries.add_run_events(connection, events=events, at=now)


def lack_events(lacks: Sequence[Lack]) -> list[dict[str, Any]]:
    """Lines in the story of a run, one for each message."""
    return [
        {
            "kind": EVENT,
            "detail": {"step": lack.step, "fields": list(lack.fields), "wrong": lack.wrong},
            "key": f"{EVENT}:{lack.step}",
        }
        for lack in lacks
    ]
