"""What each screen of the console reads: other arguments at each turn, three kinds of viewers."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from adapters.postgres import listings
from adapters.postgres.paging import page
from adapters.postgres.records import Records
from adapters.postgres.versions import Versions
from sequences.access.role import PeopleVisible, Role
from sequences.access.viewer import Viewer
from sequences.definition.model import SequenceDefinition
from sequences.reactions.sentiment import Label
from sequences.records.catalogue import catalogue
from sequences.sending.slots import Limits
from sequences.statistics.measures import Measure
from sequences.statistics.number import Number
from sequences.statistics.outcomes import By
from services.access import presses
from services.access.audit import Deed, Doer, Way, record
from services.access.sessions import ViewerDefaults, find_session
from services.console.approvals import waiting_batches
from services.console.badges import badges
from services.console.calendar import CalendarView, planned_days
from services.console.counted_people import NumberAsked, counted_people
from services.console.deliverability import deliverability
from services.console.inbox import InboxAsked, inbox, what_was_said
from services.console.jobs import JobsView, jobs_page
from services.console.leads import LeadsWanted, leads, lists, members
from services.console.looking import looking
from services.console.numbers import NumbersAsked, all_numbers, numbers_of
from services.console.people import PeopleWanted, people
from services.console.person import PersonAsked, person
from services.console.planned import PlannedAsked, planned_people
from services.console.rule_counts import RuleCounting
from services.console.sequence import PEOPLE, RunsAsked, people_in, sequence_head
from services.console.sequences import SequencesView, sequence_numbers, sequence_summaries
from services.console.suppressions import SuppressionsWanted, suppressions_found
from services.console.tasks import SHOWS, TasksView, tasks_to_do
from services.console.today import today
from services.console.unknown_sends import unknown_sends
from services.console.unmatched import UnmatchedView, suspects, unmatched_page
from services.enrolling.eligibility import Eligibility
from services.operations.review import Opinion
from services.operations.waiting_reviews import say
from services.publishing.preview import Asking, unpublished
from services.reading.going_later import LaterAsked
from services.reading.limits_ahead import LimitsAhead, is_little
from services.reading.mailbox_queues import MailboxQueues
from services.replies.read import reply
from services.sending.send_message_test import newest_recipient
from services.sending.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.postgres.database import Connection, Database

Ask = Callable[["Database", int], Awaitable[int]]
"""Reads a screen with the arguments of a turn; returns how many lines it gave."""
_Read = Callable[["Connection", int], Awaitable[int]]

NOW: Final = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""As in the seed."""
LIMIT_MS: Final = 100
_SEARCH_MS: Final = 200
_ACT_MS: Final = 50
_KEYS: Final = 500
"""Different replies of which something is said."""
_SLOTS: Final = Slots({"email": Limits(per_minute=10, per_day=400)}, ZoneInfo("Europe/London"), lambda: 0.0)

