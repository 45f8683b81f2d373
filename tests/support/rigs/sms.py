"""Both ends of a text on this machine: our worker's sending, the stand-in for Twilio, and our hooks on a real port."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.step import StepActivities
from adapters.loop_server import LoopServer
from adapters.postgres.records import Records
from adapters.sms.twilio_transport import TwilioSettings, TwilioTransport
from adapters.templates.renderer import Renderer
from adapters.templates.source import TemplateSource
from sequences import ids
from sequences.definition.model import SequenceDefinition
from sequences.runs.state import Due, StepCall
from services.enrolling.enroll import EntryRequest
from services.follow_ups.carry_out import FollowUps
from services.runs.planning import Planning
from services.runs.run_row import RunRow
from services.sending.carriers import carriers_of
from services.sending.compose_email import Composer, store
from services.sending.hand_over import Sending
from services.sending.prepare_message import PrepareMessage
from services.sending.settle_send import SettleSend
from services.sending.take_step import TakeStep
from starter.composition import organisation_of
from starter.limits import slots_of
from starter.local.twilio.server import CapturedSms, StandInFaults, StandInSettings, TwilioStandIn, list_sms
from starter.transports import email_transport
from tests.support import by_name as queries
from tests.support.kept_apps import app_of
from tests.support.rigs.api import TWILIO_TOKEN, ApiRig, settings_for, ways_for

ACCOUNT = "AC" + "0" * 31 + "1"
OURS = "+12025550100"
PERSON = "+12025550123"
SHARED_KEY = "a-shared-key-for-webhooks"
_PORTS: list[int] = []


@dataclass
class SmsRig:
    """Our side, one provider, one person with a phone."""

    api: ApiRig
    standin: TwilioStandIn
    transport: TwilioTransport
    steps: StepActivities
    planning: Planning
    composer: Composer
    folder: Path

    def faults(self, **faults: Any) -> None:
        self.standin.set_faults(StandInFaults(**faults))

    async def publish(self, name: str, words: str, **more: object) -> None:
        source = TemplateSource(f"{name}/text", None, words)
        definition = {
            "sequence": name,
            "name": name,
            "record": "person",
            "frequency_cap": "exempt",
            "steps": [{"id": "one", "sms": source.name}],
        }
        async with self.api.database.transaction() as connection:
            await self.api.versions.publish(
                connection,
                SequenceDefinition.model_validate(definition | more),
                {source.name: source.to_json()},
                self.api.now,
            )

    async def person(self, number: str = "p1", **more: object) -> None:
        await self.api.person(number, **({"phone": PERSON, "timezone": "Europe/London"} | more))

    async def begun(self, name: str, number: str = "p1") -> str:
        """A run whose first step is planned, as its worker would have left it."""
        accepted = await self.api.enrolling.enroll(EntryRequest(name, f"n-{name}-{number}", number))
        enrollment = accepted.enrollment
        await self.api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", enrollment)
        async with self.api.database.transaction() as connection:
            context = await self.planning.context(connection, await RunRow.load(connection, enrollment))
            await self.planning.next_due(connection, context, self.api.now)
        return enrollment

    async def take(self, enrollment: str, attempt: int = 0) -> Due:
        """The step activity, as the send worker runs it."""
        call = StepCall(enrollment, "one", self.api.now, attempt)
        return await ActivityEnvironment().run(self.steps.take_step, call)

    async def freeze(self, enrollment: str) -> str:
        """Composes and stores the step's text, and sends nothing."""
        async with self.api.database.transaction() as connection:
            context = await self.planning.context(connection, await RunRow.load(connection, enrollment))
            message = await self.composer.compose(connection, context, context.version.step("one"), self.api.now, ())
            await store(connection, message)
        return message.text

    async def texted(self, name: str, number: str = "p1") -> str:
        """Runs a sequence's text to its end and returns the enrollment."""
        enrollment = await self.begun(name, number)
        await self.take(enrollment)
        await self.standin.drain()
        return enrollment

    async def send(self, enrollment: str) -> queries.Row:
        row: queries.Row | None = await self.api.row("send_row", id=ids.send_id(enrollment, "one"))
        assert row is not None
        return row

    async def step(self, enrollment: str) -> queries.Row:
        (row,) = await self.api.rows("steps_of", enrollment_id=enrollment)
        return row

    async def suppressed(self) -> list[str]:
        rows = await self.api.rows("suppressions_of", person_id="p1", email=None, phone=PERSON)
        return [row["reason"] for row in rows]

    async def replies(self, body: str) -> str:
        """The person texts us; returns the MessageSid."""
        delivery = await self.standin.deliver_inbound(PERSON, OURS, body)
        assert delivery.status_code == 200
        return delivery.sid

    async def replay(self, sid: str, body: str) -> int:
        """Twilio's call about a person's text, made once more."""
        form = {"MessageSid": sid, "From": PERSON, "To": OURS, "Body": body}
        return (await self.api.twilio("/twilio/inbound", form)).status_code

    def outbound(self) -> list[CapturedSms]:
        return [text for text in list_sms(self.folder) if text.direction == "outbound-api"]

    async def events(self, enrollment: str) -> list[dict[str, Any]]:
        rows = await self.api.rows("run_events", enrollment_id=enrollment)
        return [row["detail"] for row in rows if row["kind"] == "long_text"]


@asynccontextmanager
async def open_sms_rig(
    api: ApiRig,
    folder: Path,
    *,
    signing_key: str | None = None,
    contents: Mapping[str, str] | None = None,
    **settings: object,
) -> AsyncIterator[SmsRig]:
    """Opens everything around ``api``, whose hooks the stand-in then reaches under their public address."""
    # An app is made for its public URL, and is kept: the next test has the port again.
    port = _PORTS.pop() if _PORTS else free_port()
    url = f"http://127.0.0.1:{port}"
    api.settings = settings_for(
        api.settings.database_url, **({"public_url": url, "sms_sender": OURS, "twilio_account_sid": ACCOUNT} | settings)
    )
    organisation = organisation_of(api.settings)
    async with AsyncExitStack() as stack:
        stack.callback(_PORTS.append, port)
        server = LoopServer(stack.enter_context(app_of(ways_for(api))), "127.0.0.1", port)
        await server.start()
        stack.push_async_callback(server.stop)
        standin = TwilioStandIn(
            StandInSettings(
                ACCOUNT,
                TWILIO_TOKEN,
                folder,
                inbound_url=f"{url}/twilio/inbound",
                signing_key=signing_key,
                contents=contents or {},
            ),
            clock=api.clock,
        )
        await standin.start()
        stack.push_async_callback(standin.stop)
        transport = TwilioTransport(TwilioSettings(ACCOUNT, TWILIO_TOKEN, OURS, standin.url, timeout=2.0))
        stack.push_async_callback(transport.aclose)
        renderer, planning = Renderer(), Planning(Records("UTC"), api.versions)
        composer = Composer(renderer, organisation)
        slots = slots_of(api.settings)
        carriers = carriers_of(composer, email_transport(api.settings), transport)
        sending = Sending(api.database, carriers, slots)
        follow_ups = FollowUps(renderer, composer, api.changes)
        steps = StepActivities(
            TakeStep(
                database=api.database,
                planning=planning,
                preparing=PrepareMessage(planning, composer, organisation),
                sending=sending,
                settling=SettleSend(slots),
                follow_ups=follow_ups,
            )
        )
        yield SmsRig(api, standin, transport, steps, planning, composer, folder)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
