"""Postmark, ``POST /email``. It takes no whole mail: only its pieces, and headers.

Contract: https://postmarkapp.com/developer/api/email-api and, for errors, .../api/overview#error-codes.
"""

from __future__ import annotations

import base64
import json
from email.utils import formataddr
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest
from adapters.mail.outgoing.http.transport import PlainApi
from adapters.mail.outgoing.http.verdicts import accepted, asks_to_wait, judge_status, may_not_send, refused
from adapters.mail.outgoing.mail_parts import MailParts, PartFile
from sequences.inbound.delivery_events.postmark import MESSAGE_ID

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.outgoing.http.transport import HttpMail
    from sequences.sending.outcome import TransportOutcome

_ABOUT_US: Final = {
    "10": "the server token is wrong",
    "100": "it is being maintained",
    "400": "the sender is not a signature of the account",
    "401": "the sender's signature is not confirmed",
    "405": "the account has no credits left",
    "412": "the account waits for its approval",
    "413": "the account may not send",
}
"""Errors that would meet every mail, whoever gets it."""
_LONGEST_METADATA: Final = 80
_INACTIVE: Final = "406"
_BUSY: Final = "429"


class PostmarkApi(PlainApi):
    """One server at Postmark.

    Args:
        base_url: of the interface; another one only for a server that stands in.
        token: of the server.
        stream: the message stream.
    """

    label = "Postmark"

    def __init__(self, base_url: str, token: str, stream: str = "outbound") -> None:
        self._url = f"{base_url.rstrip('/')}/email"
        self._token = token
        self._stream = stream

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """The pieces of the mail. X-PM-KeepID keeps our Message-ID, by which replies are found."""
        parts = MailParts.of(mail.content)
        body: dict[str, Any] = {
            "From": formataddr_plain(parts.sender),
            "To": formataddr_plain((parts.recipient[0], mail.recipient)),
            "Subject": parts.subject,
            "TextBody": parts.text,
            "MessageStream": self._stream,
            "TrackOpens": False,
            "TrackLinks": "None",
            "Headers": [{"Name": name, "Value": value} for name, value in (*parts.headers, ("X-PM-KeepID", "true"))],
        }
        ident = next((value for name, value in parts.headers if name.lower() == MESSAGE_ID), "").strip().strip("<>")
        if 0 < len(ident) <= _LONGEST_METADATA:
            # Its events name only the id that it gave the mail; of a mail in doubt nobody here knows that one.
            body["Metadata"] = {MESSAGE_ID: ident}
        if parts.html:
            body["HtmlBody"] = parts.html
        if parts.reply_to:
            body["ReplyTo"] = parts.reply_to
        if parts.files:
            body["Attachments"] = [_attachment(file) for file in parts.files]
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Postmark-Server-Token": self._token,
        }
        return HttpRequest(self._url, headers, json.dumps(body).encode())

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """200 with ``ErrorCode`` 0 is the only yes."""
        code, ident = answer.text_at("ErrorCode"), answer.text_at("MessageID")
        if answer.status == 200 and code == "0" and ident:
            return accepted(ident)
        code = code if code.isdigit() else ""
        said = f"{answer.status} {code}".strip()
        if code in _ABOUT_US:
            return may_not_send(self.label, said, _ABOUT_US[code])
        if code == _BUSY:
            return asks_to_wait(self.label, answer, now)
        if code == _INACTIVE:
            # It bounced there before, or complained: to which of the two, Postmark does not say.
            return refused(said, "Postmark sends nothing more to this recipient (inactive)")
        return judge_status(self.label, answer, now, code)


def formataddr_plain(pair: tuple[str, str]) -> str:
    """``Name <address>``; a name with special characters in quotes, and no encoded words: JSON carries all letters.

    >>> formataddr_plain(("Zoë, of Example", "z@example.com"))
    '"Zoë, of Example" <z@example.com>'
    """
    name, address = pair
    if name.isascii():
        return formataddr((name, address))
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>'


def _attachment(file: PartFile) -> dict[str, str]:
    found = {
        "Name": file.name,
        "Content": base64.b64encode(file.content).decode(),
        "ContentType": file.content_type,
    }
    return found | {"ContentID": f"cid:{file.content_id}"} if file.content_id else found
