"""One stand for each kind of transport: its settings, the good answer of its contract, and its bad ones."""

from __future__ import annotations

import base64
import email
import email.policy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.clock import utc_now
from adapters.mail.outgoing.kinds import KINDS, OwnTransport, TransportAround
from tests.support.servers.mail_http import Answer, MailHttp, Seen

ADDRESS = "dana@agency.example"
SES_KEY = "AKIAEXAMPLEEXAMPLE"
SECRET = "the-secret-of-tests"


class CountedTokens:
    """Tokens ``token-1``, ``token-2``: another one whenever one is refused."""

    def __init__(self) -> None:
        self.number = 1

    async def token(self, _user: str) -> str:
        return f"token-{self.number}"

    def refused(self, _user: str, token: str) -> None:
        if token == f"token-{self.number}":
            self.number += 1


@dataclass(frozen=True)
class Stand:
    """One kind of transport, and what its provider answers.

    Attributes:
        kind: its name in the registry.
        settings: without the address of the server.
        good: the answer to every request.
        hand_over: path of the request that hands the mail over.
        mail_in: the mail that such a request carries: its Message-ID and its recipient.
        ident: what is kept as the provider's id.
        never: answers by which the provider refuses this mail for good.
        not_let_in: answers by which it lets us send nothing.
        busy: the answer by which it asks to send less, for thirty seconds.
    """

    kind: str
    settings: dict[str, Any]
    good: Callable[[Seen], Answer]
    hand_over: str
    mail_in: Callable[[Seen], tuple[str, str]]
    ident: str | None
    never: tuple[Answer, ...]
    not_let_in: tuple[Answer, ...]
    busy: tuple[Answer, ...]
    tokens: bool = False
    name: str = ""
    before: str = ""
    """Path of the request that is made before, where there is one."""

    def transport(self, server: MailHttp, tokens: CountedTokens, **more: Any) -> OwnTransport:
        """Ours, to that server."""
        kind = KINDS[self.kind]
        settings = kind.settings.model_validate(self.settings | {"base_url": server.url})
        around = TransportAround(ADDRESS, tokens=tokens, clock=utc_now, **({"timeout": 20.0} | more))
        return kind.build(settings, SECRET, around)

    def taken(self, server: MailHttp) -> list[tuple[str, str]]:
        """The mails that the server has: Message-ID and recipient."""
        return [self.mail_in(each) for each in server.seen if each.path == self.hand_over]


def _whole(raw: bytes) -> tuple[str, str]:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return str(mail["Message-ID"]), str(mail["To"].addresses[0].addr_spec)


def _of_gmail(seen: Seen) -> tuple[str, str]:
    return _whole(base64.urlsafe_b64decode(seen.json["raw"]))


def _of_send_mail(seen: Seen) -> tuple[str, str]:
    return _whole(base64.b64decode(seen.body))


def _of_mailgun(seen: Seen) -> tuple[str, str]:
    form = email.message_from_bytes(b"Content-Type: " + seen.headers["content-type"].encode() + b"\r\n\r\n" + seen.body)
    parts = {
        part.get_param("name", header="content-disposition"): part for part in form.walk() if not part.is_multipart()
    }
    within = [part for part in form.walk() if part.get_content_type() == "message/rfc822"]
    mail = within[0].get_payload(0)
    return str(mail["Message-ID"]), str(parts["to"].get_payload())  # type: ignore[index]


def _of_postmark(seen: Seen) -> tuple[str, str]:
    found = {each["Name"]: each["Value"] for each in seen.json["Headers"]}
    return found["Message-ID"], seen.json["To"].rpartition("<")[2].rstrip(">")


def _of_sendgrid(seen: Seen) -> tuple[str, str]:
    return seen.json["headers"]["Message-ID"], seen.json["personalizations"][0]["to"][0]["email"]


def _of_ses(seen: Seen) -> tuple[str, str]:
    return _whole(base64.b64decode(seen.json["Content"]["Raw"]["Data"]))[0], seen.json["Destination"]["ToAddresses"][0]


def _gmail_error(status: int, reason: str, message: str = "no dana@agency.example") -> Answer:
    inner = {"code": status, "message": message, "errors": [{"reason": reason, "domain": "global"}]}
    return Answer(status, {"error": inner})


def _graph_error(status: int, code: str, **headers: str) -> Answer:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": {"code": code, "message": "no dana@agency.example"}}, more)


def _postmark_error(status: int, code: int) -> Answer:
    return Answer(status, {"ErrorCode": code, "Message": "no zoe@client.example"})


def _ses_error(status: int, kind: str, message: str = "no zoe@client.example") -> Answer:
    return Answer(status, {"message": message}, {"x-amzn-ErrorType": f"{kind}:http://internal.amazon.com/"})


def _of_draft(seen: Seen) -> Answer:
    if seen.path == "/v1.0/me/messages":
        return Answer(201, {"id": "AAMk/1=", "internetMessageId": "<made-by@exchange.example>", "isDraft": True})
    if seen.path.endswith("/send"):
        return Answer(202)
    return Answer(200, {"isDraft": True})


_WAIT = {"Retry-After": "30"}
_SEND_MAIL_NEVER = (_graph_error(400, "ErrorInvalidRecipients"), _graph_error(413, "RequestBodyTooLarge"))
_GRAPH_NOT_LET_IN = (
    _graph_error(401, "InvalidAuthenticationToken"),
    _graph_error(403, "ErrorAccessDenied"),
    _graph_error(404, "MailboxNotEnabledForRESTAPI"),
)
_GRAPH_BUSY = (_graph_error(429, "ApplicationThrottled", Retry_After="30"),)

