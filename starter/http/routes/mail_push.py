"""Microsoft and Google tell that there may be new mail in a mailbox. All that comes of it is a look at the mailbox.

Contract: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks (it wants an answer within ten
seconds, and posts again for four hours otherwise) and https://cloud.google.com/pubsub/docs/push.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException, Request, Response

from adapters.mail.google_push_token import GooglePushTokens
from sequences.errors import TokenError
from services.access.addresses import google_push
from services.mailboxes.hear_push import REFUSED, HearPush, Notification
from starter.http.errors import answers
from starter.http.rates import Buckets, asking_network
from starter.http.security import read_body
from starter.mailbox_access import hears_microsoft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starter.http.dependencies import Ways

MAX_BYTES = 300_000
_LONGEST_PROOF: Final = 2_000
_HANDSHAKES: Final = 60
"""A minute, of one address."""
_LONGEST_SECRET: Final = 128
_LONGEST_ADDRESS: Final = 320
_BODY: Final = {"requestBody": {"required": False, "content": {"application/json": {"schema": {}}}}}
_ECHO: Final = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "The validationToken."}


def router(ways: Ways) -> APIRouter:
    """``/mail-push``, proved by the secret of a subscription or by a token of Google."""
    routes = APIRouter(prefix="/mail-push", tags=["hooks"])
    settings = ways.settings
    hear = HearPush(ways.database, ways.clock)
    handshakes = Buckets(_HANDSHAKES)
    tokens = (
        GooglePushTokens(
            settings.google_issuer, google_push(settings.public_url), settings.gmail_push_account, ways.clock
        )
        if settings.gmail_push_topic
        else None
    )

    @routes.post(
        "/microsoft/{mailbox}",
        summary="Microsoft tells of new mail in a mailbox",
        description="Relance subscribes automatically; docs/transports.md describes it. 202 means that the mailbox is "
        "looked at soon; nothing else of the body counts.",
        status_code=202,
        response_class=Response,
        responses={200: _ECHO, **answers(403, 404, 413, 429, 500, 503)},
        openapi_extra=_BODY,
    )
    async def receive_microsoft_push(mailbox: str, request: Request) -> Response:
        if not hears_microsoft(settings):
            raise HTTPException(404, "Microsoft is not asked to tell of new mail")
        proof = request.query_params.get("validationToken")
        if proof is not None:
            address, now = asking_network(request.scope), asyncio.get_running_loop().time()
            if address is not None and (wait := handshakes.take(address, now)):
                raise HTTPException(429, "too many requests", {"Retry-After": str(math.ceil(wait))})
            if not 0 < len(proof) <= _LONGEST_PROOF or not proof.isprintable():
                raise TokenError(REFUSED)
            # Microsoft wants it back as it is; a browser shows it as text, and nothing else (nosniff).
            return Response(proof, 200, {"Content-Security-Policy": "default-src 'none'"}, "text/plain")
        body = await read_body(request, MAX_BYTES)
        if not mailbox.isprintable():
            raise TokenError(REFUSED)
        await hear.by_secret(mailbox, _notifications(body))
        return Response(status_code=202)

    @routes.post(
        "/google",
        summary="Google tells of new mail in a mailbox",
        description="The address of the push subscription of RELANCE_GMAIL_PUSH_TOPIC; docs/transports.md describes "
        "it. 204 means that the mailbox is looked at soon; nothing else of the body counts.",
        status_code=204,
        response_class=Response,
        responses=answers(403, 404, 413, 429, 500, 503),
        openapi_extra=_BODY,
    )
    async def receive_google_push(request: Request) -> Response:
        if tokens is None:
            raise HTTPException(404, "Google is not asked to tell of new mail")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        await tokens.check(token.strip() if scheme.lower() == "bearer" else "")
        address = _address(await read_body(request, MAX_BYTES))
        # What names no mailbox of ours is taken all the same: Google would post it for a week.
        if address:
            await hear.by_address(address)
        return Response(status_code=204)

    return routes


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _notifications(body: bytes) -> Sequence[Notification]:
    value = _object(body).get("value")
    items = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    secrets = ((each, each.get("clientState")) for each in items)
    return [
        Notification(secret, isinstance(each.get("lifecycleEvent"), str))
        for each, secret in secrets
        if isinstance(secret, str) and len(secret) <= _LONGEST_SECRET
    ]


def _address(body: bytes) -> str:
    """The address in a message of Gmail; empty: there is none."""
    message = _object(body).get("message")
    data = message.get("data") if isinstance(message, dict) else None
    try:
        told = _object(base64.b64decode(data.replace("-", "+").replace("_", "/"))) if isinstance(data, str) else {}
    except ValueError:
        told = {}
    address = told.get("emailAddress")
    if not isinstance(address, str) or len(address) > _LONGEST_ADDRESS or not address.isprintable():
        return ""
    return address
