"""A recruiter's own inbox on a real IMAP server: answers are found by their threads, and nothing else is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from sequences.mailboxes.retry import RetryMailboxesPass
from services.access.audit import CLI
from services.intake.mail import MailIntake
from services.mailboxes.directory import KnownMailboxes
from services.mailboxes.inbox import SentFoldersOfAll
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from services.mailboxes.log_in import MailboxLogins
from services.mailboxes.retry_mailboxes import RetryMailboxes
from services.mailboxes.transports import MailboxTransports
from starter.composition import organisation_of
from starter.server.imap_reading import own_inboxes
from starter.transports import own_transports
from tests.support.rigs.api import ApiRig
from tests.support.servers.imap import PASSWORD, USER, Server, imap_server
from tests.support.waiting import until


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with imap_server("--no-tls") as made:
        yield made


async def add_mailbox(api: ApiRig, server: Server, address: str, *, secret: str = PASSWORD, **more: Any) -> str:
    settings = {
        **{"host": "127.0.0.1", "port": server.port, "security": "none", "username": USER, "folder": server.folder},
        **more,
    }
    wanted = {"inbound": {"kind": "imap", "settings": settings, "secret": secret}, "reply_to": "own"}
    async with api.database.transaction() as connection:
        return await KeepMailboxes(api.settings.keys()).add(
            connection, CLI, address, MailboxChanges.model_validate(wanted), api.clock()
        )


def reading(api: ApiRig) -> Any:
    intake = MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake)
    return own_inboxes(api.settings, api.database, intake, api.clock).running()


def answer(to: str, words: str, *, of: str, sender: str = "p1@client.example", number: int = 1) -> bytes:
    return (
        f"From: Alex <{sender}>\r\nTo: {to}\r\nMessage-ID: <re{number}@client.example>\r\nIn-Reply-To: {of}\r\n"
        f"References: {of}\r\nSubject: Re: Hello\r\n\r\n{words}\r\n"
    ).encode()


async def rows(api: ApiRig, statement: str) -> list[Any]:
    return list(await api.database.pool.fetch(statement))


async def sent(api: ApiRig) -> Any:
    """A run whose mail went out from a mailbox."""
    send = await api.sent(await api.enrolled())
    await api.execute("UPDATE send SET sender = 'Dana@agency.example' WHERE id = $1", send)
    found = await api.database.pool.fetch("SELECT * FROM send WHERE id = $1", send)
    return found[0]


async def test_an_answer_in_a_thread_reacts_and_private_mail_is_not_stored(api: ApiRig, server: Server) -> None:
    folder = await server.create("Dana")
    row = await sent(api)
    await add_mailbox(api, folder, str(row["sender"]))
    private = (
        f"From: A friend <friend@elsewhere.example>\r\nTo: {row['sender']}\r\n"
        "Message-ID: <private@elsewhere.example>\r\nSubject: Dinner\r\n\r\nAt eight? Please stop sending me mails.\r\n"
    ).encode()
    mine = answer(str(row["sender"]), "Yes, please call me.", of=row["message_id"], sender=row["recipient"])
    await folder.deliver(private, mine, at=api.clock())
    async with reading(api):
        await until(lambda: _stored(api, 1))
    kept = await rows(api, "SELECT matched_by, reply_text FROM inbound")
    assert [(each["matched_by"], each["reply_text"].strip()) for each in kept] == [
        ("message_id", "Yes, please call me.")
    ]
    reactions = await rows(api, "SELECT kind FROM reaction")
    assert [each["kind"] for each in reactions] == ["replied"]
    marks = await rows(api, "SELECT uid = bounded_until AS seen FROM imap_watermark")
    assert [each["seen"] for each in marks] == [True], "both were seen, and one was stored"


async def test_somebody_whom_it_wrote_to_is_heard_without_a_thread(api: ApiRig, server: Server) -> None:
    folder = await server.create("Eve")
    row = await sent(api)
    await add_mailbox(api, folder, str(row["sender"]))
    fresh = (
        f"From: {row['recipient']}\r\nTo: {row['sender']}\r\nMessage-ID: <fresh@client.example>\r\n"
        "Subject: About your mail\r\n\r\nPlease remove me from your list.\r\n"
    ).encode()
    await folder.deliver(fresh, at=api.clock())
    async with reading(api):
        await until(lambda: _stored(api, 1))
    (kept,) = await rows(api, "SELECT reply_text FROM inbound")
    assert kept["reply_text"].strip() == "Please remove me from your list."
    held = await rows(api, "SELECT 1 FROM opt_out_hold WHERE ended_at IS NULL")
    suppressed = await rows(api, "SELECT 1 FROM suppression WHERE lifted_at IS NULL")
    assert held or suppressed, "nothing more goes to them, proved or not"


async def test_a_mailbox_is_taken_up_changed_and_left_while_it_runs(api: ApiRig, server: Server) -> None:
    folder, other = await server.create("Late"), await server.create("Later")
    row = await sent(api)
    async with reading(api):
        mailbox = await add_mailbox(api, folder, str(row["sender"]))
        first = answer(str(row["sender"]), "One", of=row["message_id"], sender=row["recipient"])
        await folder.deliver(first, at=api.clock())
        await until(lambda: _stored(api, 1))
        wanted = MailboxChanges.model_validate({"inbound": {"kind": "imap", "settings": {"folder": other.folder}}})
        async with api.database.transaction() as connection:
            await KeepMailboxes(api.settings.keys()).set(connection, CLI, mailbox, wanted, api.clock())
        mail = answer(str(row["sender"]), "Two", of=row["message_id"], sender=row["recipient"], number=2)
        await other.deliver(mail, at=api.clock())
        await until(lambda: _stored(api, 2))


async def test_an_inbox_that_lets_nobody_in_disconnects_its_mailbox(api: ApiRig, server: Server) -> None:
    await add_mailbox(api, server, "dana@agency.example", secret="wrong")
    async with reading(api):
        await until(lambda: _state(api, "disconnected"))
    why = await rows(api, "SELECT state_reason, retry_at > state_since AS retried FROM mailbox WHERE id IS NOT NULL")
    assert "inbox" in why[0]["state_reason"]
    assert why[0]["retried"], "a server that refuses for a while is tried by itself"
    logins = MailboxLogins(own=own_transports(api.settings, api.database), keys=api.settings.keys())
    retrying, later = RetryMailboxes(api.database, logins), api.clock() + timedelta(minutes=10)
    assert await retrying.pass_over(later) == RetryMailboxesPass(refused=1)
    # The right password of the inbox connects it, as that of the mail server does.
    wanted = MailboxChanges.model_validate({"inbound": {"kind": "imap", "secret": PASSWORD}})
    async with api.database.transaction() as connection:
        await KeepMailboxes(api.settings.keys()).set(connection, CLI, "dana@agency.example", wanted, api.clock())
    assert await _state(api, "active")
    assert await rows(api, "SELECT 1 FROM mailbox WHERE retry_at IS NOT NULL") == []


async def test_what_went_out_is_filed_in_its_sent_folder(api: ApiRig, server: Server) -> None:
    sent_folder = await server.create("Sent-of-Dana")
    await add_mailbox(api, server, "dana@agency.example", sent_folder=sent_folder.folder)
    own: MailboxTransports = own_transports(api.settings, api.database)
    async with api.database.statement() as connection:
        known = (await KnownMailboxes().read(connection)).mailboxes[0]
    await own.file_sent(known, b"Message-ID: <one@agency.example>\r\nSubject: Hello\r\n\r\nWords\r\n")
    assert len(await sent_folder.flags()) == 1

    look = SentFoldersOfAll(api.database, api.settings.keys())
    found = await look.filed("Dana@agency.example", ["<one@agency.example>", "<two@agency.example>"])
    assert found == {"<one@agency.example>"}
    await own.aclose()


async def _stored(api: ApiRig, number: int) -> bool:
    return len(await rows(api, "SELECT 1 FROM inbound")) >= number


async def _state(api: ApiRig, state: str) -> bool:
    found = await rows(api, "SELECT state FROM mailbox WHERE id IS NOT NULL")
    return [each["state"] for each in found] == [state]