STANDS = (
    Stand(
        kind="gmail",
        settings={},
        good=lambda seen: (
            Answer(200, {"id": "18f2", "threadId": "18f1", "labelIds": ["SENT"]})
            if seen.method == "POST"
            else Answer(200, {"resultSizeEstimate": 0})
        ),
        hand_over="/gmail/v1/users/me/messages/send",
        mail_in=_of_gmail,
        ident="18f2",
        never=(_gmail_error(400, "invalidArgument", "Recipient address required"), _gmail_error(413, "uploadTooLarge")),
        not_let_in=(_gmail_error(401, "authError"), _gmail_error(403, "insufficientPermissions")),
        busy=(
            Answer(429, {"error": {"code": 429, "errors": [{"reason": "userRateLimitExceeded"}]}}, _WAIT),
            Answer(403, {"error": {"code": 403, "errors": [{"reason": "rateLimitExceeded"}]}}, _WAIT),
        ),
        tokens=True,
    ),
    Stand(
        kind="graph",
        name="graph-draft",
        settings={},
        good=_of_draft,
        hand_over="/v1.0/me/messages/AAMk%2F1%3D/send",
        mail_in=lambda _seen: ("<m1@agency.example>", "zoe@client.example"),
        ident="made-by@exchange.example",
        never=_SEND_MAIL_NEVER,
        not_let_in=_GRAPH_NOT_LET_IN,
        busy=_GRAPH_BUSY,
        tokens=True,
        before="/v1.0/me/messages",
    ),
    Stand(
        kind="graph",
        name="graph-send-mail",
        settings={"drafts": False},
        good=lambda _seen: Answer(202),
        hand_over="/v1.0/me/sendMail",
        mail_in=_of_send_mail,
        ident=None,
        never=_SEND_MAIL_NEVER,
        not_let_in=_GRAPH_NOT_LET_IN,
        busy=_GRAPH_BUSY,
        tokens=True,
    ),
    Stand(
        kind="mailgun",
        settings={"domain": "mg.agency.example"},
        good=lambda _seen: Answer(200, {"id": "<m1@agency.example>", "message": "Queued. Thank you."}),
        hand_over="/v3/mg.agency.example/messages.mime",
        mail_in=_of_mailgun,
        ident="m1@agency.example",
        never=(Answer(400, {"message": "to parameter is not a valid address. please check documentation"}),),
        not_let_in=(Answer(401, b"Forbidden"), Answer(404, {"message": "Domain not found"}), Answer(402, b"Payment")),
        busy=(Answer(429, {"message": "slow down"}, _WAIT),),
    ),
    Stand(
        kind="postmark",
        settings={},
        good=lambda _seen: Answer(200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": "zoe"}),
        hand_over="/email",
        mail_in=_of_postmark,
        ident="b7bc2f4a",
        never=(_postmark_error(422, 406), _postmark_error(422, 300)),
        not_let_in=(_postmark_error(401, 10), _postmark_error(422, 401), _postmark_error(422, 405)),
        busy=(Answer(429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}, _WAIT),),
    ),
    Stand(
        kind="sendgrid",
        settings={},
        good=lambda _seen: Answer(202, b"", {"X-Message-Id": "sg-1"}),
        hand_over="/v3/mail/send",
        mail_in=_of_sendgrid,
        ident="sg-1",
        never=(
            Answer(400, {"errors": [{"message": "bad", "field": "personalizations.0.to.0.email"}]}),
            Answer(413, {"errors": [{"message": "too large", "field": None}]}),
        ),
        not_let_in=(
            Answer(401, {"errors": [{"message": "authorization required", "field": None}]}),
            Answer(403, {"errors": [{"message": "not a verified Sender Identity", "field": "from"}]}),
        ),
        busy=(Answer(429, {"errors": [{"message": "too many requests"}]}, _WAIT),),
    ),
    Stand(
        kind="ses",
        settings={"region": "eu-west-1", "access_key_id": SES_KEY},
        good=lambda _seen: Answer(200, {"MessageId": "0102018f-000000"}),
        hand_over="/v2/email/outbound-emails",
        mail_in=_of_ses,
        ident="0102018f-000000@eu-west-1.amazonses.com",
        never=(_ses_error(400, "MessageRejected"), _ses_error(400, "BadRequestException")),
        not_let_in=(
            _ses_error(403, "SignatureDoesNotMatchException"),
            _ses_error(400, "SendingPausedException"),
            _ses_error(400, "MailFromDomainNotVerifiedException"),
            _ses_error(400, "MessageRejected", "Email address is not verified"),
        ),
        busy=(
            Answer(429, {"message": "slow"}, {"x-amzn-ErrorType": "TooManyRequestsException"} | _WAIT),
            Answer(400, {"message": "slow"}, {"x-amzn-ErrorType": "ThrottlingException"} | _WAIT),
        ),
    ),
)
"""Every kind that sends by HTTP. A test proves that none of the registry is missing."""


@dataclass
class Played:
    """A stand with its server and our transport to it."""

    stand: Stand
    server: MailHttp
    tokens: CountedTokens = field(default_factory=CountedTokens)
    made: list[OwnTransport] = field(default_factory=list)

    def transport(self, **more: Any) -> OwnTransport:
        """Ours; closed with the test."""
        found = self.stand.transport(self.server, self.tokens, **more)
        self.made.append(found)
        return found
