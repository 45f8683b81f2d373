"""The app on a real port with a real Postgres; only Temporal is scripted."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from adapters.loop_server import LoopServer
from adapters.postgres.database import Database
from adapters.postgres.paging import Listing, page
from adapters.postgres.records import ChangeOrigin, Records
from adapters.postgres.versions import Versions
from adapters.settings import Settings
from adapters.sms.signature import sign as sign_twilio
from adapters.uploads.store import UploadStore
from sequences import ids
from sequences.auto_enroll.messages import WindowChange, WindowState
from sequences.definition.model import SequenceDefinition
from sequences.errors import NotFoundError, UnavailableError
from sequences.runs.state import Command, CommandAnswer, Due, Reaction, RunState
from sequences.runs.whereabouts import Whereabouts
from sequences.tokens import TokenKind, sign
from services.doctor.findings import HealthFinding
from services.enrolling.eligibility import Eligibility
from services.enrolling.enroll import Enrolling, EntryRequest
from services.enrolling.window_ledger import WindowLedger
from services.enrolling.window_starter import WindowStarter
from services.forms.intake import FormPorts, Forms
from services.intake.bookings import BookingIntake
from services.intake.links import LinkIntake
from services.intake.sms import SmsIntake
from services.reactions.write_reaction import NewReaction, write_reaction
from services.reading.probes import Probes
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from services.records.record_changes import RecordChanges
from services.runs.start_run import StartRun
from starter.composition import answering_of, organisation_of
from starter.http.dependencies import Ways
from starter.http.security import sign_hook
from starter.server.outbox import Dispatcher
from tests.support import by_name as queries
from tests.support.described import Described
from tests.support.kept_apps import app_of
from tests.support.settings import settings_of
from tests.support.waiting import PATIENCE, until

NOW = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
BEARER = "a-bearer-token-of-tests"
PUBLIC = "https://hooks.agency.example/relance"
TWILIO_TOKEN = "twilio-token"
PERSON_PHONE = "+447700900123"
UPLOAD_LIMIT = 1024 * 1024
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class ScriptedRuns:
    """Remembers what Temporal would have been told; ``down`` and ``closed`` say how it answers."""

    down: bool = False
    broken: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    gone: dict[str, Whereabouts] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    started: list[str] = field(default_factory=list)
    states: dict[str, RunState] = field(default_factory=dict)
    reactions: list[tuple[str, Reaction]] = field(default_factory=list)
    late: list[tuple[str, Reaction]] = field(default_factory=list)
    planned: list[tuple[str, Due]] = field(default_factory=list)
    commands: list[tuple[str, Command]] = field(default_factory=list)

    def _answer(self) -> None:
        if self.down:
            raise UnavailableError("Temporal is down in this test")

    async def start(self, workflow_id: str, state: RunState, first: Due | None) -> bool:
        self._answer()
        if first is not None:
            state.begin_with(first)
        self.started.append(state.enrollment)
        self.states[state.enrollment] = state
        return workflow_id not in self.taken

    async def react(self, workflow_id: str, reaction: Reaction, *more: Reaction) -> bool:
        self._answer()
        told = (reaction, *more)
        if any(each.id in self.broken for each in told):
            raise ValueError("this one cannot be told")
        if workflow_id in self.closed:
            return False
        for each in told:
            self.reactions.append((workflow_id, each))
        return True

    async def plan(self, workflow_id: str, due: Due) -> bool:
        self._answer()
        self.planned.append((workflow_id, due))
        return workflow_id not in self.closed

    async def follow_up_late(self, enrollment: str, reaction: Reaction) -> None:
        self._answer()
        self.late.append((enrollment, reaction))

    async def whereabouts(self, workflow_id: str, enrollment: str) -> Whereabouts:
        self._answer()
        return self.gone.get(workflow_id, Whereabouts.OPEN)

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        self._answer()
        if workflow_id in self.closed:
            raise NotFoundError("the run is over")
        self.commands.append((workflow_id, command))
        return CommandAnswer(changed=True, phase="paused", detail="as asked")


@dataclass
class ScriptedWindows:
    """The windows' part of Temporal: ``standing`` says for which window a gate is closed."""

    down: bool = False
    standing: dict[str, str] = field(default_factory=dict)
    started: list[WindowState] = field(default_factory=list)
    changed: list[WindowChange] = field(default_factory=list)
    told: list[WindowChange] = field(default_factory=list)

    def _answer(self) -> None:
        if self.down:
            raise UnavailableError("Temporal is down in this test")

    async def start(self, state: WindowState) -> str | None:
        self._answer()
        if (other := self.standing.get(f"{state.sequence}:{state.person}")) not in (None, state.window):
            return other
        self.started.append(state)
        return None

    async def change(self, state: WindowState, change: WindowChange) -> None:
        self._answer()
        self.changed.append(change)

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        self._answer()
        self.told.append(change)


