"""Amazon SES, version 2 of its interface: ``SendEmail`` with the whole mail, signed with Signature Version 4.

Contract: the model ``sesv2`` of botocore, and https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html.
The request is made here and only signed by botocore: its client repeats requests, which could send a mail twice.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest
from adapters.mail.outgoing.http.transport import PlainApi
from adapters.mail.outgoing.http.verdicts import accepted, asks_to_wait, judge_status, may_not_send, refused
from adapters.mail.outgoing.smtp_answers import ses_message_id

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.outgoing.http.settings import SesMailbox
    from adapters.mail.outgoing.http.transport import HttpMail
    from sequences.sending.outcome import TransportOutcome

# botocore takes a third of a second to import: only who sends by SES pays for it.
# ruff: noqa: PLC0415

_ABOUT_US: Final = {
    "AccountSuspendedException": "the account may not send any more",
    "SendingPausedException": "sending is paused for the account or the configuration set",
    "MailFromDomainNotVerifiedException": "the sender's domain is not verified",
    "NotFoundException": "the configuration set does not exist",
}
_LIMITS: Final = frozenset({"TooManyRequestsException", "ThrottlingException", "LimitExceededException"})


class SesApi(PlainApi):
    """One account in one region. SES gives mails another Message-ID, which its answer tells.

    Args:
        settings: of the account.
        secret: the secret access key.
    """

    label = "Amazon SES"

    def __init__(self, settings: SesMailbox, secret: str) -> None:
        self._settings = settings
        self._secret = secret
        base = settings.base_url or f"https://email.{settings.region}.amazonaws.com"
        self._url = f"{base.rstrip('/')}/v2/email/outbound-emails"

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """The mail in base64, signed."""
        body: dict[str, Any] = {
            "Destination": {"ToAddresses": [mail.recipient]},
            "Content": {"Raw": {"Data": base64.b64encode(mail.content).decode()}},
        }
        if self._settings.configuration_set:
            body["ConfigurationSetName"] = self._settings.configuration_set
        if self._settings.bounces_to_us:
            body["FeedbackForwardingEmailAddress"] = mail.envelope_from
        content = json.dumps(body).encode()
        return HttpRequest(self._url, self._signed(content), content)

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """200 with an id is the only yes."""
        if answer.status == 200 and (ident := answer.text_at("MessageId")):
            return accepted(ses_message_id(ident, self._settings.region))
        code = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
        code = code if code.isalnum() else ""
        said = f"{answer.status} {code}".strip()
        if code in _LIMITS:
            return asks_to_wait(self.label, answer, now)
        if code in _ABOUT_US:
            return may_not_send(self.label, said, _ABOUT_US[code])
        if code == "MessageRejected" and "not verified" in answer.text_at("message"):
            return may_not_send(self.label, said, "an address is not verified: the account is in the sandbox")
        if code == "MessageRejected":
            return refused(said, "Amazon SES refuses the content of the mail")
        return judge_status(self.label, answer, now, code)

    def _signed(self, content: bytes) -> dict[str, str]:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        asked = AWSRequest("POST", self._url, headers={"Content-Type": "application/json"}, data=content)
        credentials = Credentials(self._settings.access_key_id, self._secret)
        SigV4Auth(credentials, "ses", self._settings.region).add_auth(asked)
        return {str(name): str(value) for name, value in asked.headers.items()}
