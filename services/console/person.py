"""One person: who they are, whether they may be contacted, and one line of time of everything, past and planned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from adapters.postgres import listings, queries
from adapters.postgres.paging import page
from sequences.errors import NotFoundError
from sequences.records.record_view import full_name
from services.console.run_stories import run_stories
from services.operations.move_window import window_of
from services.reading.run_story_words import Moment
from services.records.consents import ConsentStanding, consents_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from sequences.access.viewer import Viewer
    from services.reading.run_story import Timeline

RUNS: Final = 20
"""On one page of the line of time; older ones are behind a link."""
UNCONFIRMED: Final = "unconfirmed_opt_out"
"""The reason of a hold: somebody asked not to be contacted, and it is not proved whose wish that is."""
_EVENTS: Final = 50
_CONTACTS: Final = 5


@dataclass(frozen=True)
class Contact:
    """That somebody wrote to the person: every viewer may know it."""

    at: datetime
    channel: str
    sequence: str
    sequence_name: str
    owner_id: str | None
    owner_name: str | None


@dataclass(frozen=True)
class Forbidden:
    """Why the person is not contacted on a channel, or on ``all``.

    Attributes:
        whole: it is about the person; False: about one of their addresses.
    """

    channel: str
    reason: str
    since: datetime
    whole: bool


@dataclass(frozen=True)
class AgainFrom:
    """When a rule may enroll the person in a sequence again; ``until`` None: never by rule, only by hand."""

    sequence: str
    name: str
    until: datetime | None


@dataclass(frozen=True)
class PersonRun:
    """A run of theirs."""

    id: str
    workflow_id: str
    sequence: str
    name: str
    state: str
    reason: str | None
    enrolled_at: datetime
    ended_at: datetime | None
    next_step: str | None
    next_due_at: datetime | None

    @property
    def is_open(self) -> bool:
        """It can still do something."""
        return self.state not in ("stopped", "finished")


@dataclass(frozen=True)
class PersonMoment:
    """One thing that happened or is planned.

    Attributes:
        sequence: whose run it is about; None: none.
        timezone: the recipient's, of what is planned.
    """

    at: datetime
    kind: str
    what: str
    why: str
    text: str
    ref: str
    sequence: str | None
    enrollment_id: str | None
    timezone: str | None

    @property
    def is_planned(self) -> bool:
        """It has not happened yet."""
        return self.kind == "planned"


@dataclass(frozen=True)
class PersonFacts:
    """What the CRM says of a person, and what is about them here.

    Attributes:
        work: job title and company.
        forbidden: why they are not contacted.
        consents: what they agreed to, of the channels that ask for it.
        again: when rules may enroll them again.
        runs: of this page of the line of time, the newest first.
        planned: what is ahead, the soonest first.
        past: what happened, the newest first.
        sequences: what one can ask about, and enroll in: id and name of those in use.
        next: cursor of older runs.
    """

    type: str | None
    email: str | None
    phone: str | None
    work: str | None
    city: str | None
    status: str | None
    timezone: str | None
    client_name: str | None
    open_runs: int
    forbidden: tuple[Forbidden, ...]
    consents: tuple[ConsentStanding, ...]
    again: tuple[AgainFrom, ...]
    runs: tuple[PersonRun, ...]
    planned: tuple[PersonMoment, ...]
    past: tuple[PersonMoment, ...]
    sequences: tuple[tuple[str, str], ...]
    next: str | None


@dataclass(frozen=True)
class PersonPage:
    """What the page of a person shows.

    Attributes:
        contacts: the newest messages to them, whoever wrote.
        facts: None: the viewer does not see this person's.
    """

    id: str
    name: str | None
    owner_id: str | None
    owner_name: str | None
    deleted_at: datetime | None
    merged_into: str | None
    contacts: tuple[Contact, ...]
    facts: PersonFacts | None = None


@dataclass(frozen=True)
class PersonAsked:
    """Which person, and which of their runs.

    Attributes:
        id: of the person.
        cursor: of the newer runs; empty: the newest.
    """

    id: str
    cursor: str = ""


async def person(
    connection: Connection, versions: Versions, viewer: Viewer, asked: PersonAsked, now: datetime
) -> PersonPage:
    """The page of a person.

    Args:
        connection: of ``looking``.
        versions: of sequences.
        viewer: who looks.
        asked: whom.
        now: UTC.

    Raises:
        NotFoundError: there is no such person.
        CursorError: the cursor belongs to another page.
    """
    row = await queries.console_person_head(connection, id=asked.id)
    if row is None:
        raise NotFoundError(f"no person has the id {asked.id}")
    contacts = await queries.console_contacts(connection, person_id=asked.id, limit=_CONTACTS)
    head = PersonPage(
        id=row.id,
        name=full_name(row.first_name, row.last_name),
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        deleted_at=row.deleted_at,
        merged_into=row.merged_into,
        contacts=tuple(_contact(each) for each in contacts),
    )
    if not viewer.sees.holds(row.owner_id):
        return head
    return replace(head, facts=await _facts(connection, versions, row, now, asked.cursor))


async def _facts(
    connection: Connection, versions: Versions, row: queries.ConsolePersonHeadRow, now: datetime, cursor: str
) -> PersonFacts:
    found = await page(connection, listings.ENROLLMENTS, {"person": row.id}, cursor=cursor or None, limit=RUNS)
    name = full_name(row.first_name, row.last_name)
    stories = await run_stories(connection, versions, [each.id for each in found.rows], name)
    events = await queries.console_events_of_person(connection, person_id=row.id, limit=_EVENTS) if not cursor else ()
    moments = sorted((*_moments(stories), *map(_event, events)), key=lambda each: each.at)
    windows = [window_of(each, now) for each in await queries.explain_windows_of(connection, person_id=row.id)]
    sequences = await queries.sequences_to_ask_about(connection)
    names = {each.sequence: each.name for each in sequences}
    return PersonFacts(
        type=row.type,
        email=row.email,
        phone=row.phone,
        work=" at ".join(part for part in (row.job_title, row.company) if part) or None,
        city=row.city,
        status=row.status,
        timezone=row.timezone,
        client_name=row.client_name,
        open_runs=row.open_runs,
        forbidden=tuple(await _forbidden(connection, row)),
        consents=await consents_of(connection, row),
        again=tuple(
            sorted(
                (
                    AgainFrom(each.sequence, names.get(each.sequence, each.sequence), each.until)
                    for each in windows
                    if each.blocks
                ),
                key=lambda each: (each.until is None, each.until or now, each.name),
            )
        ),
        runs=tuple(_run(each) for each in stories),
        planned=tuple(each for each in moments if each.is_planned),
        past=tuple(each for each in reversed(moments) if not each.is_planned),
        sequences=tuple((each.sequence, each.name) for each in sequences if not each.archived),
        next=found.next,
    )


async def _forbidden(connection: Connection, row: queries.ConsolePersonHeadRow) -> list[Forbidden]:
    """Suppressions, and wishes that hold messages until somebody has confirmed or denied them."""
    rows = await queries.console_suppressions(connection, person_id=row.id, email=row.email_key, phone=row.phone_key)
    addresses = [each for each in (row.email_key, row.phone_key) if each]
    holds = await queries.opt_out_holds_of(connection, person_id=row.id, addresses=addresses)
    return [
        *(Forbidden(each.channel, each.reason, each.since, each.address is None) for each in rows),
        *(Forbidden(each.channel, UNCONFIRMED, each.since, bool(each.people)) for each in holds),
    ]


def _contact(row: queries.ConsoleContactsRow) -> Contact:
    assert row.at is not None
    return Contact(row.at, row.channel, row.sequence, row.sequence_name or row.sequence, row.owner_id, row.owner_name)


def _run(story: Timeline) -> PersonRun:
    return PersonRun(
        id=story.enrollment,
        workflow_id=story.workflow_id,
        sequence=story.sequence,
        name=story.name,
        state=story.state,
        reason=story.reason,
        enrolled_at=story.enrolled_at,
        ended_at=story.ended_at,
        next_step=story.next_step,
        next_due_at=story.next_due_at,
    )


def _moments(stories: Iterable[Timeline]) -> Iterable[PersonMoment]:
    for story in stories:
        zones = {step.step: step.timezone for step in story.steps}
        for each in story.moments:
            yield _moment(each, story, zones.get(each.ref))


def _moment(moment: Moment, story: Timeline, timezone: str | None) -> PersonMoment:
    return PersonMoment(
        at=moment.at,
        kind=moment.kind,
        what=moment.what,
        why=moment.why,
        text=moment.text,
        ref=moment.ref,
        sequence=story.name,
        enrollment_id=story.enrollment,
        timezone=timezone if moment.kind == "planned" else None,
    )


_EVENT_WORDS: Final = {
    "last_contacted": "contacted",
    "last_shortlisted": "shortlisted",
    "last_interviewed": "interviewed",
    "last_placed": "placed",
    "last_replied": "replied",
    "resume_updated": "the CV was updated",
    "created": "added to the CRM",
}
_ORIGINS: Final = {"crm": "says the CRM", "import": "from an import", "sql": "written into the database"}


def _event(row: queries.ConsoleEventsOfPersonRow) -> PersonMoment:
    words, origin = _EVENT_WORDS.get(row.kind, row.kind), _ORIGINS.get(row.origin, row.origin)
    return PersonMoment(row.at, "event", words, origin, "", "", None, None, None)