@dataclass
class ScriptedDeliveries:
    """Remembers which follow-ups would have got a workflow."""

    down: bool = False
    handed: list[tuple[str, str, str]] = field(default_factory=list)
    mailed: list[str] = field(default_factory=list)

    async def hand_over(self, follow_up: str, kind: str, sequence: str) -> None:
        if self.down:
            raise UnavailableError("Temporal is down in this test")
        self.handed.append((follow_up, kind, sequence))

    async def mail_now(self, cause: str) -> None:
        if self.down:
            raise UnavailableError("Temporal is down in this test")
        self.mailed.append(cause)


@dataclass
class ScriptedWatchers:
    """Counts how often the rule watchers were woken."""

    woken: int = 0

    async def wake(self) -> None:
        self.woken += 1


@dataclass
class ApiRig:
    """One way in to everything that a test needs."""

    database: Database
    runs: ScriptedRuns
    enrolling: Enrolling
    settings: Settings
    versions: Versions
    changes: RecordChanges
    gates: ScriptedWindows
    windows: WindowStarter
    rules: ScriptedWatchers = field(default_factory=ScriptedWatchers)
    deliveries: ScriptedDeliveries = field(default_factory=ScriptedDeliveries)
    now: datetime = NOW
    woken: int = 0
    probed: dict[str, bool] = field(default_factory=lambda: {"postgres": True, "temporal": True})
    polled: set[str] = field(default_factory=set)
    found: tuple[HealthFinding, ...] = ()
    examined: int = 0
    uploads: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)
    http: httpx.AsyncClient = field(init=False)

    @property
    def records(self) -> Records:
        return Records("UTC")

    def wake(self) -> None:
        self.woken += 1

    def clock(self) -> datetime:
        return self.now

    async def row(self, name: str, **values: object) -> Any:
        async with self.database.statement() as connection:
            return await queries.row(connection, name, **values)

    async def rows(self, name: str, **values: object) -> list[queries.Row]:
        async with self.database.statement() as connection:
            return await queries.rows(connection, name, **values)

    async def listed(self, listing: Listing[Any], **asked: object) -> list[dict[str, Any]]:
        async with self.database.transaction() as connection:
            found = await page(connection, listing, asked, limit=1000)
            return [row.as_dict() for row in found.rows]

    async def fetch(self, sql: str, *values: object) -> list[Any]:
        async with self.database.statement() as connection:
            return [queries.Row(row) for row in await connection.fetch(sql, *values)]

    async def execute(self, sql: str, *values: object) -> None:
        async with self.database.statement() as connection:
            await connection.execute(sql, *values)

    # --- ways in ------------------------------------------------------------------------------------------------

    async def hook(
        self, event: object, *, secret: bytes = b"hook-new-for-tests", at: datetime | None = None
    ) -> httpx.Response:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        stamp = int((at or self.now).timestamp())
        headers = {"X-Relance-Timestamp": str(stamp), "X-Relance-Signature": sign_hook(secret, stamp, body)}
        return await self.http.post("/hooks/crm", content=body, headers=headers)

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.http.request(method, path, headers={"Authorization": f"Bearer {BEARER}"}, **more)

    async def twilio(self, path: str, form: dict[str, str], *, token: str = TWILIO_TOKEN) -> httpx.Response:
        headers = {"X-Twilio-Signature": sign_twilio(PUBLIC + path, form.items(), token)}
        return await self.http.post(path, data=form, headers=headers)

    def token(self, kind: TokenKind, ident: str, key: bytes = b"token-key-for-tests") -> str:
        return sign(kind, ident, key)

    # --- what is there --------------------------------------------------------------------------------------------

    async def person(self, number: str = "p1", **more: object) -> None:
        values: dict[str, object] = {"type": "Candidate", "first_name": "Alex", "email": f"{number}@client.example"}
        values |= {"phone": PERSON_PHONE, **more}
        async with self.database.transaction() as connection:
            await self.changes.write(connection, "person", number, values, ChangeOrigin("import", self.now))

    async def publish(self, name: str = "hello", **more: object) -> None:
        definition = SequenceDefinition.model_validate(
            {"sequence": name, "name": "Hello", "record": "person", "steps": [{"id": "one", "email": "hello/one"}]}
            | more
        )
        async with self.database.transaction() as connection:
            await self.versions.publish(connection, definition, {}, self.now)

    async def enrolled(self, number: str = "p1", *, state: str = "active") -> str:
        """A run of ``hello`` about a new person, as its worker would have left it."""
        await self.person(number)
        await self.publish()
        accepted = await self.enrolling.enroll(EntryRequest("hello", f"n-{number}", number))
        await self.execute("UPDATE enrollment SET state = $2 WHERE id = $1", accepted.enrollment, state)
        self.runs.started.clear()
        return accepted.enrollment

    async def sent(self, enrollment: str, *, channel: str = "email", step: str = "one") -> str:
        """A message of that run that went out an hour ago."""
        run = await self.row("enrollment_row", id=enrollment)
        assert run is not None
        send, at = ids.send_id(enrollment, step), self.now - timedelta(hours=1)
        recipient = f"{run['person_id']}@client.example" if channel == "email" else PERSON_PHONE
        async with self.database.transaction() as connection:
            await queries.run(
                connection,
                "add_send",
                id=send,
                enrollment_id=enrollment,
                step=step,
                person_id=run["person_id"],
                channel=channel,
                sender="us",
                recipient=recipient,
                subject="Hello",
                message_id=f"<{send}@relance.example>" if channel == "email" else None,
                content=b"hello",
                text="hello",
                variant=None,
                planned_at=at,
            )
        await self.execute("UPDATE send SET state = 'sent', claimed_at = $2, decided_at = $2 WHERE id = $1", send, at)
        return send

    async def link(self, send: str, target: str = "https://agency.example/jobs?a=1&b=2") -> str:
        link = ids.link_id(send, 0)
        async with self.database.transaction() as connection:
            await queries.run(connection, "add_send_link", id=link, send_id=send, position=0, target=target)
        return link

    async def reaction(
        self, key: str, enrollment: str, kind: str = "clicked", *, minutes: int = 0, **detail: object
    ) -> str:
        async with self.database.transaction() as connection:
            at = self.now + timedelta(minutes=minutes)
            new = NewReaction(key, enrollment, "p1", kind, at, channel="email", detail=detail)
            return await write_reaction(connection, new)

    @asynccontextmanager
    async def dispatching(self) -> AsyncIterator[Dispatcher]:
        dispatcher = Dispatcher(self, self.clock)
        task = asyncio.create_task(dispatcher.run())
        try:
            yield dispatcher
        finally:
            dispatcher.stop()
            await task

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        await until(condition)


