"""Microsoft Graph: ``sendMail`` with the whole mail, or a draft that is sent.

Contract: https://learn.microsoft.com/en-us/graph/outlook-send-mime-message, .../api/user-sendmail,
.../api/user-post-messages, .../api/message-send and, for limits, .../throttling.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest, NoAnswerError
from adapters.mail.outgoing.http.transport import PlainApi, PrepareRefusedError
from adapters.mail.outgoing.http.verdicts import (
    accepted,
    asks_to_wait,
    judge_status,
    may_not_send,
    nothing_sent,
    refused,
)
from sequences.errors import PermanentError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.outgoing.http.transport import Asker, HttpMail
    from sequences.sending.outcome import TransportOutcome

_LARGEST: Final = 4 * 1024 * 1024
"""Bytes of one request at the most; a larger mail needs an upload session, which takes no MIME."""
_STAYS: Final = {"Prefer": 'IdType="ImmutableId"'}
"""The id of a draft is also that of the sent mail."""
_TEXT: Final = {"Content-Type": "text/plain"}
_BAD_RECIPIENT: Final = frozenset({"ErrorInvalidRecipients"})
_MESSAGES: Final = "/v1.0/me/messages"
_LIMITS: Final = frozenset({"ErrorExceededMessageLimit", "ErrorSubmissionQuotaExceeded", "ApplicationThrottled"})


def mime_body(mail: HttpMail) -> bytes:
    """The mail as Graph takes it.

    Raises:
        PermanentError: it is too large.
    """
    body = base64.b64encode(mail.content)
    if len(body) > _LARGEST:
        raise PermanentError("Microsoft Graph takes mails of 3 MB at the most; send larger ones by SMTP")
    return body


class GraphSendMail(PlainApi):
    """One request, which needs the right Mail.Send alone.

    Graph says no id of the mail, and Exchange may give it another Message-ID: a reply is found by our signed reply
    address, or by its sender.

    Args:
        base_url: of the interface; another one only for a server that stands in.
    """

    label = "Microsoft Graph"

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """``POST /me/sendMail``, which also files a copy."""
        return HttpRequest(f"{self._base}/v1.0/me/sendMail", _TEXT, mime_body(mail))

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """202 without a body is the only yes."""
        return accepted(None) if answer.status == 202 else _judge(answer, now)


class GraphDraft:
    """A draft first, then the order to send it. Needs the right Mail.ReadWrite besides Mail.Send.

    So the Message-ID that Exchange gives is known, and a mail in doubt can be asked about.

    Args:
        base_url: of the interface; another one only for a server that stands in.
    """

    label = "Microsoft Graph"

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    async def prepare(self, mail: HttpMail, ask: Asker, now: datetime) -> HttpMail:
        """Makes the draft. One that is never sent stays in the folder of drafts, and does no harm."""
        answer = await ask(HttpRequest(f"{self._base}{_MESSAGES}", _TEXT | _STAYS, mime_body(mail)))
        ident, message_id = answer.text_at("id"), answer.text_at("internetMessageId")
        if answer.status != 201 or not ident:
            raise PrepareRefusedError(nothing_sent(_judge(answer, now)))
        return replace(mail, found=f"{ident}\n{message_id.strip('<>')}")

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """``POST /me/messages/{id}/send``, without a body."""
        ident = quote(mail.found.partition("\n")[0], safe="")
        return HttpRequest(f"{self._base}{_MESSAGES}/{ident}/send", _STAYS)

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """202 without a body is the only yes."""
        return accepted(mail.found.partition("\n")[2]) if answer.status == 202 else _judge(answer, now)

    async def resolve(self, mail: HttpMail, outcome: TransportOutcome, ask: Asker) -> TransportOutcome:
        """What is a draft no longer went out; what still is one may be under way."""
        ident, _, message_id = mail.found.partition("\n")
        address = f"{self._base}{_MESSAGES}/{quote(ident, safe='')}?$select=isDraft"
        try:
            answer = await ask(HttpRequest(address, _STAYS, method="GET"))
        except NoAnswerError:
            return outcome
        found = answer.found if answer.status == 200 else None
        sent = isinstance(found, dict) and found.get("isDraft") is False
        return accepted(message_id) if sent else outcome


def _judge(answer: HttpAnswer, now: datetime) -> TransportOutcome:
    code = answer.text_at("error", "code")
    code = code if code.isalnum() and len(code) < 60 else ""
    if code in _LIMITS:
        return asks_to_wait(GraphSendMail.label, answer, now)
    if code in _BAD_RECIPIENT:
        return refused(f"{answer.status} {code}", "Microsoft Graph refuses the recipient's address")
    if answer.status == 404:
        # The mailbox is gone, is no mailbox of Exchange Online, or has no licence.
        return may_not_send(GraphSendMail.label, f"404 {code}".strip(), "there is no such mailbox")
    return judge_status(GraphSendMail.label, answer, now, code)
