"""The whole story of the demo, with Dana's mailbox at a provider: connected in the console, on Postfix and Dovecot.

Max sends by a server of his own, and the CRM of the demo hears of both. Each event of it is got by a poller and posted
to a subscriber.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import pytest_asyncio
from rich.console import Console
from standardwebhooks import Webhook

from adapters.clock import utc_now
from adapters.postgres import queries
from adapters.postgres.database import Connection
from sequences.access.role import Role
from services.access.audit import CLI
from services.access.users import Invitation, invite
from starter.demo.actors import Cast
from starter.demo.crm_bridge import CrmBridge
from starter.demo.expectations import Checking
from starter.demo.people import post_hook
from starter.demo.recruiters import RECRUITERS, RecruiterMailbox
from starter.demo.stack_view import World
from starter.demo.stage import DemoStage, demo_stack, staged
from starter.demo.story import BUSINESS
from starter.local.as_person import answer_of
from starter.local.mail_capture import list_mail, read_mail
from tests.support.console import OWN_PAGE
from tests.support.oidc import Provider, account, running_provider
from tests.support.servers.postfix import MailServers, mail_servers_or_skip
from tests.support.servers.receivers import Receiver, receiver
from tests.support.waiting import PATIENCE, until

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
DANA = "dana@relance.example"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "events.schema.json").read_text())
OF_THE_STORY = {
    *("sequence.published", "enrollment.enrolled", "enrollment.refused", "enrollment.stopped", "enrollment.finished"),
    *("message.sent", "message.clicked", "message.bounced", "reply.received", "person.opted_out"),
    *("task.created", "task.done", "lead.created", "field.set"),
}


@dataclass(frozen=True)
class ConnectedMailbox(RecruiterMailbox):
    """Dana's: mail leaves by Postfix and comes back to Dovecot; her ``server`` is that of the people she writes to."""

    servers: list[MailServers] = field(default_factory=list)
    provider: list[Provider] = field(default_factory=list)

    async def add(self, world: World) -> None:
        """An admin adds it over HTTP; then she connects it in the console."""
        (mail,), (provider,) = self.servers, self.provider
        sends = {"host": "localhost", "port": mail.submission, "login": "oauth"}
        reads = {"host": "localhost", "port": mail.imap, "security": "starttls", "login": "oauth"}
        body: dict[str, Any] = {"address": DANA, "owner": "dana", "reply_to": "own"}
        body |= {"signature_text": "Dana Recruiter\nRelance Example Agency"}
        body |= {"transport": {"kind": "smtp", "settings": sends}, "inbound": {"kind": "imap", "settings": reads}}
        (await world.post("/mailboxes", body)).raise_for_status()
        link = await world.ask(_invited)
        async with httpx.AsyncClient(
            base_url=f"{world.stack.url}/console", headers=OWN_PAGE, trust_env=False, timeout=PATIENCE
        ) as browser:
            signed_in = await browser.post(f"/sign-in/{link}", data={})
            assert signed_in.status_code == 303, signed_in.text
            led = await browser.get(
                "/mailboxes/connect/start", params={"address": DANA, "provider": "google", "access": "servers"}
            )
            assert led.status_code == 303, led.text
            back = await provider.log_in(led.headers["location"], "s-dana")
            done = await browser.get(str(back))
            assert done.status_code == 303, done.text


async def _invited(connection: Connection) -> str:
    made = await invite(connection, CLI, Invitation(DANA, Role.RECRUITER, owner_id="dana"), utc_now())
    return made.link.token


class CastByMx(Cast):
    """People whose answers to Dana go to her own address, by the server of its domain."""

    mail: MailServers

    async def answer(self, address: str, words: str) -> None:
        reply = answer_of(self.mails_to(address)[-1], words)
        assert reply["To"] == DANA
        self.mail.deliver(reply, address, DANA)


@dataclass
class Played:
    """What the story left."""

    stage: DemoStage
    mail: MailServers
    provider: Provider
    crm: Receiver
    secret: str
    mailboxes: dict[str, RecruiterMailbox]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider(account("s-dana", DANA)) as provider:
        provider.scope = None
        yield provider


