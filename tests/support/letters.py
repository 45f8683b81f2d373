"""A run whose first mail went out by Postfix, the mail as it arrived, and an answer to it: what these tests share."""

from __future__ import annotations

import email
import secrets
from email import policy
from email.message import EmailMessage
from typing import Any

from tests.support.rigs.flow import FlowRig
from tests.support.servers.postfix import MailServers, until

TWO = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nschedule: {window: any}\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "reactions:\n  - on: replied.positive\n    do:\n      - create_task: {title: Call}\n"
    "      - create_lead: {source: two}\n    then: stop\n"
)


async def written_to(flow: FlowRig, who: str) -> tuple[Any, str]:
    """Somebody of client.example who was sent the first mail; the run and the address."""
    address = f"{who}@client.example"
    await flow.publish("two", TWO)
    await flow.person(who, email=address)
    accepted = await flow.enroll("two", who)
    await flow.until_step(accepted, "one")
    return accepted, address


async def arrived(servers: MailServers, address: str) -> EmailMessage:
    await until(lambda: bool(servers.raw(address)), f"a mail in the mailbox; {servers.log()[-1_500:]}")
    mail = email.message_from_bytes(servers.raw(address)[0], policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def answer_to(mail: EmailMessage, words: str, *more: str) -> EmailMessage:
    answer = EmailMessage()
    answer["From"], answer["To"] = str(mail["To"]), ", ".join([str(mail["Reply-To"]), *more])
    answer["Subject"], answer["Message-ID"] = f"Re: {mail['Subject']}", f"<{secrets.token_hex(8)}@client.example>"
    answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
    answer.set_content(f"{words}\n\nOn Monday Dana Owner wrote:\n> Hello\n")
    return answer


async def reactions_of(flow: FlowRig, accepted: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await flow.rows("reactions_of", enrollment_id=accepted.enrollment)]
