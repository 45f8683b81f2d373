"""SendGrid, ``POST /v3/mail/send``. It takes no whole mail: only its pieces, and headers.

Contract: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send and .../glossary/x-message-id.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest
from adapters.mail.outgoing.http.transport import PlainApi
from adapters.mail.outgoing.http.verdicts import accepted, judge_status, refused
from adapters.mail.outgoing.mail_parts import MailParts, PartFile

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.outgoing.http.transport import HttpMail
    from sequences.sending.outcome import TransportOutcome

_RESERVED: Final = frozenset({"x-sg-id", "x-sg-eid", "received"})
"""Headers that SendGrid refuses besides those that ``MailParts`` leaves out."""


class SendGridApi(PlainApi):
    """One account at SendGrid. Message-ID travels as a header of ours, so replies are found by it.

    Args:
        base_url: ``https://api.sendgrid.com``, or ``https://api.eu.sendgrid.com`` for data in Europe.
        key: an API key with the right Mail Send.
    """

    label = "SendGrid"

    def __init__(self, base_url: str, key: str) -> None:
        self._url = f"{base_url.rstrip('/')}/v3/mail/send"
        self._key = key

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """The pieces of the mail. All of its own tracking is off: ours is in the mail."""
        parts = MailParts.of(mail.content)
        body: dict[str, Any] = {
            "personalizations": [{"to": [_person((parts.recipient[0], mail.recipient))]}],
            "from": _person(parts.sender),
            "subject": parts.subject,
            "content": [
                {"type": kind, "value": words}
                for kind, words in (("text/plain", parts.text), ("text/html", parts.html))
                if words
            ],
            "headers": {name: value for name, value in parts.headers if name.lower() not in _RESERVED},
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": {"enable": False},
                "subscription_tracking": {"enable": False},
            },
        }
        if parts.reply_to:
            body["reply_to"] = {"email": parts.reply_to}
        if parts.files:
            body["attachments"] = [_attachment(file) for file in parts.files]
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        return HttpRequest(self._url, headers, json.dumps(body).encode())

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """202 is the only yes; the id is in a header."""
        if answer.status == 202:
            return accepted(answer.headers.get("x-message-id"))
        field = answer.text_at("errors", 0, "field")
        if answer.status == 400 and field.startswith("personalizations") and field.endswith("email"):
            return refused("400", "SendGrid refuses the recipient's address")
        return judge_status(self.label, answer, now)


def _person(pair: tuple[str, str]) -> dict[str, str]:
    name, address = pair
    return {"email": address, "name": name} if name else {"email": address}


def _attachment(file: PartFile) -> dict[str, str]:
    found = {
        "content": base64.b64encode(file.content).decode(),
        "type": file.content_type.partition(";")[0],
        "filename": file.name,
        "disposition": "inline" if file.content_id else "attachment",
    }
    return found | {"content_id": file.content_id} if file.content_id else found
