"""Incoming mail over HTTP: raw messages, and those that a provider received for us.

200 is said after the row is in Postgres; the same message again changes nothing, so every sender may repeat itself.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from adapters.mail.incoming.listener import MOST_RECIPIENTS
from adapters.mail.incoming.providers import PayloadError, ProviderMail, mailgun, postmark, sendgrid, ses
from adapters.mail.incoming.providers.forms import read_form
from adapters.postgres import queries
from sequences.access.token_scope import TokenScope, allows
from sequences.errors import TokenError, UnfinishedError
from starter.http.callers import caller_by, given_in, lacks
from starter.http.errors import answers
from starter.http.security import SIGNATURE_HEADER, check_hook, read_body, require_signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.intake.mail import MailIntake
    from starter.http.dependencies import Ways

_T = TypeVar("_T")
_log = logging.getLogger("relance.http")

# Forms and JSON carry a mail in a longer writing: base64 takes a third more, escapes in a form a little more than that.
WRITING = 2
MAX_NOTIFICATION = 1_000_000
_TOKENS_KEPT = 2 * mailgun.WINDOW
RECIPIENT_HEADER = "X-Relance-Recipient"

SECRET = {"name": "secret", "in": "query", "schema": {"type": "string"}, "description": "A login's password."}
_RECIPIENTS = [
    {"name": RECIPIENT_HEADER, "in": "header", "schema": {"type": "string"}, "description": "Separated by commas."},
    {"name": "recipient", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
]


_ANY = {
    "application/octet-stream": {"type": "string", "format": "binary"},
    "multipart/form-data": {"type": "object", "additionalProperties": True},
}


def _body(*kinds: str) -> dict[str, object]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": _ANY.get(kind, {})} for kind in kinds}}}


_PROVIDER = "Point the provider here; docs/operations.md describes the settings. 200 means committed."


class InboundAnswer(BaseModel):
    """The result for a message.

    Attributes:
        fresh: False: it was already stored, and nothing was changed.
        reaction: id of the reaction that it made, when it belongs to a run.
    """

    fresh: bool
    reaction: str | None = None


Store = Callable[[ProviderMail], Awaitable[InboundAnswer]]


def router(ways: Ways, intake: MailIntake) -> APIRouter:
    """``/inbound``; each address has its own proof."""
    routes = APIRouter(prefix="/inbound", tags=["mail"])

    async def store(delivery: ProviderMail) -> InboundAnswer:
        if len(delivery.recipients) > MOST_RECIPIENTS:
            raise HTTPException(
                422, f"the message has more than {MOST_RECIPIENTS} recipients; post it once for each {MOST_RECIPIENTS}"
            )
        stored = await intake.receive(delivery.raw, delivery.recipients, delivery.results)
        return InboundAnswer(fresh=stored.fresh, reaction=stored.reaction)

    _raw(routes, ways, store)
    _forms(routes, ways, store)
    _json(routes, ways, store, intake)
    return routes


def _raw(routes: APIRouter, ways: Ways, store: Store) -> None:
    find = caller_by(ways)
    keys = ways.settings.hook_keys()

    @routes.post(
        "/mime",
        summary="A raw message",
        description="The body is the message (`message/rfc822`). Proof: a bearer token with the scope `hooks`, or "
        "signed as `/hooks/crm`. "
        f"Envelope recipients: the header `{RECIPIENT_HEADER}`, or `recipient` in the query, once for each; at most "
        f"{MOST_RECIPIENTS}.",
        responses=answers(401, 403, 413, 422, 429, 500, 503),
        openapi_extra={**_body("application/octet-stream"), "parameters": _RECIPIENTS},
    )
    async def receive_mime(request: Request) -> InboundAnswer:
        if SIGNATURE_HEADER in request.headers:
            require_signed(request)
        else:
            caller = await find(given_in(request.headers.get("authorization", "")))
            if not allows(caller.scopes, TokenScope.HOOKS):
                raise lacks(caller, TokenScope.HOOKS)
        body = await read_body(request, ways.settings.inbound_max_bytes)
        if SIGNATURE_HEADER in request.headers:
            check_hook(request, body, keys, ways.clock())
        if not body or body.isspace():
            raise HTTPException(422, "the body is empty; it is the message itself")
        given = [part for line in request.headers.getlist(RECIPIENT_HEADER) for part in line.split(",")]
        given += request.query_params.getlist("recipient")
        return await store(ProviderMail(body, tuple(part.strip() for part in given if part.strip())))


def _forms(routes: APIRouter, ways: Ways, store: Store) -> None:
    keys, logins = ways.settings.mailgun_keys(), ways.settings.inbound_login_pairs()
    longest = WRITING * ways.settings.inbound_max_bytes

    async def fields_of(request: Request) -> dict[str, bytes]:
        body = await read_body(request, longest)
        # In a thread: a form of tens of megabytes takes a while to read.
        return await asyncio.to_thread(_readable, partial(read_form, request.headers.get("content-type", ""), body))

    # Mailgun posts the raw message only to an address that ends in "mime".
    @routes.post("/mailgun", include_in_schema=False)
    @routes.post(
        "/mailgun/mime",
        summary="From a route of Mailgun",
        description=_PROVIDER,
        responses=answers(403, 413, 422, 429, 500, 503),
        openapi_extra=_body("multipart/form-data"),
    )
    async def receive_from_mailgun(request: Request) -> InboundAnswer:
        if not keys:
            raise TokenError("Mailgun is not set up: RELANCE_MAILGUN_SIGNING_KEYS is empty")
        fields = await fields_of(request)
        proof = mailgun.check(fields, keys, ways.clock())
        delivery = _readable(partial(mailgun.read, fields))
        await require_unused(ways, proof)
        return await store(delivery)

    @routes.post(
        "/sendgrid",
        summary="From SendGrid's Inbound Parse",
        description=_PROVIDER,
        responses=answers(401, 413, 422, 429, 500, 503),
        openapi_extra={**_body("multipart/form-data"), "parameters": [SECRET]},
    )
    async def receive_from_sendgrid(request: Request) -> InboundAnswer:
        check_login(request, logins)
        return await store(_readable(partial(sendgrid.read, await fields_of(request))))


def _json(routes: APIRouter, ways: Ways, store: Store, intake: MailIntake) -> None:
    logins = ways.settings.inbound_login_pairs()
    topics = ways.settings.ses_topic_list()
    verifier = ses.SnsVerifier(topics, ways.fetch)

    @routes.post(
        "/postmark",
        summary="From Postmark's inbound stream",
        description=_PROVIDER,
        responses=answers(401, 413, 422, 429, 500, 503),
        openapi_extra={**_body("application/json"), "parameters": [SECRET]},
    )
    async def receive_from_postmark(request: Request) -> InboundAnswer:
        check_login(request, logins)
        body = await read_body(request, WRITING * ways.settings.inbound_max_bytes)
        try:
            # JSON of tens of megabytes is read in one go: in a thread, too, everybody would wait for it.
            return await store(await ways.apart(postmark.read, body))
        except PayloadError as error:
            raise _unusable(error) from None
        except UnfinishedError as error:
            raise HTTPException(422, f"the body cannot be read ({error.why})") from None

    @routes.post(
        "/ses",
        summary="From Amazon SES, by SNS",
        description=_PROVIDER,
        response_model_exclude_none=True,
        responses=answers(403, 413, 422, 429, 500, 503),
        openapi_extra=_body("application/json"),
    )
    async def receive_from_ses(request: Request) -> InboundAnswer:
        if not topics:
            raise TokenError("Amazon SES is not set up: RELANCE_SES_TOPICS is empty")
        body = await read_body(request, MAX_NOTIFICATION)
        try:
            document = await verifier.check(body, ways.clock())
        except PayloadError as error:
            raise _unusable(error) from None
        if document["Type"] == "SubscriptionConfirmation":
            await verifier.confirm(document)
            _log.info("a subscription of SNS is confirmed")
            return InboundAnswer(fresh=False)
        if document["Type"] != "Notification":
            return InboundAnswer(fresh=False)
        found = _readable(partial(ses.read, document))
        if isinstance(found, ProviderMail):
            return await store(found)
        taken = [await intake.events.receive(each, body) for each in found]
        return InboundAnswer(
            fresh=any(each.fresh for each in taken),
            reaction=next((each.reaction for each in taken if each.reaction), None),
        )


async def require_unused(ways: Ways, proof: mailgun.Proof) -> None:
    """A token of Mailgun is good for one content.

    Raises:
        TokenError: it was used for another one.
    """
    now = ways.clock()
    async with ways.database.transaction() as connection:
        await queries.forget_webhook_tokens(connection, before=now - _TOKENS_KEPT)
        used = await queries.use_webhook_token(connection, token=proof.token, content=proof.content, at=now)
    if used != proof.content:
        raise TokenError("the token was used for another message")


def check_login(request: Request, logins: Sequence[bytes]) -> None:
    """HTTP basic authentication (RFC 7617), or the password alone as ``secret`` in the query.

    401 also for a wrong password: Postmark takes 403 for "never send this again", and a mail would be lost by a
    slip of the settings.

    Raises:
        HTTPException: 401.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        given = b""
    secret = request.query_params.get("secret", "").encode()
    if not any(_opens(login, given, secret) for login in logins):
        raise HTTPException(
            401, "the login is not one of RELANCE_INBOUND_LOGINS", {"WWW-Authenticate": 'Basic realm="Relance"'}
        )


def _opens(login: bytes, given: bytes, secret: bytes) -> bool:
    """True when what was given is this login: ``user:password``, or a password alone, for any user."""
    user, colon, password = login.partition(b":") if b":" in login else (b"", b"", login)
    given_user, _, given_password = given.partition(b":")
    same_user = not colon or hmac.compare_digest(user, given_user)
    by_login = hmac.compare_digest(password, given_password) and same_user
    return password != b"" and (by_login or hmac.compare_digest(password, secret))


def _readable(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except PayloadError as error:
        raise _unusable(error) from None


def _unusable(error: PayloadError) -> HTTPException:
    """What cannot be used is 422, not 403: the provider proved itself, and somebody must correct its settings."""
    return HTTPException(422, str(error))
