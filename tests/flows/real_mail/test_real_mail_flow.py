"""What people and servers send back, through real servers: each mail leaves by Postfix, and comes back by Postfix."""

from __future__ import annotations

import email
import secrets
from email import policy
from email.message import EmailMessage
from typing import Any

from tests.flows.conftest import Flow
from tests.flows.real_mail.servers import MailServers, until

TWO = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nschedule: {window: any}\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "reactions:\n  - on: replied.positive\n    do:\n      - create_task: {title: Call}\n"
    "      - create_lead: {source: two}\n    then: stop\n"
)


async def _written_to(flow: Flow, who: str) -> tuple[Any, str]:
    """Somebody of client.example who was sent the first mail; the run and the address."""
    address = f"{who}@client.example"
    await flow.publish("two", TWO)
    await flow.person(who, email=address)
    accepted = await flow.enroll("two", who)
    await flow.until_step(accepted, "one")
    return accepted, address


async def _arrived(servers: MailServers, address: str) -> EmailMessage:
    await until(lambda: bool(servers.raw(address)), f"a mail in the mailbox; {servers.log()[-1_500:]}")
    mail = email.message_from_bytes(servers.raw(address)[0], policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def _answer_to(mail: EmailMessage, words: str, *more: str) -> EmailMessage:
    answer = EmailMessage()
    answer["From"], answer["To"] = str(mail["To"]), ", ".join([str(mail["Reply-To"]), *more])
    answer["Subject"], answer["Message-ID"] = f"Re: {mail['Subject']}", f"<{secrets.token_hex(8)}@client.example>"
    answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
    answer.set_content(f"{words}\n\nOn Monday Dana Owner wrote:\n> Hello\n")
    return answer


async def _reactions(flow: Flow, accepted: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await flow.rows("reactions_of", enrollment_id=accepted.enrollment)]


async def test_a_mail_arrives_whole_and_its_answer_stops_the_run(flow: Flow, real_mail: MailServers) -> None:
    accepted, address = await _written_to(flow, "ada")
    mail = await _arrived(real_mail, address)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}
    real_mail.deliver(_answer_to(mail, "Please tell me more"), address, str(mail["Reply-To"]))
    await flow.until_state(accepted, "stopped")
    assert [row["title"] for row in await flow.rows("tasks", limit=9)] == ["Call"]


async def test_a_mailbox_that_the_next_server_does_not_know_is_dead(flow: Flow, real_mail: MailServers) -> None:
    # Postfix takes the mail; Dovecot refuses it later, and Postfix reports it to the address of the envelope.
    accepted, _ = await _written_to(flow, "zoe")
    await flow.until_state(accepted, "stopped")
    reactions = await _reactions(flow, accepted)
    assert [row["kind"] for row in reactions] == ["bounced"]
    suppressed = await flow.rows("suppressions_of", person_id="zoe", email="zoe@client.example", phone=None)
    assert [row["reason"] for row in suppressed] == ["bounced"]


async def test_a_refusal_at_rcpt_is_a_bounce(flow: Flow) -> None:
    await flow.publish("two", TWO)
    await flow.person("nobody", email="nobody@client.example")
    accepted = await flow.enroll("two", "nobody")
    await flow.until_state(accepted, "stopped")
    assert await flow.steps(accepted) == {"one": "failed", "two": "cancelled"}


async def test_an_unsubscribe_by_mail_suppresses(flow: Flow, real_mail: MailServers) -> None:
    accepted, address = await _written_to(flow, "ben")
    mail = await _arrived(real_mail, address)
    target = next(part.strip(" <>") for part in str(mail["List-Unsubscribe"]).split(",") if "mailto:" in part)
    wish = EmailMessage()
    wish["From"], wish["To"] = address, target.removeprefix("mailto:").partition("?")[0]
    wish["Subject"], wish["Message-ID"] = "unsubscribe", "<u1@client.example>"
    real_mail.deliver(wish, address, str(wish["To"]))
    await flow.until_state(accepted, "stopped")
    assert [row["kind"] for row in await _reactions(flow, accepted)] == ["unsubscribed"]


async def test_twenty_mails_that_are_due_while_postfix_is_down_go_once_each(flow: Flow, real_mail: MailServers) -> None:
    people = [f"p{number}" for number in range(10, 30)]
    await flow.publish("two", TWO)
    await real_mail.stop_postfix()
    try:
        runs = []
        for each in people:
            await flow.person(each, email=f"{each}@client.example")
            runs.append(await flow.enroll("two", each))

        async def all_put_off() -> bool:
            sends = [await flow.rows("sends_of", enrollment_id=run.enrollment) for run in runs]
            steps = [await flow.steps(run) for run in runs]
            return all(each.get("one") == "planned" for each in steps) and not any(
                row["state"] != "planned" for rows in sends for row in rows
            )

        await flow.until(all_put_off)
    finally:
        await real_mail.start_postfix()
    for run in runs:
        await flow.skip(run, minutes=5)
    for run in runs:
        await flow.until_step(run, "one")
    await until(lambda: all(real_mail.raw(f"{each}@client.example") for each in people), "every mail has arrived")
    assert [len(real_mail.raw(f"{each}@client.example")) for each in people] == [1] * 20
