"""Plays the recipient on the local stack: answers a captured mail or text over the real ways in."""

from __future__ import annotations

import asyncio
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from sequences.errors import NotFoundError, SettingsError, UnavailableError
from sequences.sms.twilio_address import from_twilio
from starter.local.mail_capture import read_mail
from starter.local.twilio.ledger import list_sms

if TYPE_CHECKING:
    from adapters.settings import Settings
    from starter.local.mail_capture import OpenedMail
    from starter.local.twilio.ledger import CapturedSms

_SECONDS = 60.0


@dataclass(frozen=True)
class PersonSaid:
    """What went in: the channel, and the address or number that it came from."""

    channel: str
    sender: str
    message_id: str


def answer_of(mail: OpenedMail, words: str) -> EmailMessage:
    """What the recipient's mail program makes of an answer: to Reply-To, in the thread, with the mail quoted."""
    answer = EmailMessage()
    answer["From"] = mail.mail.recipient
    answer["To"] = mail.header("Reply-To") or mail.mail.sender
    subject = mail.mail.subject
    answer["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    answer["Message-ID"] = make_msgid(domain="client.example")
    answer["In-Reply-To"] = mail.mail.message_id
    answer["References"] = " ".join(filter(None, (mail.header("References"), mail.mail.message_id)))
    quoted = "\n".join(f"> {line}" for line in (mail.text or "").splitlines())
    answer.set_content(f"{words}\n\nOn Monday, {mail.header('From')} wrote:\n{quoted}\n")
    return answer


async def reply_as_person(settings: Settings, captured: str, words: str) -> PersonSaid:
    """Answers a captured mail (its number or file name), or the newest captured text to a number (``+44...``).

    Raises:
        NotFoundError: no such mail or text was captured.
        SettingsError: this is no local stack.
        UnavailableError: the stack does not take it.
    """
    if captured.startswith("+"):
        return await _text(settings, captured, words)
    mail = read_mail(_folder(settings.mail_folder), captured)
    answer = answer_of(mail, words)
    try:
        await asyncio.to_thread(_hand_in, settings, answer)
    except (OSError, smtplib.SMTPException) as error:
        raise UnavailableError(f"the stack does not take the mail ({type(error).__name__}); is it up?") from error
    return PersonSaid("email", mail.mail.recipient, str(answer["Message-ID"]))


def _folder(setting: str) -> Path:
    if not setting:
        raise SettingsError("only the local stack captures messages; it is not possible elsewhere")
    return Path(setting)


def _hand_in(settings: Settings, answer: EmailMessage) -> None:
    kind = smtplib.LMTP if settings.inbound_protocol == "lmtp" else smtplib.SMTP
    with kind(settings.inbound_host, settings.inbound_port) as server:
        server.send_message(answer, from_addr=str(answer["From"]), to_addrs=[str(answer["To"])])


async def _text(settings: Settings, number: str, words: str) -> PersonSaid:
    texts = [text for text in list_sms(_folder(settings.texts_folder)) if _was_sent_to(text, number)]
    if not texts:
        raise NotFoundError("no text to that number was captured; `relance texts` lists them")
    tokens = settings.twilio_tokens()
    body = {"from": number, "to": texts[-1].sender or settings.sms_sender, "body": words}
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as http:
            answer = await http.post(
                f"{settings.standin_url}/_standin/inbound",
                json=body,
                auth=(settings.twilio_account_sid, tokens[0] if tokens else ""),
            )
            answer.raise_for_status()
    except httpx.HTTPError as error:
        raise UnavailableError(f"the stack does not take the text ({type(error).__name__}); is it up?") from error
    return PersonSaid(from_twilio({"From": number})[0], number, str(answer.json().get("sid", "")))


def _was_sent_to(text: CapturedSms, number: str) -> bool:
    return text.recipient == number and text.direction == "outbound-api"