def settings_for(database_url: str, **more: Any) -> Settings:
    values = {
        "database_url": database_url,
        "public_url": PUBLIC,
        "bearer_token": BEARER,
        "company": "<Agency> & Co",
        "hook_secrets": "hook-new-for-tests, hook-old-for-tests",
        "token_keys": "token-key-for-tests",
        "twilio_auth_tokens": TWILIO_TOKEN,
    }
    return settings_of(**(values | more))


def ways_for(api: ApiRig) -> Ways:
    organisation = organisation_of(api.settings)

    def probe(name: str) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            if not api.probed[name]:
                raise UnavailableError(f"{name} is away")

        return ask

    async def polled(queue: str, host: str | None = None) -> bool:
        return (queue if host is None else f"{queue}@{host}") in api.polled

    async def examine(*_: object) -> tuple[HealthFinding, ...]:
        api.examined += 1
        return api.found

    uploads = UploadStore(Path(api.uploads.name), UPLOAD_LIMIT)
    known = api.settings.catalogue()
    return Ways(
        forms=Forms(FormPorts(api.database, api.records, api.changes, known, uploads, clock=api.clock, wake=api.wake)),
        uploads=uploads,
        settings=api.settings,
        organisation=organisation,
        database=api.database,
        runs=api.runs,
        enrolling=api.enrolling,
        crm=CrmIntake(
            api.database,
            ItemWriter(
                api.changes,
                origin="crm",
                echo_keys=api.settings.hook_keys(),
                echo_window=timedelta(minutes=api.settings.echo_window),
            ),
            api.clock,
            api.wake,
            api.settings.catalogue(),
        ),
        texts=SmsIntake(api.database, organisation, api.clock, api.wake),
        links=LinkIntake(api.database, api.clock, api.wake),
        bookings=BookingIntake(api.database, organisation, api.clock, api.wake),
        answering=answering_of(api.settings),
        probes=Probes({name: probe(name) for name in api.probed}, polled),
        clock=api.clock,
        examine=examine,
    )


@asynccontextmanager
async def open_api_rig(database_url: str, **more: Any) -> AsyncIterator[ApiRig]:
    settings = settings_for(database_url, **more)
    database = await Database.connect(database_url, max_size=5)
    runs, records, versions = ScriptedRuns(), Records("UTC"), Versions()
    made: list[ApiRig] = []
    gates = ScriptedWindows()
    starting = StartRun(database, versions, runs, lambda: made[0].now)
    windows = WindowStarter(database, WindowLedger(), gates, starting, lambda: made[0].now)
    enrolling = Enrolling(
        database=database,
        records=records,
        versions=versions,
        runs=runs,
        starting=starting,
        windows=windows,
        eligibility=Eligibility(records, "GB", token_keys=settings.keys()),
        clock=lambda: made[0].now,
    )
    api = ApiRig(database, runs, enrolling, settings, versions, RecordChanges(records), gates, windows)
    made.append(api)
    ways = ways_for(api)
    with app_of(ways) as app:
        server = LoopServer(app, "127.0.0.1", 0)
        await server.start()
        url, hooks = f"http://127.0.0.1:{server.port}", {"response": [Described(app, ways).check]}
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=PATIENCE, event_hooks=hooks) as http:
            api.http = http
            yield api
        await server.stop()
    api.uploads.cleanup()
    await database.close()
