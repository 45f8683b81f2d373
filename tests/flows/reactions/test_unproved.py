"""Forged mail through a whole Relance, each with ``spf=fail; dmarc=fail`` by our border; and what people say of it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.clock import utc_now
from adapters.postgres import listings
from sequences.reactions.sentiment import Intent, Label
from sequences.reactions.verdict import LONGEST_ABSENCE
from sequences.tokens import TokenKind
from services.operations.review import Opinion, UnclearError, review
from starter.local.temporal import LocalTemporal
from tests.support.letters import TWO
from tests.support.rigs.flow import FlowRig, open_flow

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted

FORGED = "Authentication-Results: mx.agency.example; spf=fail smtp.mailfrom=evil.example; dmarc=fail\r\n"
PROVED = "Authentication-Results: mx.agency.example; dkim=pass header.d=client.example; dmarc=pass\r\n"
YES = "Please tell me more, call +1 900 555 0100"
STOP = "Please stop emailing me and remove me from your list."
AWAY = "I am out of the office until 31 December 2099."


@pytest_asyncio.fixture
async def flow(database_url: str, temporal: LocalTemporal, tmp_path: Path) -> AsyncIterator[FlowRig]:
    async with open_flow(database_url, temporal, tmp_path, authserv_id="mx.agency.example") as flow:
        yield flow


async def written_to(flow: FlowRig, *people: str) -> dict[str, Accepted]:
    """A run of each, whose first mail went out."""
    await flow.publish("two", TWO)
    runs = {}
    for each in people:
        await flow.person(each, email=f"{each}@client.example")
        runs[each] = await flow.enroll("two", each)
    for accepted in runs.values():
        await flow.until_step(accepted, "one")
    return runs


async def first(flow: FlowRig, accepted: Accepted) -> dict[str, Any]:
    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    return dict(send)


async def deliver(
    flow: FlowRig,
    words: str,
    *,
    sender: str,
    cites: str = "",
    to: str = "jobs@agency.example",
    results: str = FORGED,
    more: str = "",
    subject: str = "Re: hello",
) -> None:
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{secrets.token_hex(8)}@evil.example>\r\n"
    cited = f"In-Reply-To: {cites}\r\n" if cites else ""
    await flow.intake.receive(f"{results}{head}{cited}{more}\r\n{words}\r\n".encode(), (to,))


def bounce_of(address: str, cites: str) -> tuple[str, str]:
    head = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n'
    original = f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {cites}\r\n" if cites else ""
    return head, (
        "--b\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.evil.example\r\n\r\nFinal-Recipient: rfc822; {address}\r\nAction: failed\r\n"
        f"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n{original}--b--"
    )


def complaint_of(address: str, cites: str) -> tuple[str, str]:
    head = 'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n'
    original = f"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: jobs@agency.example\r\nTo: {address}\r\n"
    cited = f"Message-ID: {cites}\r\n" if cites else ""
    return head, (
        "--b\r\n\r\nThis is an abuse report.\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: x/1\r\nOriginal-Rcpt-To: {address}\r\n"
        f"{original}{cited}\r\nHello\r\n--b--"
    )


async def suppressed(flow: FlowRig) -> set[tuple[str | None, str, str]]:
    async with flow.services.database.transaction() as connection:
        rows = await connection.fetch(
            "SELECT coalesce(person_id, address) AS who, channel, reason FROM suppression WHERE lifted_at IS NULL"
        )
    return {(row["who"], row["channel"], row["reason"]) for row in rows}


async def holds(flow: FlowRig) -> set[tuple[str, str]]:
    async with flow.services.database.transaction() as connection:
        rows = await connection.fetch("SELECT people, channel FROM opt_out_hold WHERE ended_at IS NULL")
    return {(row["people"][0], row["channel"]) for row in rows}


async def reply_of(flow: FlowRig, accepted: Accepted) -> dict[str, Any]:
    """The reply of a run, once the run has handled it."""
    found: list[dict[str, Any]] = []

    async def handled() -> bool:
        found[:] = [dict(row) for row in await flow.rows("reactions_of", enrollment_id=accepted.enrollment)]
        return bool(found) and all(row["handled_at"] for row in found)

    await flow.until(handled)
    return found[0]


async def said(
    flow: FlowRig, reply: str, label: Label, intent: Intent | None = None, *, not_theirs: bool = False
) -> None:
    async with flow.services.database.transaction() as connection:
        await review(connection, reply, Opinion(label, intent, not_theirs=not_theirs), utc_now())
    flow.dispatcher.wake()


async def test_nine_forged_mails(flow: FlowRig) -> None:
    runs = await written_to(flow, *(f"v{number}" for number in range(1, 10)))
    sends = {who: await first(flow, accepted) for who, accepted in runs.items()}
    ids = {who: str(send["message_id"]) for who, send in sends.items()}
    address = {who: f"{who}@client.example" for who in runs}
    bounces, fbl = "mailer-daemon@evil.example", "fbl@evil.example"
    signed = flow.services.organisation.signed_address(TokenKind.UNSUBSCRIBE, str(sends["v9"]["id"]))
    await deliver(flow, STOP, sender=address["v1"])
    await deliver(flow, YES, sender=address["v2"])
    for who, cites, sender, report in (
        ("v3", "", bounces, bounce_of),
        ("v4", ids["v4"], bounces, bounce_of),
        ("v5", "", fbl, complaint_of),
        ("v6", ids["v6"], fbl, complaint_of),
    ):
        head, body = report(address[who], cites)
        await deliver(flow, body, sender=sender, more=head, subject="Report")
    await deliver(flow, STOP, sender="attacker@evil.example", cites=ids["v7"])
    await deliver(flow, AWAY, sender=address["v8"], more="Auto-Submitted: auto-replied\r\n", subject="Automatic reply")
    await deliver(flow, "unsubscribe", sender="attacker@evil.example", to=signed, subject="unsubscribe")

    waiting = {who: await reply_of(flow, runs[who]) for who in ("v1", "v2", "v6", "v7", "v8", "v9")}
    await flow.until_state(runs["v4"], "stopped")
    # Known by address alone: an opt-out, a yes, an absence. Nothing is stopped for good, and no rule acts.
    assert {who: row["decision"] for who, row in waiting.items()} == dict.fromkeys(waiting, "pause")
    assert {who: row["detail"].get("doubt") for who, row in waiting.items()} == {
        "v1": "not_authenticated",
        "v2": "not_authenticated",
        "v6": "not_authenticated",
        "v7": "other_sender",
        "v8": None,
        "v9": "other_sender",
    }
    assert await flow.listed(listings.LEADS) == []
    assert sorted(row["title"] for row in await flow.listed(listings.TASKS)) == [
        *["Confirm the opt-out of Alex Example"] * 4,
        "Read the reply of Alex Example",
    ]
    # v3 and v5 prove no knowledge of a mail of ours; the bounce of v4 does, and says nothing of its person.
    assert await suppressed(flow) == {("v4@client.example", "email", "bounced")}
    assert await holds(flow) == {("v1", "all"), ("v6", "all"), ("v7", "all"), ("v9", "email")}
    for who in ("v3", "v5"):
        assert await flow.rows("reactions_of", enrollment_id=runs[who].enrollment) == []
        assert await flow.state(runs[who]) == "active"
    # An absence ends.
    until = datetime.fromisoformat((await flow.handle(runs["v8"]).query("status"))["paused_until"])
    assert utc_now() < until <= LONGEST_ABSENCE.after(utc_now())
    assert waiting["v8"]["detail"]["authentication"] == "failed"


@pytest.mark.parametrize("theirs", [True, False])
async def test_a_person_confirms_an_opt_out_or_denies_it(flow: FlowRig, *, theirs: bool) -> None:
    runs = await written_to(flow, "ada")
    accepted = runs["ada"]
    await deliver(flow, STOP, sender="ada@elsewhere.example", cites=str((await first(flow, accepted))["message_id"]))
    reply = await reply_of(flow, accepted)
    # Nobody answers: nothing goes out, however long that takes.
    await flow.skip(accepted, days=30)
    assert (await flow.state(accepted), await flow.steps(accepted)) == ("paused", {"one": "sent", "two": "planned"})
    with pytest.raises(UnclearError, match="whose wish"):
        await said(flow, reply["id"], Label.POSITIVE)
    if theirs:
        await said(flow, reply["id"], Label.NEGATIVE, Intent.OPT_OUT)
        await flow.until_state(accepted, "stopped")
        assert await suppressed(flow) == {("ada", "all", "opt_out")}
    else:
        await said(flow, reply["id"], Label.NEUTRAL, not_theirs=True)
        await flow.until_state(accepted, "active")
        await flow.skip(accepted, days=40)
        await flow.until_step(accepted, "two")
        assert await suppressed(flow) == set()
    assert await holds(flow) == set()
    [task] = await flow.listed(listings.TASKS)
    assert (task["title"], task["state"]) == ("Confirm the opt-out of Alex Example", "done")


async def test_a_yes_from_another_address_acts_once_a_person_has_read_it(flow: FlowRig) -> None:
    accepted = (await written_to(flow, "ada"))["ada"]
    cites = str((await first(flow, accepted))["message_id"])
    await deliver(flow, "Please tell me more", sender="ada@elsewhere.example", cites=cites, results=PROVED)
    reply = await reply_of(flow, accepted)
    assert (reply["decision"], await flow.listed(listings.LEADS)) == ("pause", [])
    assert "other_sender" in reply["score_reasons"]
    await said(flow, reply["id"], Label.POSITIVE)
    await flow.until_state(accepted, "stopped")
    assert len(await flow.listed(listings.LEADS)) == 1


async def test_what_is_proved_or_cites_our_mail_acts(flow: FlowRig) -> None:
    runs = await written_to(flow, "ada", "ben")
    await deliver(flow, STOP, sender="ada@client.example", results=PROVED)
    cites = str((await first(flow, runs["ben"]))["message_id"])
    await deliver(flow, STOP, sender="ben@client.example", cites=cites)
    for accepted in runs.values():
        await flow.until_state(accepted, "stopped")
    assert await suppressed(flow) == {("ada", "all", "opt_out"), ("ben", "all", "opt_out")}
    ada, ben = [(await reply_of(flow, runs[who]))["detail"] for who in ("ada", "ben")]
    assert (ada["authentication"], ada["authenticated_by"]) == ("proved", "dmarc=pass")
    # Accepted unproved, and marked.
    assert (ben["authentication"], ben["authenticated_by"], "doubt" in ben) == ("failed", "dmarc=fail", False)