EVERYBODY: Final = Viewer("u1", "lead@agency.example", "Lead", Role.LEAD, "o7", "Europe/London")
_OWN: Final = replace(EVERYBODY, role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
_TEAM: Final = replace(
    EVERYBODY, people_visible=PeopleVisible.TEAM, team_owner_ids=tuple(f"o{n}" for n in range(1, 11))
)
VIEWERS: Final = (("", EVERYBODY), (", own people", _OWN), (", people of ten owners", _TEAM))
_TYPED: Final = ("alex", "example 4999", "p77@client.example", "+447900000077", "p5000", "")
_RULE: Final = {
    "historical": {"last_contacted": "more than 1 year ago or never"},
    "qualitative": {"person.email": "present"},
    "real": {"person.status": ["status 2", "status 4"]},
}


@dataclass(frozen=True)
class Screen:
    """One reading.

    Attributes:
        limit_ms: what it may take; None: it is asked for after the page has shown.
    """

    name: str
    ask: Ask
    limit_ms: int | None = LIMIT_MS


def screens() -> Iterator[Screen]:
    """Every screen; those of people as each kind of viewer sees them."""
    for words, viewer in VIEWERS:
        for name, read in _of(viewer):
            yield Screen(f"{name}{words}", _looked(read), _SEARCH_MS if name == "People" else LIMIT_MS)
        for name, ask in _counted(viewer):
            # What goes later is asked for after the page has shown.
            yield Screen(f"{name}{words}", ask, None if "later" in name else LIMIT_MS)
    for name, read in _of_all():
        yield Screen(name, _looked(read))
    yield from _numbers()
    yield from _rules()
    yield Screen("Inbox, one key", _Keyed().ask, _ACT_MS)


def _looked(read: _Read) -> Ask:
    async def ask(database: Database, turn: int) -> int:
        async with looking(database) as connection:
            return await read(connection, turn)

    return ask


def _of(viewer: Viewer) -> Iterator[tuple[str, _Read]]:
    versions = Versions()

    async def first(connection: Connection, turn: int) -> int:
        found = await today(connection, viewer, NOW, mine=turn % 2 == 0)
        return found.goes + found.due

    async def read(connection: Connection, turn: int) -> int:
        return len((await inbox(connection, viewer, InboxAsked(everything=turn % 2 == 1), NOW)).lines)

    async def search(connection: Connection, turn: int) -> int:
        wanted = PeopleWanted(_TYPED[turn % len(_TYPED)], mine=viewer is not EVERYBODY and turn % 4 < 2)
        return len((await people(connection, viewer, wanted, "GB")).lines)

    async def one_person(connection: Connection, turn: int) -> int:
        found = await person(connection, versions, viewer, PersonAsked(f"p{1 + turn * 37 % 1000}"), NOW)
        return len(found.facts.past) + len(found.facts.planned) if found.facts else 0

    async def to_do(connection: Connection, turn: int) -> int:
        asked = TasksView(NOW, SHOWS[turn % len(SHOWS)], mine=turn % 3 == 0)
        return len((await tasks_to_do(connection, viewer, asked)).lines)

    async def in_it(connection: Connection, turn: int) -> int:
        return len((await people_in(connection, viewer, RunsAsked(f"s{turn % 40}", PEOPLE[turn % len(PEOPLE)]))).lines)

    async def everybody(connection: Connection, turn: int) -> int:
        asked = PlannedAsked(date(2026, 11, 2 + turn % 5), f"s{turn % 40}", "two")
        return len((await planned_people(connection, viewer, asked)).people)

    async def doubted(connection: Connection, _: int) -> int:
        return len((await unknown_sends(connection, viewer)).lines)

    async def made(connection: Connection, turn: int) -> int:
        asked = LeadsWanted(sequence=f"s{turn % 40}" if turn % 2 else "")
        return len((await leads(connection, viewer, asked)).lines)

    async def on_it(connection: Connection, turn: int) -> int:
        asked = LeadsWanted(list=f"list-{turn % 20}", sequence=f"s{turn % 30}" if turn % 2 else "")
        return len((await members(connection, viewer, asked)).lines)

    async def all_lists(connection: Connection, turn: int) -> int:
        return len((await lists(connection, viewer, mine=turn % 2 == 0))[0])

    def calendar(view: str, sequence: str = "") -> _Read:
        async def planned(connection: Connection, turn: int) -> int:
            asked = CalendarView(view, date(2026, 11, 2 + turn % 5), viewer.sees, "Europe/London", sequence)
            return sum(day.number for day in await planned_days(connection, asked))

        return planned

    yield "Today", first
    yield "Inbox", read
    yield "People", search
    yield "Person", one_person
    yield "Tasks", to_do
    yield "Sequence, people", in_it
    yield "Calendar, day", calendar("day")
    yield "Calendar, week", calendar("week")
    yield "Calendar, month", calendar("month")
    yield "Calendar, month of a sequence", calendar("month", "s3")
    yield "Calendar, everybody", everybody
    yield "Unknown sends", doubted
    yield "Leads", made
    yield "List", on_it
    yield "Lists", all_lists


_NUMBERS: Final = (
    Number(Measure.ENTERED),
    Number(Measure.REPLIED),
    Number(Measure.OPTED_OUT),
    Number(Measure.BOUNCED, 2, "one"),
    Number(Measure.SENT, 2, "two"),
    Number(Measure.IN_IT_NOW, 1),
    Number(Measure.UNKNOWN, 1, "three"),
    Number(Measure.FINISHED),
    Number(Measure.POSITIVE, 2, "one"),
    Number(Measure.COMPLAINED),
)


def _counted(viewer: Viewer) -> Iterator[tuple[str, Ask]]:
    async def behind(database: Database, turn: int) -> int:
        asked = NumberAsked(f"s{turn * 7 % 40}", _NUMBERS[turn % len(_NUMBERS)])
        return len((await counted_people(database, viewer, asked)).lines)

    limits = LimitsAhead(MailboxQueues(Versions(), _SLOTS, "jobs@agency.example", "+442071838750"))

    def later(days: int) -> Ask:
        async def asked(database: Database, turn: int) -> int:
            start = NOW + timedelta(days=turn % 2)
            async with looking(database) as connection:
                await is_little(connection, start + timedelta(days=days))
                found = await limits.later(
                    connection, LaterAsked(start, start + timedelta(days=days), viewer.sees), NOW
                )
            return len(found or ())

        return asked

    async def marks(database: Database, _: int) -> int:
        return len(await badges(database, viewer, NOW))

    yield "People of a number", behind
    yield "Calendar, what goes later of a day", later(1)
    yield "Calendar, what goes later of a month", later(31)
    yield "Badges", marks


def _of_all() -> Iterator[tuple[str, _Read]]:
    """What every viewer sees alike."""

    async def approve(connection: Connection, _: int) -> int:
        return len(await waiting_batches(connection))

    async def listed(connection: Connection, _: int) -> int:
        return len((await sequence_summaries(connection, SequencesView())).lines)

    async def head(connection: Connection, turn: int) -> int:
        return (await sequence_head(connection, f"s{turn % 40}")).open_runs

    async def jobs(connection: Connection, turn: int) -> int:
        asked = JobsView(mine=turn % 3 == 0, only_open=turn % 3 == 1)
        return len((await jobs_page(connection, EVERYBODY, asked)).lines)

    async def unmatched(connection: Connection, turn: int) -> int:
        return len((await unmatched_page(connection, EVERYBODY, UnmatchedView(set_aside=turn % 4 == 3), NOW)).lines)

    async def attach(connection: Connection, turn: int) -> int:
        return len(await suspects(connection, EVERYBODY, _TYPED[turn % len(_TYPED)], "GB"))

    async def suppressed(connection: Connection, turn: int) -> int:
        asked = (
            SuppressionsWanted(),
            SuppressionsWanted(lifted=True),
            SuppressionsWanted(reason="soft_bounces"),
            SuppressionsWanted(text="p77"),
            SuppressionsWanted(text="p"),
        )[turn % 5]
        return len((await suppressions_found(connection, EVERYBODY, asked, "GB")).lines)

    async def audited(connection: Connection, turn: int) -> int:
        filters: tuple[Mapping[str, object], ...] = ({}, {"act": "sign_in_refused"}, {"subject": "person:p77"})
        await page(connection, listings.CONSOLE_USERS, {}, limit=1000)
        return len((await page(connection, listings.AUDIT_EVENTS, filters[turn % 3], limit=100)).rows)

    async def somebody(connection: Connection, turn: int) -> int:
        return int((await newest_recipient(connection, f"s{turn % 40}")).person != "")

    async def mailboxes(connection: Connection, _: int) -> int:
        return len((await deliverability(connection, _SLOTS, None, NOW)).mailboxes)

    yield "Approvals", approve
    yield "Sequences", listed
    yield "Sequence", head
    yield "Jobs", jobs
    yield "Mail without a run", unmatched
    yield "Whose mail it is", attach
    yield "Suppressions", suppressed
    yield "Audit", audited
    yield "Editor, for whom it is written", somebody
    yield "Deliverability", mailboxes


def _numbers() -> Iterator[Screen]:
    """What is counted after the page has shown, or on a page of numbers."""

    async def of_sequences(database: Database, _: int) -> int:
        return len((await sequence_numbers(database, NOW)).people)

    def beside(by: By, since: datetime | None) -> Ask:
        async def counted(database: Database, _: int) -> int:
            return len((await all_numbers(database, by, since)).lines)

        return counted

    def of_one(by: By) -> Ask:
        async def counted(database: Database, turn: int) -> int:
            return len((await numbers_of(database, NumbersAsked(f"s{turn % 40}", by, 2))).lines)

        return counted

    async def came_back(connection: Connection, turn: int) -> int:
        return len((await deliverability(connection, _SLOTS, (7, 30)[turn % 2], NOW)).mailboxes)

    month = NOW - timedelta(days=30)
    for by in (By.SEQUENCE, By.OWNER):
        yield Screen(f"Statistics by {by}, a month", beside(by, month), None)
        yield Screen(f"Statistics by {by}, all time", beside(by, None), None)
    for by in (By.STEP, By.OWNER, By.WEEK):
        yield Screen(f"Numbers of a sequence by {by}", of_one(by), None)
    yield Screen("Sequences, numbers", of_sequences, None)
    yield Screen("Deliverability, counted", _looked(came_back), None)


def _rules() -> Iterator[Screen]:
    """Whom a rule would enroll, counted after its page has shown."""
    records = Records("Europe/London", "GB")
    wanted = Asking(catalogue({}), Eligibility(records, "GB"))
    for name, group in (*((name, {name: of}) for name, of in _RULE.items()), ("all three groups", _RULE)):
        content = {
            "sequence": "rule",
            "name": "Rule",
            "record": "person",
            "steps": [{"id": "one", "do": [{"notify": "owner"}]}],
            "auto_enroll": {**group, "prevent_reenrollment_within": "6 months"},
        }
        yield Screen(f"Rule counts, {name}", _rule(wanted, SequenceDefinition.model_validate(content)), None)


def _rule(wanted: Asking, definition: SequenceDefinition) -> Ask:
    async def counted(database: Database, _: int) -> int:
        return (await RuleCounting(database, wanted, EVERYBODY, NOW).count(unpublished(definition))).matching

    return counted


class _Keyed:
    """One key of the inbox, with all that its page asks: who it is, the press, the audit, whose it is, the way back."""

    def __init__(self) -> None:
        self._waiting: list[str] = []

    async def ask(self, database: Database, _: int) -> int:
        """Says something of another reply each time."""
        if not self._waiting:
            async with looking(database) as connection:
                asked = {"said": False}
                found = await page(connection, listings.REVIEWS, asked, limit=_KEYS)
            self._waiting = [row.id for row in found.rows]
        identity = self._waiting.pop()
        digest = hashlib.blake2b(f"{identity} {time.time_ns()}".encode(), digest_size=32).digest()
        async with database.statement() as connection:
            await find_session(connection, "nobody", ViewerDefaults("UTC", PeopleVisible.ALL), NOW)
        async with database.transaction() as connection:
            await presses.begin(connection, digest, NOW)
            await record(connection, Doer(Way.CONSOLE), Deed("say_reply", f"reply:{identity}"), NOW)
        async with looking(database) as connection:
            await reply(connection, identity)
        async with database.transaction() as connection:
            await say(connection, identity, Opinion(Label.POSITIVE), EVERYBODY.user_id, NOW)
        async with looking(database) as connection:
            said = await what_was_said(connection, EVERYBODY, identity, NOW)
        async with database.transaction() as connection:
            await presses.keep_answer(connection, digest, b"answer")
        return int(said is not None)
