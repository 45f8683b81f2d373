"""Mailgun, ``POST /v3/{domain}/messages.mime``.

Contract: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest
from adapters.mail.outgoing.http.transport import PlainApi
from adapters.mail.outgoing.http.verdicts import accepted, judge_status, may_not_send, refused

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.outgoing.http.transport import HttpMail
    from sequences.sending.outcome import TransportOutcome


class MailgunApi(PlainApi):
    """One domain at Mailgun. It takes the whole mail, and keeps our Message-ID.

    Args:
        base_url: ``https://api.mailgun.net``, or ``https://api.eu.mailgun.net`` for a domain in Europe.
        domain: that mail leaves from.
        key: an API key, of the domain or of the account.
    """

    label = "Mailgun"

    def __init__(self, base_url: str, domain: str, key: str) -> None:
        self._url = f"{base_url.rstrip('/')}/v3/{quote(domain, safe='')}/messages.mime"
        self._login = base64.b64encode(f"api:{key}".encode()).decode()

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """A form with the mail as a file. Its own tracking is off: ours is in the mail."""
        form = httpx.Request(
            "POST",
            self._url,
            data={"to": mail.recipient, "o:tracking": "no"},
            files={"message": ("mail.eml", mail.content, "message/rfc822")},
        )
        headers = {"Content-Type": form.headers["Content-Type"], "Authorization": f"Basic {self._login}"}
        return HttpRequest(self._url, headers, form.read())

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """200 with an id is the only yes."""
        if answer.status == 200 and (ident := answer.text_at("id").strip("<>")):
            return accepted(ident)
        message = answer.text_at("message").lower()
        if answer.status == 400 and "to parameter is not a valid" in message:
            return refused("400", "Mailgun refuses the recipient's address", bad_address=False)
        if answer.status in (402, 404) or "not allowed to send" in message or "is disabled" in message:
            return may_not_send(self.label, str(answer.status), "the domain or the account may not send")
        return judge_status(self.label, answer, now)
