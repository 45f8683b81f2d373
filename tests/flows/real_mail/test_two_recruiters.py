"""The whole story with two recruiters: Dana's mailbox is connected by OAuth on Postfix and Dovecot, Max's has none.

What comes back is read from Dana's own inbox, and for Max at the signed address; at the end the CRM knows all of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from adapters.clock import utc_now
from adapters.mail.incoming.listener import ListenerSettings, MailListener
from services.access.audit import CLI
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from starter.crm_wiring import crm_parts, intake_of, register_crm
from starter.local.temporal import LocalTemporal
from starter.server.crm import keeping_crm
from starter.server.imap_reading import own_inboxes
from tests.support.crm.hooks import KEY, HooksWorld
from tests.support.mail_grants import USER, grant, oauth_settings
from tests.support.oidc import Provider, account, running_provider
from tests.support.rigs.flow import FlowRig, open_flow
from tests.support.servers.postfix import MailServers, mail_servers_or_skip, until

pytestmark = [
    pytest.mark.filterwarnings("ignore:get_jwt_config"),
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
]
MAX = "max@agency.example"
STATUS = "person.status"
"""A bridge without records of its own hears of our fields by our names."""
MAPPING = """
crm: hooks
connect: {url: URL}
write:
  - {on: enrolled, note: {text: "Added to {{ sequence }}"}}
  - {on: replied, note: {text: "{{ label }}: {{ reply }}"}}
  - {on: task, task: {}}
  - {on: field_set, fields: [person.status]}
  - {on: opted_out, set: {do_not_contact: true}}
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider(account("s-dana", USER)) as provider:
        provider.scope = None
        yield provider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers(provider: Provider) -> AsyncIterator[MailServers]:
    async with mail_servers_or_skip(f"{provider.issuer}/introspect") as servers:
        yield servers


@dataclass
class Agency:
    """Relance with everything around it."""

    flow: FlowRig
    servers: MailServers
    provider: Provider
    crm: HooksWorld
    disconnected: bool = False

    async def look(self) -> None:
        """Whether Dana's mailbox is disconnected."""
        rows = await self.flow.services.database.pool.fetch(
            "SELECT state FROM mailbox WHERE address = $1 AND id IS NOT NULL", USER
        )
        self.disconnected = [row["state"] for row in rows] == ["disconnected"]

    async def connect(self) -> None:
        """Dana connects her mailbox."""
        services = self.flow.services
        await grant(self.provider, services.database, utc_now, keys=tuple(services.settings.keys()))

    async def mail_to(self, person: str, number: int = 1) -> Message:
        """The mail that arrived for somebody, of all of them the last."""
        address = f"{person}@client.example"
        await until(lambda: len(self.servers.mails(address)) >= number, f"mail {number} to {person}")
        raw = self.servers.raw(address)
        assert len(raw) == number, "and no other"
        return max(map(message_from_bytes, raw), key=lambda mail: str(mail["References"] or ""))

    def answer(self, mail: Message, words: str) -> EmailMessage:
        """What a mail program makes of an answer."""
        answer = EmailMessage()
        answer["From"], answer["To"] = str(mail["To"]), str(mail["Reply-To"] or mail["From"])
        answer["Subject"], answer["In-Reply-To"] = f"Re: {mail['Subject']}", str(mail["Message-ID"])
        answer["References"], answer["Message-ID"] = str(mail["Message-ID"]), f"<re-{mail['Message-ID'][1:]}"
        answer.set_content(words)
        self.servers.deliver(answer, parseaddr(str(answer["From"]))[1], parseaddr(str(answer["To"]))[1])
        return answer

    def notes(self, person: str) -> list[str]:
        return sorted(note["text"] for note in self.crm.made["note"] if note["record"] == person)

    def tasks(self, person: str) -> list[str]:
        return [task["title"] for task in self.crm.made["task"] if task["record"] == person]

    def record(self, person: str) -> dict[str, Any]:
        return self.crm.records["person"][person]


def oauth_mailbox(servers: MailServers) -> dict[str, Any]:
    sends = {"host": "localhost", "port": servers.submission, "login": "oauth"}
    reads = {"host": "localhost", "port": servers.imap, "security": "starttls", "login": "oauth"}
    return {
        "owner": "dana",
        "signature_text": "Dana of Agency",
        "transport": {"kind": "smtp", "settings": sends},
        "inbound": {"kind": "imap", "settings": reads},
        "reply_to": "own",
    }


def plain_mailbox(servers: MailServers) -> dict[str, Any]:
    sends = {"host": "localhost", "port": servers.plain, "tls": "none", "username": "-"}
    return {"owner": "max", "signature_text": "Max of Agency", "transport": {"kind": "smtp", "settings": sends}}


