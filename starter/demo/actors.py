"""What the people of the demo do: read mail, answer it, click, fill forms, send texts. All over the real borders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiosmtplib
import httpx

from sequences.errors import NotFoundError
from sequences.sms.twilio_address import at_twilio, from_twilio
from starter.local.as_person import answer_of
from starter.local.mail_capture import OpenedMail, list_mail, read_mail
from starter.local.twilio.ledger import CapturedSms, list_sms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starter.demo.crm_bridge import CrmBridge
    from starter.demo.recruiters import RecruiterMailbox
    from starter.local.stack import LocalStack

_LINK = re.compile(r'href="([^"]+/c/[^"]+)"')
_FORM = re.compile(r'href="([^"]+/f/[^"]+)"')
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class SentForm:
    """How it went to fill in a form.

    Attributes:
        page: the page as it was shown.
        untouched: nothing was known of it yet when the page was open.
        thanks: the page after the form was sent.
    """

    page: str
    untouched: bool
    thanks: str


class Cast:
    """Everybody outside."""

    def __init__(
        self, stack: LocalStack, http: httpx.AsyncClient, mailboxes: Mapping[str, RecruiterMailbox], crm: CrmBridge
    ) -> None:
        self._stack = stack
        self._http = http
        self.mailboxes = mailboxes
        self.crm = crm

    def mails_to(self, address: str) -> list[OpenedMail]:
        """What arrived in a person's inbox, oldest first."""
        folders = [self._stack.mail_folder, *(box.server.folder for box in self.mailboxes.values())]
        found = [
            read_mail(folder, mail.file)
            for folder in folders
            for mail in list_mail(folder)
            if mail.recipient == address
        ]
        return sorted(found, key=lambda each: each.mail.at)

    def texts_to(self, number: str) -> list[CapturedSms]:
        """Our texts to a number, oldest first."""
        texts = list_sms(self._stack.texts_folder)
        return [text for text in texts if text.recipient == number and text.direction == "outbound-api"]

    async def answer(self, address: str, words: str) -> None:
        """Answers the newest mail in the inbox with a real SMTP client, to its Reply-To, with the mail quoted."""
        reply = answer_of(self.mails_to(address)[-1], words)
        port = int(self._stack.environment["RELANCE_INBOUND_PORT"])
        await aiosmtplib.send(
            reply, sender=address, recipients=[reply["To"]], hostname="127.0.0.1", port=port, start_tls=False
        )

    async def write_back(self, address: str, words: str) -> None:
        """Answers as a program does that knows no Reply-To: to the address in From, a recruiter's own mailbox."""
        mail = self.mails_to(address)[-1]
        reply = answer_of(mail, words)
        box = next(box for box in self.mailboxes.values() if box.address in (mail.header("From") or ""))
        reply.replace_header("To", box.address)
        await box.receive(reply, address, self._stack)

    async def click(self, address: str) -> httpx.Response:
        """Follows the first link of the newest mail, as a browser would.

        Raises:
            NotFoundError: the mail has no such link.
        """
        return await self._get(address, _LINK)

    async def open_form(self, address: str) -> httpx.Response:
        """Follows the personal link to a form in the newest mail: its page.

        Raises:
            NotFoundError: the mail has no such link.
        """
        return await self._get(address, _FORM)

    async def send_form(
        self, page: httpx.Response, answers: dict[str, str], resume: tuple[str, bytes]
    ) -> httpx.Response:
        """Sends the form of a page, as its button does: the page that says thank you."""
        return await self._http.post(
            page.url,
            data=answers,
            files={"person.resume": resume},
            headers={"User-Agent": _BROWSER},
            follow_redirects=True,
        )

    async def _get(self, address: str, link: re.Pattern[str]) -> httpx.Response:
        found = link.search(self.mails_to(address)[-1].html or "")
        if found is None:
            raise NotFoundError("the mail has no such link")
        return await self._http.get(found[1], headers={"User-Agent": _BROWSER}, follow_redirects=False)

    async def text(self, number: str, words: str) -> None:
        """Sends a text to our number; the stand-in delivers it as Twilio does, by a signed webhook.

        A number that is marked writes on its channel, as ``at_twilio`` has it.
        """
        secrets = self._stack.secrets
        channel, _ = from_twilio({"From": number})
        ours = at_twilio(channel, self._stack.environment["RELANCE_SMS_SENDER"])
        answer = await self._http.post(
            f"{self._stack.environment['RELANCE_STANDIN_URL']}/_standin/inbound",
            json={"from": number, "to": ours, "body": words},
            auth=(secrets.twilio_account_sid, secrets.twilio_auth_token),
        )
        answer.raise_for_status()
