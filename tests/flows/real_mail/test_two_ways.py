"""The mailbox of a recruiter that is read by IMAP beside the mail that comes by LMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.errors import UnavailableError
from starter.server.imap_reading import reading_mailboxes
from tests.support.letters import answer_to, arrived, reactions_of, written_to
from tests.support.rigs.flow import FlowRig
from tests.support.servers.postfix import PASSWORD, USER, MailServers, until


@asynccontextmanager
async def _read_by_imap(flow: FlowRig, servers: MailServers) -> AsyncIterator[None]:
    settings = flow.services.settings.model_copy(
        update={
            "imap_mailboxes": f"imap+plain://{USER.replace('@', '%40')}@127.0.0.1:{servers.imap}/INBOX",
            "imap_secrets": SecretStr(PASSWORD),
            "imap_poll": 2.0,
        }
    )
    async with reading_mailboxes(settings, flow.services.database, flow.intake, utc_now):
        yield


async def test_one_mail_by_lmtp_and_imap_is_one_reply_and_one_task(flow: FlowRig, real_mail: MailServers) -> None:
    accepted, address = await written_to(flow, "p1")
    mail = await arrived(real_mail, address)
    answer = answer_to(mail, "Please tell me more", USER)
    async with _read_by_imap(flow, real_mail):
        before = len(real_mail.raw(USER))
        # One submission to both addresses: Postfix makes two copies with trace headers of their own.
        real_mail.deliver(answer, address, str(mail["Reply-To"]), USER)
        await flow.until_state(accepted, "stopped")
        await until(lambda: len(real_mail.raw(USER)) > before, "the copy lies in the recruiter's mailbox")
        # A mail that comes after it by IMAP shows that the copy has been read.
        second, other = await written_to(flow, "p2")
        later = answer_to(await arrived(real_mail, other), "Please tell me more")
        later.replace_header("To", USER)
        real_mail.deliver(later, other, USER)
        await flow.until_state(second, "stopped")
    assert [row["kind"] for row in await reactions_of(flow, accepted)] == ["replied"]
    assert len([row for row in await flow.listed(listings.TASKS) if row["person_id"] == "p1"]) == 1
    assert len([row for row in await flow.listed(listings.LEADS) if row["person_id"] == "p1"]) == 1


async def test_a_frozen_imap_server_loses_no_answer(flow: FlowRig, real_mail: MailServers) -> None:
    accepted, address = await written_to(flow, "p3")
    mail = await arrived(real_mail, address)
    answer = answer_to(mail, "Please tell me more")
    answer.replace_header("To", USER)
    async with _read_by_imap(flow, real_mail):
        real_mail.freeze_dovecot(frozen=True)
        try:
            # Postfix keeps the mail while the mailbox does not answer.
            await asyncio.to_thread(real_mail.deliver, answer, address, USER)
        finally:
            real_mail.freeze_dovecot(frozen=False)

        async def read() -> bool:
            # Again and again: one flush comes to nothing while Postfix still waits for its first attempt to fail.
            await asyncio.to_thread(real_mail.flush)
            return await flow.state(accepted) == "stopped"

        await flow.until(read)
    assert [row["kind"] for row in await reactions_of(flow, accepted)] == ["replied"]


async def test_a_folder_that_was_made_anew_doubles_nothing(flow: FlowRig, real_mail: MailServers) -> None:
    accepted, address = await written_to(flow, "p4")
    answer = answer_to(await arrived(real_mail, address), "Please tell me more")
    answer.replace_header("To", USER)
    async with _read_by_imap(flow, real_mail):
        real_mail.deliver(answer, address, USER)
        await flow.until_state(accepted, "stopped")
        await real_mail.doveadm("mailbox", "update", "-u", USER, "--uid-validity", "4242", "INBOX")
        second, other = await written_to(flow, "p5")
        later = answer_to(await arrived(real_mail, other), "Please tell me more")
        later.replace_header("To", USER)
        real_mail.deliver(later, other, USER)
        await flow.until_state(second, "stopped")
    assert [row["kind"] for row in await reactions_of(flow, accepted)] == ["replied"]
    assert len([row for row in await flow.listed(listings.TASKS) if row["person_id"] == "p4"]) == 1


async def test_an_answer_of_27_megabytes_is_taken(flow: FlowRig, real_mail: MailServers) -> None:
    accepted, address = await written_to(flow, "p6")
    mail = await arrived(real_mail, address)
    answer = answer_to(mail, "Please tell me more, here are my papers")
    answer.add_attachment(b"x" * 20_000_000, maintype="application", subtype="pdf", filename="papers.pdf")
    raw = answer.as_bytes()
    assert len(raw) > 27_000_000
    await asyncio.to_thread(real_mail.deliver, raw, address, str(mail["Reply-To"]))
    await flow.until_state(accepted, "stopped")


async def test_two_of_our_addresses_in_one_mail_reach_both_runs(flow: FlowRig, real_mail: MailServers) -> None:
    first, one = await written_to(flow, "p7")
    second, two = await written_to(flow, "p8")
    mails = [await arrived(real_mail, one), await arrived(real_mail, two)]
    answer = answer_to(mails[0], "Please tell me more", str(mails[1]["Reply-To"]))
    real_mail.deliver(answer, one, *(str(mail["Reply-To"]) for mail in mails))
    await flow.until_state(first, "stopped")
    # It is of the person of the first run: what it means for the other one, somebody says.
    await flow.until_state(second, "paused")
    for run in (first, second):
        assert [row["kind"] for row in await reactions_of(flow, run)] == ["replied"]


async def test_what_we_could_not_store_comes_again(
    flow: FlowRig, real_mail: MailServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted, address = await written_to(flow, "p9")
    mail = await arrived(real_mail, address)
    receive, tries = flow.intake.receive, 0

    async def at_first_in_vain(raw: bytes, recipients: tuple[str, ...]) -> Any:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise UnavailableError("Postgres is away")
        return await receive(raw, recipients)

    monkeypatch.setattr(flow.intake, "receive", at_first_in_vain)
    real_mail.deliver(answer_to(mail, "Please tell me more"), address, str(mail["Reply-To"]))
    await flow.until_state(accepted, "stopped")
    assert tries == 3
    assert [row["kind"] for row in await reactions_of(flow, accepted)] == ["replied"]
