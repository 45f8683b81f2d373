"""Gmail API, ``users.messages.send`` with the whole mail.

Contract: https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send and, for errors,
https://developers.google.com/workspace/gmail/api/guides/handle-errors.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest, NoAnswerError
from adapters.mail.outgoing.http.verdicts import accepted, asks_to_wait, judge_status, refused
from adapters.mail.outgoing.mail_parts import header_of

if TYPE_CHECKING:
    from adapters.mail.outgoing.http.transport import Asker, HttpMail
    from sequences.sending.outcome import TransportOutcome

_LIMITS: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"})
_UNTIL: Final = re.compile(r"(?i)retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)")


class GmailApi:
    """One mailbox of Gmail or Google Workspace.

    Args:
        base_url: of the interface; another one only for a server that stands in.
        threads: look a thread up before a mail that answers one; needs the right to read.
    """

    label = "Gmail"

    def __init__(self, base_url: str, *, threads: bool = True) -> None:
        self._base = base_url.rstrip("/")
        self._threads = threads

    async def prepare(self, mail: HttpMail, ask: Asker, now: datetime) -> HttpMail:
        """The thread of the mail that this one answers: Gmail wants its id besides the headers.

        A thread that is not found costs the mail nothing: the recipient's program goes by the headers.
        """
        answered = header_of(mail.content, "In-Reply-To").strip()
        if not self._threads or not answered:
            return mail
        query = urlencode({"q": f"rfc822msgid:{answered.strip('<>')}", "maxResults": "1"})
        try:
            answer = await ask(HttpRequest(f"{self._base}/gmail/v1/users/me/messages?{query}", method="GET"))
        except NoAnswerError:
            return mail
        return replace(mail, found=answer.text_at("messages", 0, "threadId")) if answer.status == 200 else mail

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """The mail in URL-safe base64."""
        body = {"raw": base64.urlsafe_b64encode(mail.content).decode()}
        if mail.found:
            body["threadId"] = mail.found
        headers = {"Content-Type": "application/json"}
        return HttpRequest(f"{self._base}/gmail/v1/users/me/messages/send", headers, json.dumps(body).encode())

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """200 with an id is the only yes."""
        if answer.status == 200 and (ident := answer.text_at("id")):
            return accepted(ident)
        reason = answer.text_at("error", "errors", 0, "reason")
        code = reason if reason.isalnum() else ""
        if answer.status in (403, 429) and (answer.status == 429 or reason in _LIMITS):
            return asks_to_wait(self.label, answer, now, wait=_until(answer.text_at("error", "message"), now))
        if answer.status == 400 and "recipient" in answer.text_at("error", "message").lower():
            return refused(f"400 {code}".strip(), "Gmail refuses the recipient's address")
        return judge_status(self.label, answer, now, code)

    async def resolve(self, mail: HttpMail, outcome: TransportOutcome, ask: Asker) -> TransportOutcome:
        """What lies among the sent mails under our own Message-ID went out."""
        ident = header_of(mail.content, "Message-ID").strip().strip("<>")
        if not self._threads or not ident:
            return outcome
        query = urlencode({"q": f"in:sent rfc822msgid:{ident}", "maxResults": "1"})
        try:
            answer = await ask(HttpRequest(f"{self._base}/gmail/v1/users/me/messages?{query}", method="GET"))
        except NoAnswerError:
            return outcome
        found = answer.text_at("messages", 0, "id") if answer.status == 200 else ""
        return accepted(found) if found else outcome


def _until(message: str, now: datetime) -> float | None:
    found = _UNTIL.search(message)
    if found is None:
        return None
    try:
        return max((datetime.fromisoformat(found[1]) - now).total_seconds(), 1.0)
    except ValueError:
        return None
