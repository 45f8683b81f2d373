"""A whole Relance in one process: real Temporal, Postgres and SMTP; only the model's judgement is scripted here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, cast

from temporalio import workflow
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing._timeskipping import TimeSkipper
from temporalio.worker import Replayer, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from adapters.clock import utc_now
from adapters.postgres import listings
from adapters.postgres.paging import Listing, page
from adapters.postgres.records import ChangeOrigin
from adapters.settings import Settings
from adapters.templates.renderer import Renderer
from adapters.templates.source import load_templates
from adapters.temporal.client import converter
from adapters.temporal.schedules import ALL_PASSES
from sequences.checking import load_file
from sequences.definition.steps import ScheduleBlock
from sequences.ids import delivery_workflow_id, rule_watcher_workflow_id, window_workflow_id
from sequences.names import QUEUE, SENTIMENT_QUEUE
from sequences.reactions.sentiment import Intent, Label, Probabilities, Score
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from sequences.sending.wording import templates_of
from services.enrolling.enroll import Accepted, EntryRequest
from services.follow_ups.carry_out import FollowUps
from services.intake.mail import MailIntake
from services.ports import SmsTransport
from services.sending.carriers import Carrier
from services.sending.compose_email import Composer
from starter.composition import Services, open_services, webhooks_of
from starter.local.mail_capture import MailCapture
from starter.local.temporal import LocalTemporal
from starter.sentiment_wiring import scoring_with
from starter.server.outbox import Dispatcher
from starter.transports import email_transport, own_transports
from tests.support import by_name as queries
from tests.support.waiting import until

EXAMPLES = Path(__file__).parents[3] / "examples"
HISTORIES = Path(__file__).parents[2] / "replay" / "histories"
PATIENCE = 15


class ScriptedScorer:
    """Says what the test wants; the real model is tested in tests/integration/adapters/sentiment and end to end."""

    def __init__(self) -> None:
        self.available = asyncio.Event()

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Score:
        words = text.lower()
        label = Label.NEUTRAL
        if "more" in words or "good" in words:
            label = Label.POSITIVE
        if "remove" in words or "not" in words:
            label = Label.NEGATIVE
        intent = Intent.AUTO_REPLY if "we have received" in words else Intent.OTHER
        return Score(
            label=label,
            confidence=0.99,
            probabilities=Probabilities(0.99, 0.005, 0.005),
            intent=Intent.OPT_OUT if "remove" in words else intent,
            opt_out="remove" in words,
            needs_review="perhaps" in words,
        )


@dataclass
class ScriptedTexts:
    """The SMS transport of flow tests; the real one is tested against the stand-in."""

    outcomes: list[TransportOutcome] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)

    async def send(
        self, *, recipient: str, body: str, sender: str | None, status_callback: str, handover: HandOver
    ) -> TransportOutcome:
        self.sent.append((recipient, body))
        return self.outcomes.pop(0) if self.outcomes else TransportOutcome(TransportVerdict.ACCEPTED, "http")


class _ProvedOnce(SandboxedWorkflowRunner):
    """A worker that begins runs the module of each workflow, to see whether the sandbox lets it: once is enough."""

    proved: ClassVar[set[type]] = set()

    def prepare_workflow(self, defn: workflow._Definition) -> None:
        if defn.cls not in self.proved:
            super().prepare_workflow(defn)
            self.proved.add(defn.cls)


@dataclass
class FlowRig:
    services: Services
    mail: MailCapture
    texts: ScriptedTexts
    skipper: TimeSkipper
    intake: MailIntake
    dispatcher: Dispatcher
    folder: Path
    others: Mapping[str, Carrier] = field(default_factory=dict)
    runner: WorkflowRunner = field(default_factory=_ProvedOnce)
    workers: dict[str, AsyncExitStack] = field(default_factory=dict)

    async def keep_history(self, workflow_id: str, name: str) -> None:
        """Replays what just happened; stores it as ``name`` when ``RELANCE_RECORD_HISTORIES=1`` asks for it.

        What is stored already stays: a history of older code is what a replay is for.
        """
        history = await self.services.client.get_workflow_handle(workflow_id).fetch_history()
        await Replayer(workflows=worker.WORKFLOWS, data_converter=converter()).replay_workflow(history)
        file = HISTORIES / f"{name}.json"
        if os.environ.get("RELANCE_RECORD_HISTORIES") == "1" and not file.exists():
            file.write_text(history.to_json())

    async def start_worker(self, queue: str) -> None:
        """A worker of that queue, as a new process would be one."""
        stack = AsyncExitStack()
        for each in await _workers_of(queue, stack, self):
            await stack.enter_async_context(each)
        self.workers[queue] = stack

    async def stop_worker(self, queue: str) -> None:
        await self.workers.pop(queue).aclose()

    async def publish(self, name: str, text: str | None = None, folder: Path = EXAMPLES / "templates") -> None:
        source = text or (EXAMPLES / "sequences" / f"{name}.yaml").read_text()
        definition = load_file(source, f"{name}.yaml").sequence
        if text is None and definition.record == "person":
            # The example keeps working hours; a test that waits for its first mail also runs at night.
            definition = definition.model_copy(update={"schedule": ScheduleBlock(window="any")})
        names = sorted(templates_of(definition))
        templates = load_templates(folder, names)
        async with self.services.database.transaction() as connection:
            stored = {key: value.to_json() for key, value in templates.items()}
            await self.services.versions.publish(connection, definition, stored, utc_now())

    async def write(self, entity: str, entity_id: str, **values: object) -> None:
        async with self.services.database.transaction() as connection:
            await self.services.changes.write(connection, entity, entity_id, values, ChangeOrigin("crm", utc_now()))
        self.dispatcher.wake()

    async def person(self, number: str = "p1", **more: object) -> None:
        await self.write("owner", "dana", first_name="Dana", last_name="Owner", email="dana@agency.example")
        values = {"type": "Client contact", "first_name": "Alex", "last_name": "Example", "company": "Example Ltd"}
        phone = "+442071838750" if number == "p1" else f"+44207183{zlib.crc32(number.encode()) % 7000 + 1000}"
        values |= {"email": f"{number}@client.example", "phone": phone, "timezone": "Europe/London"}
        await self.write("person", number, **(values | {"owner_id": "dana"} | more))

    async def enroll(self, sequence: str, person: str | None = "p1", **more: Any) -> Accepted:
        return await self.services.enrolling.enroll(EntryRequest(sequence, secrets.token_hex(8), person, **more))

    def handle(self, accepted: Accepted) -> WorkflowHandle[Any, Any]:
        return self.services.client.get_workflow_handle(accepted.workflow_id)

    async def skip(self, accepted: Accepted, **delta: float) -> None:
        await self.skipper.fast_forward(self.handle(accepted), timedelta(**delta))

    async def row(self, name: str, **values: object) -> queries.Row | None:
        async with self.services.database.statement() as connection:
            return await queries.row(connection, name, **values)

    async def rows(self, name: str, **values: object) -> list[queries.Row]:
        async with self.services.database.statement() as connection:
            return await queries.rows(connection, name, **values)

    async def listed(self, listing: Listing[Any], **asked: object) -> list[dict[str, Any]]:
        async with self.services.database.transaction() as connection:
            found = await page(connection, listing, asked, limit=1000)
            return [row.as_dict() for row in found.rows]

    async def steps(self, accepted: Accepted) -> dict[str, str]:
        found = await self.rows("steps_of", enrollment_id=accepted.enrollment)
        return {row["step"]: row["state"] for row in found}

    async def state(self, accepted: Accepted) -> str:
        row = await self.row("enrollment_row", id=accepted.enrollment)
        assert row is not None
        return str(row["state"])

    async def reply(self, accepted: Accepted, words: str, step: str | None = None) -> None:
        sends = await self.rows("sends_of", enrollment_id=accepted.enrollment)
        send = next(row for row in reversed(sends) if step in (None, row["step"]) and row["channel"] == "email")
        raw = (
            f"From: {send['recipient']}\r\nTo: reply@reply.relance.example\r\nSubject: Re: hello\r\n"
            f"Message-ID: <{secrets.token_hex(8)}@client.example>\r\nIn-Reply-To: {send['message_id']}\r\n"
            f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} +0000\r\n\r\n{words}\r\n"
        )
        await self.intake.receive(raw.encode(), ())

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        await until(condition)

    async def until_step(self, accepted: Accepted, step: str, state: str = "sent") -> None:
        async def met() -> bool:
            return (await self.steps(accepted)).get(step) == state

        await self.until(met)

    async def until_state(self, accepted: Accepted, *states: str) -> None:
        async def met() -> bool:
            return await self.state(accepted) in states

        await self.until(met)


def settings_for(database_url: str, mail_port: int) -> Settings:
    return Settings(
        database_url=database_url,
        bearer_token="bearer-for-tests",
        hook_secrets="hook-key-for-tests",
        webhook_networks="127.0.0.0/8",
        token_keys="token-key-for-tests",
        smtp_port=mail_port,
        smtp_tls="none",
        smtp_timeout=5.0,
        smtp_data_timeout=5.0,
        # The tests of slots ask for limits; everybody else has many runs send at the same moment.
        mailbox_limits=os.environ.get("RELANCE_MAILBOX_LIMITS", "none"),
        # The tests of replies ask for them; everybody else counts mails.
        replies=os.environ.get("RELANCE_REPLIES", "none"),
        sms_sender="+442071838750",
        public_url="http://127.0.0.1:9",
    )


@contextlib.asynccontextmanager
async def open_flow(
    database_url: str,
    temporal: LocalTemporal,
    folder: Path,
    others: Mapping[str, Carrier] | None = None,
    *,
    ends_runs: bool = True,
    **more: Any,
) -> AsyncIterator[FlowRig]:
    """Relance with all its workers.

    Args:
        database_url: of a database of its own.
        temporal: the server that all tests share.
        folder: for what is sent.
        others: carriers of channels besides e-mail and SMS.
        ends_runs: False where the server is the test's own, and what happens next is about these runs.
        more: settings, such as another mail server's.
    """
    async with AsyncExitStack() as stack:
        mail = MailCapture(folder / "mail")
        await mail.start()
        stack.push_async_callback(mail.stop)
        settings = settings_for(database_url, mail.port).model_copy(update=more)
        services = await stack.enter_async_context(open_services(settings, temporal.environment))
        await _unscheduled(services)
        dispatcher = Dispatcher(services)
        texts = ScriptedTexts()
        task = asyncio.create_task(dispatcher.run())
        stack.push_async_callback(_cancelled, task)
        intake = MailIntake(services.database, services.organisation, utc_now, dispatcher.wake)
        flow = FlowRig(services, mail, texts, TimeSkipper(services.client), intake, dispatcher, folder, others or {})
        for queue in worker.QUEUES:
            await flow.start_worker(queue)
        stack.push_async_callback(_workers_stopped, flow)
        yield flow
        if ends_runs:
            await _end_runs(flow)


async def _unscheduled(services: Services) -> None:
    """Takes away the passes that a real worker process of an earlier test has left in the shared Temporal.

    Every half minute they would look at the runs of this test, and settle what the test itself wants to see settled.
    """
    for each in ALL_PASSES:
        with contextlib.suppress(RPCError):
            await services.client.get_schedule_handle(each.schedule).delete()


async def _workers_of(queue: str, stack: AsyncExitStack, flow: FlowRig) -> list[Worker]:
    services = flow.services
    if queue == SENTIMENT_QUEUE:
        scoring = await stack.enter_async_context(scoring_with(ScriptedScorer()))
        return [worker.sentiment_worker(services, scoring)]
    renderer = Renderer()
    composer = Composer(renderer, services.organisation)
    follow_ups = FollowUps(renderer, composer, services.changes)
    if queue == QUEUE:
        webhooks = webhooks_of(services.settings, services.database)
        stack.push_async_callback(webhooks.aclose)
        deliveries = worker.deliveries_of(services, webhooks)
        main = _patient(worker.main_worker(services, follow_ups, deliveries, flow.runner))
        return [main, worker.delivery_worker(services, deliveries)]
    email = email_transport(services.settings)
    stack.push_async_callback(email.aclose)
    texts = cast("SmsTransport", flow.texts)
    own = own_transports(services.settings, services.database)
    stack.push_async_callback(own.aclose)
    return [worker.send_worker(services, composer, follow_ups, email, texts, others=flow.others, own=own)]


def _patient(main: Worker) -> Worker:
    """The SDK takes two seconds of wall clock without a yield for a deadlock, and interrupts the thread.

    Where four processes with their servers share two cores, that judges the machine and not the workflow; the
    interruption may end in a callback of the garbage collector, where nobody can catch it.
    """
    workflows = main._workflow_worker
    assert workflows is not None
    assert workflows._deadlock_timeout_seconds == 2
    workflows._deadlock_timeout_seconds = PATIENCE
    return main


async def _workers_stopped(flow: FlowRig) -> None:
    for queue in list(flow.workers):
        await flow.stop_worker(queue)


async def _cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _end_runs(flow: FlowRig) -> None:
    """One dev server serves all tests: what is left open would be picked up by the next test's worker."""
    standing = await flow.services.database.pool.fetch(
        "SELECT sequence, CASE scope WHEN 'person' THEN person_id ELSE record_id END AS key FROM reenrollment_window"
    )
    runs = await flow.listed(listings.ENROLLMENTS)
    open_runs = [row["workflow_id"] for row in runs if row["state"] not in ("stopped", "finished")]
    waiting = await flow.services.database.pool.fetch("SELECT id FROM follow_up WHERE state = 'pending'")
    deliveries = [delivery_workflow_id(row["id"]) for row in waiting]
    windows = [window_workflow_id(*row) for row in standing]
    for workflow_id in [rule_watcher_workflow_id(), *windows, *deliveries, *open_runs]:
        try:
            await flow.services.client.get_workflow_handle(workflow_id).terminate("end of test")
        except RPCError as error:
            # A run by rule whose window's workflow had no turn yet was never started.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
