"""People, runs and frozen messages, ready to be sent: what a test of sends and of their ends starts from."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from activities.step import StepActivities
from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.versions import Versions
from adapters.templates.renderer import Renderer
from adapters.templates.source import TemplateSource
from sequences.channels import CHANNELS
from sequences.checking import load_file
from sequences.definition.compile import frequency_limits
from sequences.errors import UnavailableError
from sequences.planning.values import Channel
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sending.send_obstacles import NotNow, Settled, span_of
from services.follow_ups.carry_out import FollowUps
from services.organisation import Organisation
from services.records.record_changes import RecordChanges
from services.runs.planning import Planning, RunContext
from services.runs.run_row import RunRow
from services.sending.attempt import Attempt, Claimer
from services.sending.carriers import carriers_of
from services.sending.compose_email import Composer, store
from services.sending.hand_over import Sending
from services.sending.prepare_message import PrepareMessage
from services.sending.reconcile_unknown import ReconcileUnknown
from services.sending.settle_send import SettleSend
from services.sending.slots import Slots
from services.sending.take_step import TakeStep
from tests.support.by_name import Row

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    import pytest

    from sequences.runs.unknown_sends import ReconcilePass
    from services.outages import Outages
    from services.ports import EmailTransport

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
ACCEPTED = TransportOutcome(TransportVerdict.ACCEPTED, "data", "250")
LOST = TransportOutcome(TransportVerdict.UNKNOWN, "data", None, "the connection was lost after the final dot")
MAIL = TemplateSource(name="t/mail", subject="Hello {{ person.first_name }}", text="Hello {{ person.first_name }}\n")
TEXT = TemplateSource(name="t/text", subject=None, text="Hello {{ person.first_name }}")
ORGANISATION = Organisation(
    public_url="https://relance.example",
    token_keys=(b"key",),
    reply_domain="reply.agency.example",
    mail_domain="agency.example",
    sender_name="Recruiting",
    sender_address="recruiting@agency.example",
    company="Our agency",
    sms_sender="+442071838750",
    phone_region="GB",
)
SLOTS = Slots({Channel.EMAIL: None, Channel.SMS: None}, ZoneInfo("UTC"), lambda: 0.0)


def made_ready_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is taken in transactions, as one is that has more to say than "sent"."""

    async def not_at_once(*_: object) -> None:
        return None

    monkeypatch.setattr(TakeStep, "_unstored", not_at_once)


@dataclass
class Wire:
    """Takes e-mails and texts; ends as written, and is accepting beyond that. ``handed`` counts what left us."""

    outcomes: list[TransportOutcome] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)
    texts_there: dict[str, str] = field(default_factory=dict)
    away: bool = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Wire]:
        """Always ready."""
        yield self

    async def send(self, *, recipient: str, **_: object) -> TransportOutcome:
        self.handed.append(recipient)
        return self.outcomes.pop(0) if self.outcomes else ACCEPTED

    async def find(
        self, recipient: str, body: str, since: datetime, *, sender: str | None = None, known: Collection[str] = ()
    ) -> str | None:
        if self.away:
            raise UnavailableError("the provider does not answer")
        found = self.texts_there.get(recipient)
        return None if found in known else found


@dataclass
class SentBox:
    """A Sent folder, as the reconciliation sees it."""

    filed_ids: set[str] = field(default_factory=set)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    away: bool = False

    async def filed(self, sender: str, message_ids: Sequence[str]) -> frozenset[str]:
        self.asked.append((sender, tuple(message_ids)))
        if self.away:
            raise UnavailableError("the Sent folder does not answer")
        return frozenset(self.filed_ids.intersection(message_ids))


