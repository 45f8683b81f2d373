"""What people and servers send back, through real servers: each mail leaves by Postfix, and comes back by Postfix."""

from __future__ import annotations

from email.message import EmailMessage

from adapters.postgres import listings
from tests.support.letters import TWO, answer_to, arrived, reactions_of, written_to
from tests.support.rigs.flow import FlowRig
from tests.support.servers.postfix import MailServers, until


async def test_a_mail_arrives_whole_and_its_answer_stops_the_run(flow: FlowRig, real_mail: MailServers) -> None:
    accepted, address = await written_to(flow, "ada")
    mail = await arrived(real_mail, address)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}
    real_mail.deliver(answer_to(mail, "Please tell me more"), address, str(mail["Reply-To"]))
    await flow.until_state(accepted, "stopped")
    assert [row["title"] for row in await flow.listed(listings.TASKS)] == ["Call"]


async def test_a_mailbox_that_the_next_server_does_not_know_is_dead(flow: FlowRig, real_mail: MailServers) -> None:
    # Postfix takes the mail; Dovecot refuses it later, and Postfix reports it to the address of the envelope.
    accepted, _ = await written_to(flow, "zoe")
    await flow.until_state(accepted, "stopped")
    reactions = await reactions_of(flow, accepted)
    assert [row["kind"] for row in reactions] == ["bounced"]
    suppressed = await flow.rows("suppressions_of", person_id="zoe", email="zoe@client.example", phone=None)
    assert [row["reason"] for row in suppressed] == ["bounced"]


async def test_a_refusal_at_rcpt_is_a_bounce(flow: FlowRig) -> None:
    await flow.publish("two", TWO)
    await flow.person("nobody", email="nobody@client.example")
    accepted = await flow.enroll("two", "nobody")
    await flow.until_state(accepted, "stopped")
    assert await flow.steps(accepted) == {"one": "failed", "two": "cancelled"}


async def test_an_unsubscribe_by_mail_suppresses(flow: FlowRig, real_mail: MailServers) -> None:
    accepted, address = await written_to(flow, "ben")
    mail = await arrived(real_mail, address)
    target = next(part.strip(" <>") for part in str(mail["List-Unsubscribe"]).split(",") if "mailto:" in part)
    wish = EmailMessage()
    wish["From"], wish["To"] = address, target.removeprefix("mailto:").partition("?")[0]
    wish["Subject"], wish["Message-ID"] = "unsubscribe", "<u1@client.example>"
    real_mail.deliver(wish, address, str(wish["To"]))
    await flow.until_state(accepted, "stopped")
    assert [row["kind"] for row in await reactions_of(flow, accepted)] == ["unsubscribed"]


async def test_twenty_mails_that_are_due_while_postfix_is_down_go_once_each(
    flow: FlowRig, real_mail: MailServers
) -> None:
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