@pytest_asyncio.fixture
async def played(provider: Provider, tmp_path: Path) -> AsyncIterator[Played]:
    console = Console(file=io.StringIO())
    async with AsyncExitStack() as exits:
        dana = ConnectedMailbox.of("dana", tmp_path / "mailboxes")
        mailboxes = {"dana": dana, "max": RecruiterMailbox.of("max", tmp_path / "mailboxes")}
        assert set(mailboxes) == set(RECRUITERS)
        for box in mailboxes.values():
            await box.start()
            exits.push_async_callback(box.stop)
        people = dict.fromkeys(("client.example", "candidate.example"), dana.server.port)
        more = {"recruiters": (DANA,), "outside": people}
        mail = await exits.enter_async_context(mail_servers_or_skip(f"{provider.issuer}/introspect", **more))
        assert isinstance(dana, ConnectedMailbox)
        dana.servers.append(mail)
        dana.provider.append(provider)
        bridge = CrmBridge("a-secret-of-the-bridge-of-tests")
        await bridge.start()
        exits.push_async_callback(bridge.stop)
        folder = tmp_path / "stack"
        folder.mkdir()
        settings = bridge.settings(folder) | {
            "RELANCE_GOOGLE_CLIENT_ID": "relance",
            "RELANCE_GOOGLE_CLIENT_SECRET": "s3cret",
            "RELANCE_GOOGLE_ISSUER": provider.issuer,
            "RELANCE_SMTP_CA_FILE": str(mail.ca),
            "RELANCE_IMAP_CA_FILE": str(mail.ca),
            "RELANCE_IMAP_POLL": "1",
        }
        subscriber = await exits.enter_async_context(receiver())
        CastByMx.mail = mail
        stack = await exits.enter_async_context(demo_stack(folder, console, settings))
        stage = await exits.enter_async_context(staged(stack, console, mailboxes, bridge, CastByMx))
        made = await stage.world.post("/webhooks", {"name": "all", "url": subscriber.url()})
        made.raise_for_status()
        token = {"Authorization": f"Bearer {stack.secrets.bearer_token}"}
        subscribed = await stage.http.put(f"{stack.url}/webhooks/all/subscription", json={}, headers=token)
        subscribed.raise_for_status()
        await stage.story.play()
        yield Played(stage, mail, provider, subscriber, made.json()["secret"], mailboxes)


async def test_the_whole_story_with_one_mailbox_by_oauth_and_every_event_of_it(played: Played) -> None:
    stage, world = played.stage, played.stage.world
    found = await Checking(world, stage.cast, stage.story).check()
    assert [f"{each.what}: {each.found}" for each in found if not each.met] == []
    assert len(found) > 60

    # Dana's left by a login at Postfix, answers go to her own mailbox, and Ada's lies there.
    dana = played.mailboxes["dana"].server.folder
    for each in list_mail(dana):
        mail = message_from_bytes(read_mail(dana, each.file).raw)
        assert "ESMTPSA" in " ".join(map(str, mail.get_all("Received", [])))
        assert mail["Reply-To"] is None
    (answer,) = played.mail.mails(DANA)
    (ada,) = stage.cast.mails_to("ada@client.example")
    assert answer["In-Reply-To"] == ada.mail.message_id
    grants = await world.ask(queries.all_mailbox_grants)
    assert [(grant.address, grant.ended_at) for grant in grants] == [(DANA, None)]

    await _bounced(played)
    await _events(played)


async def _bounced(played: Played) -> None:
    """Somebody whose server says that there is no such address."""
    world = played.stage.world
    fields = {"type": "Client contact", "first_name": "Gus", "last_name": "Gone", "email": "nobody@client.example"}
    change = {"entity": "person", "id": "gus", "fields": fields | {"owner_id": "dana", "timezone": "Europe/London"}}
    body = {"event_id": "gus", "changes": [change]}
    answer = await post_hook(played.stage.http, world.stack.url, world.stack.secrets.hook_secret, body)
    assert answer.status_code == 200, answer.text
    answer = await world.enroll(BUSINESS, "gus")
    assert answer.status_code == 202, answer.text
    run = answer.json()
    if await world.waits_for_opening(run["enrollment"], run["workflow_id"], "introduce"):
        await world.skip_to_next(run["enrollment"], run["workflow_id"])
    await world.until_state(run["enrollment"], "stopped")


async def _events(played: Played) -> None:
    world = played.stage.world
    got: list[dict[str, Any]] = []
    cursor = "0"
    while True:
        page = await world.get("/events", after=cursor, limit="20")
        got += page["items"]
        cursor = page["cursor"]
        if not page["more"]:
            break
    checker = jsonschema.Draft202012Validator(SCHEMA)
    for event in got:
        checker.validate(event)
        assert "@" not in json.dumps(event["data"])
    assert {event["type"] for event in got} >= OF_THE_STORY
    assert [event["id"] for event in got] == [f"event-{event['cursor']}" for event in got]
    assert len({event["id"] for event in got}) == len(got)

    # From a cursor in the middle it is the same rest; and the subscriber got the same, in order for each person.
    middle = got[len(got) // 2]["cursor"]
    rest = (await world.get("/events", after=middle, limit="1000"))["items"]
    assert [event["id"] for event in rest] == [event["id"] for event in got[len(got) // 2 + 1 :]]

    def posted() -> list[dict[str, Any]]:
        return [Webhook(played.secret).verify(each.body, each.headers) for each in played.crm.got]

    # What was published before it subscribed is not posted.
    wanted = [event["id"] for event in got if event["type"] != "sequence.published"]
    await until(lambda: len(played.crm.got) >= len(wanted), what="all events posted")
    first = posted()
    assert {event["id"] for event in first if event["type"] != "sequence.published"} == set(wanted)
    assert _by_person(first) == _by_person(got)

    played.crm.got.clear()
    answer = await world.post("/webhooks/all/subscription/replay", {"after": "0"})
    assert answer.status_code == 200, answer.text
    await until(lambda: len(played.crm.got) >= len(got), what="all events posted once more")
    again = posted()
    assert {event["id"] for event in again} == {event["id"] for event in got}
    assert _by_person(again) == _by_person(got)


def _by_person(events: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for event in events:
        if (person := event["data"].get("person")) is not None:
            found[person].append(event["id"])
    # At least once: what comes again counts where it came first.
    return {person: list(dict.fromkeys(ids)) for person, ids in found.items()}