@dataclass
class SendRig:
    """One database, with what stands on it."""

    database: Database
    wire: Wire = field(default_factory=Wire)
    sent: SentBox = field(default_factory=SentBox)
    people: int = 0

    def __post_init__(self) -> None:
        records, renderer = Records("UTC"), Renderer()
        self.versions = Versions()
        self.planning = Planning(records, self.versions)
        self.composer = Composer(renderer, ORGANISATION)
        self.follow_ups = FollowUps(renderer, self.composer, RecordChanges(records))

    async def publish(self, name: str, *, if_unknown: str = "assume_sent", channel: str = "email") -> None:
        template = "email: t/mail" if channel == "email" else "sms: t/text"
        text = (
            f"sequence: {name}\nname: {name}\nrecord: person\nfrequency_cap: exempt\nif_unknown: {if_unknown}\n"
            f"steps:\n  - {{id: one, {template}}}\n"
        )
        sources = {source.name: source.to_json() for source in (MAIL, TEXT)}
        async with self.database.transaction() as connection:
            await self.versions.publish(connection, load_file(text, f"{name}.yaml").sequence, sources, NOW)

    async def ready(self, sequence: str, *, frozen: bool = True) -> RunContext:
        """A person and an active run whose only step is due, and frozen unless said otherwise."""
        self.people += 1
        number = self.people
        enrollment = f"e{sequence.replace('-', '')}{number:010}"
        async with self.database.transaction() as connection:
            await connection.execute(
                "INSERT INTO owner (id, first_name, last_name, email) "
                "VALUES ('dana', 'Dana', 'Owner', 'dana@agency.example') ON CONFLICT DO NOTHING"
            )
            await connection.execute(
                "INSERT INTO person (id, type, first_name, email, phone, timezone, owner_id) "
                "VALUES ($1, 'Candidate', 'Alex', $2, $3, 'Europe/London', 'dana')",
                f"p{number}",
                f"p{number}@client.example",
                f"+44207183{number:04}",
            )
            await connection.execute(
                "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, "
                "owner_id, via, state, enrolled_at, started_at) "
                "VALUES ($1, $1, $2, 1, 'person', $3, $3, 'dana', 'hand', 'active', $4, $4)",
                enrollment,
                sequence,
                f"p{number}",
                NOW,
            )
            context = await self.planning.context(connection, await RunRow.load(connection, enrollment))
            await self.planning.next_due(connection, context, NOW)
            if frozen:
                message = await self.composer.compose(connection, context, context.version.step("one"), NOW, ())
                await store(connection, message)
        return context

    def sending(
        self, email: EmailTransport | None = None, database: Any = None, outages: Outages | None = None, **more: Any
    ) -> Sending:
        carriers = carriers_of(self.composer, email or self.wire, self.wire, outages)
        return Sending(database or self.database, carriers, SLOTS, **more)

    def steps(self, email: EmailTransport | None = None, database: Any = None, **more: Any) -> StepActivities:
        """The whole activity of a step, on another way out and another database if need be."""
        preparing = PrepareMessage(self.planning, self.composer, ORGANISATION)
        sending, settling = self.sending(email, database, **more), SettleSend(SLOTS)
        return StepActivities(
            TakeStep(
                database=database or self.database,
                planning=self.planning,
                preparing=preparing,
                sending=sending,
                settling=settling,
                follow_ups=self.follow_ups,
            )
        )

    async def send(
        self, context: RunContext, *, now: datetime = NOW, attempt: int = 0, sending: Sending | None = None
    ) -> NotNow | Settled:
        """As the step's activity does; the step is decided when the send is settled."""
        step, sending = context.version.step("one"), sending or self.sending()
        limit = frequency_limits(context.version.definition).get(step.channel)
        sender = (await self.row(context))["sender"]
        trying = Attempt(context, step, sender, span_of(limit, "Europe/London", now), Claimer("test"), now, attempt)
        tried = await sending.hand_over(trying)
        async with self.database.transaction() as connection:
            outcome = await SettleSend(SLOTS).settle(connection, trying, tried)
            if isinstance(outcome, Settled):
                await self.planning.decide(connection, context, "one", outcome, now)
        return outcome

    async def reconcile(self, now: datetime = NOW, after: timedelta = timedelta(hours=24)) -> ReconcilePass:
        doubts = ReconcileUnknown(
            self.database,
            self.planning,
            self.sent,
            {name: self.wire for name, spec in CHANNELS.items() if spec.by_twilio},
            after,
        )
        return await doubts.pass_over(now)

    async def row(self, context: RunContext) -> Any:
        return (await self.fetch("SELECT * FROM send WHERE enrollment_id = $1", context.run.id))[0]

    async def step(self, context: RunContext) -> str:
        found = await self.fetch("SELECT state FROM enrollment_step WHERE enrollment_id = $1", context.run.id)
        return str(found[0]["state"])

    async def events(self, context: RunContext) -> list[str]:
        found = await self.fetch(
            "SELECT kind FROM enrollment_event WHERE enrollment_id = $1 ORDER BY id", context.run.id
        )
        return [row["kind"] for row in found]

    async def told(self) -> list[str]:
        """Enrollments whose owner heard of a problem."""
        rows = await self.fetch("SELECT enrollment_id FROM notification WHERE kind = 'send_problem' ORDER BY 1")
        return [row["enrollment_id"] for row in rows]

    async def fetch(self, statement: str, *values: object) -> list[Any]:
        return [Row(row) for row in await self.database.pool.fetch(statement, *values)]


@asynccontextmanager
async def send_rig(database_url: str) -> AsyncIterator[SendRig]:
    database = await Database.connect(database_url)
    try:
        yield SendRig(database)
    finally:
        await database.close()