@pytest_asyncio.fixture
async def agency(
    provider: Provider, servers: MailServers, database_url: str, temporal: LocalTemporal, tmp_path: Path
) -> AsyncIterator[Agency]:
    people = {"ada", "ben", "cleo"}
    world = HooksWorld({"person": {STATUS, "do_not_contact"}}, lists=False)
    for person in people:
        world.put("person", person, **{STATUS: "New"})
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(world.served())
        (tmp_path / "crm.yaml").write_text(MAPPING.replace("URL", world.url))
        more = oauth_settings(provider.issuer)
        more |= {"google_client_secret": SecretStr(more["google_client_secret"]), "crm_secret": SecretStr(KEY.decode())}
        more |= {"crm_file": str(tmp_path / "crm.yaml"), "smtp_ca_file": str(servers.ca)}
        more |= {"imap_ca_file": str(servers.ca), "imap_poll": 0.2, "public_url": "http://localhost:8080"}
        flow = await stack.enter_async_context(open_flow(database_url, temporal, tmp_path, **more))
        settings, database = flow.services.settings, flow.services.database

        async def receive(raw: bytes, recipients: tuple[str, ...]) -> None:
            await flow.intake.receive(raw, recipients)

        listener = MailListener(receive, ListenerSettings(port=servers.lmtp_of_relance))
        await listener.start()
        stack.push_async_callback(listener.stop)
        parts = await stack.enter_async_context(crm_parts(settings, database, intake_of(settings, database)))
        await register_crm(database, parts)
        await stack.enter_async_context(keeping_crm(parts, 60.0, 0.2))
        await stack.enter_async_context(own_inboxes(settings, database, flow.intake, utc_now).running())
        await flow.person("ada", owner_id="dana")
        await flow.write("owner", "max", first_name="Max", last_name="Owner", email=MAX)
        await flow.person("cleo", owner_id="dana")
        await flow.person("ben", owner_id="max")
        kept = KeepMailboxes(settings.keys())
        for address, wanted in ((USER, oauth_mailbox(servers)), (MAX, plain_mailbox(servers))):
            async with database.transaction() as connection:
                await kept.add(connection, CLI, address, MailboxChanges.model_validate(wanted), utc_now())
        agency = Agency(flow, servers, provider, world)
        await agency.connect()
        await flow.publish("new-services")
        yield agency


async def test_the_story_ends_with_the_right_notes_tasks_and_statuses(agency: Agency) -> None:
    flow = agency.flow
    ada, ben, cleo = [await flow.enroll("new-services", person) for person in ("ada", "ben", "cleo")]
    first = {person: await agency.mail_to(person) for person in ("ada", "ben", "cleo")}
    senders = {person: parseaddr(str(mail["From"]))[1] for person, mail in first.items()}
    assert senders == {"ada": USER, "ben": MAX, "cleo": USER}
    # Dana's went through a login, and says so; Max's server wants none.
    assert "ESMTPSA" in " ".join(map(str, first["ada"].get_all("Received", [])))
    assert first["ada"]["Reply-To"] is None, "answers go to her own mailbox"
    assert "reply.relance.example" in str(first["ben"]["Reply-To"])
    for person, name in (("ada", "Dana"), ("ben", "Max")):
        assert f"{name} of Agency" in first[person].as_string()

    agency.answer(first["ada"], "Please tell me more")
    agency.answer(first["ben"], "Please remove me from your list")
    await flow.until_state(ada, "stopped")
    await flow.until_state(ben, "stopped")
    assert [str(mail["In-Reply-To"]) for mail in agency.servers.mails(USER)] == [str(first["ada"]["Message-ID"])]

    # The token ends before its time, and Dovecot ends the connection of the reader: it logs in with another one.
    before = agency.provider.refreshed
    agency.provider.expire()
    await agency.servers.doveadm("kick", USER)
    await until(lambda: agency.provider.refreshed > before, "another token")
    await flow.skip(cleo, days=7, minutes=2)
    await flow.until_step(cleo, "remind")
    reminder = await agency.mail_to("cleo", 2)
    assert str(reminder["In-Reply-To"]) == str(first["cleo"]["Message-ID"])
    assert parseaddr(str(reminder["From"]))[1] == USER

    # Dana takes the access back in the middle of the run: her mail waits, she hears of it once, and nothing is lost.
    agency.provider.revoke()
    await agency.servers.doveadm("kick", USER)
    await until(lambda: agency.disconnected, "the mailbox disconnected", again=agency.look)
    await flow.skip(cleo, days=7, minutes=2)

    async def waits() -> bool:
        return "mailbox_disconnected" in str(await flow.handle(cleo).query("status"))

    await flow.until(waits)
    assert len(agency.servers.mails("cleo@client.example")) == 2
    sql = "SELECT owner_id, title FROM notification WHERE kind = 'mailbox_problem' ORDER BY owner_id"
    told = await flow.services.database.pool.fetch(sql)
    assert [row["owner_id"] for row in told] == ["dana", "operator"], "each of them once"
    assert "the access was revoked at the provider" in told[0]["title"]
    await agency.connect()
    # The run is ahead of the clock on the wall, so it is not due yet where that is asked; it looks again by itself.
    await flow.skip(cleo, minutes=20)
    await flow.until_step(cleo, "thank-you-anyway")
    assert str((await agency.mail_to("cleo", 3))["From"]).endswith(f"<{USER}>")
    await flow.skip(cleo, days=7, minutes=2)
    await flow.until_state(cleo, "finished")

    await until(lambda: agency.record("cleo")[STATUS] == "Dead lead", "the last status in the CRM")
    await until(lambda: agency.record("ben").get("do_not_contact") is True, "the opt-out in the CRM")
    await until(lambda: len(agency.notes("ben")) == 2 and len(agency.tasks("ada")) == 1, "notes and tasks")
    assert agency.notes("ada") == ["Added to Business development", "positive: Please tell me more"]
    assert agency.notes("ben") == ["Added to Business development", "negative: Please remove me from your list"]
    assert agency.notes("cleo") == ["Added to Business development"]
    assert agency.tasks("ada") == ["Call Alex Example"]
    assert agency.tasks("ben") == []
    statuses = {person: agency.record(person)[STATUS] for person in ("ada", "cleo")}
    assert statuses == {"ada": "New", "cleo": "Dead lead"}
    # Nothing was read twice, however often the inbox was looked at.
    kept = await flow.services.database.pool.fetch("SELECT count(*) AS n FROM inbound")
    assert kept[0]["n"] == 2
