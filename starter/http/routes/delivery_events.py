"""What mail providers tell of mails that they sent for us: refused, complained about, unsubscribed.

2xx is said after the rows are in Postgres; the same events again change nothing, so every provider may repeat itself.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from adapters.mail.incoming.providers import mailgun
from sequences.errors import TokenError
from sequences.inbound.delivery_events.event import part, text
from sequences.inbound.delivery_events.mailgun import read_mailgun
from sequences.inbound.delivery_events.postmark import read_postmark
from sequences.inbound.delivery_events.sendgrid import read_sendgrid
from starter.http.errors import answers
from starter.http.routes.inbound import SECRET, check_login, require_unused
from starter.http.security import read_body

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sequences.inbound.delivery_events.event import DeliveryEvent
    from services.intake.mail import MailIntake
    from starter.http.dependencies import Ways

PROVIDERS: Final = ("mailgun", "postmark", "sendgrid")
"""Those with an address of their own here; SES tells by SNS, at the address of its mails."""
MAX_BYTES: Final = 2_000_000
_MOST: Final = 5_000
"""Events of one post: SendGrid's are up to 1,000 kB."""
_DESCRIPTION: Final = (
    "Point the webhooks of the provider here; docs/transports.md describes them. 200 means committed. Events of mails "
    "that are not ours, and those that say nothing new, change nothing."
)
_BODY: Final = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}}


class TakenEvents(BaseModel):
    """The result for events.

    Attributes:
        fresh: how many were new and about mails of ours.
    """

    fresh: int


def router(ways: Ways, intake: MailIntake) -> APIRouter:
    """``/inbound/PROVIDER/events``; each has the proof of its mails."""
    routes = APIRouter(prefix="/inbound", tags=["mail"])
    keys, logins = ways.settings.mailgun_keys(), ways.settings.inbound_login_pairs()

    async def taken(
        documents: Sequence[Mapping[str, Any]], read: Callable[..., Sequence[DeliveryEvent]]
    ) -> TakenEvents:
        fresh = 0
        for document in documents:
            raw = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
            for event in read(document):
                fresh += (await intake.events.receive(event, raw)).fresh
        return TakenEvents(fresh=fresh)

    @routes.post(
        "/mailgun/events",
        summary="What Mailgun tells of mails that it sent",
        description=_DESCRIPTION,
        responses=answers(403, 413, 422, 429, 500, 503),
        openapi_extra=_BODY,
    )
    async def receive_events_of_mailgun(request: Request) -> TakenEvents:
        if not keys:
            raise TokenError("Mailgun is not set up: RELANCE_MAILGUN_SIGNING_KEYS is empty")
        document = _object(_json(await read_body(request, MAX_BYTES)))
        signed = {name: text(value).encode("utf-8", "replace") for name, value in part(document, "signature").items()}
        event = json.dumps(part(document, "event-data"), sort_keys=True).encode()
        content = hashlib.sha256(event).hexdigest()
        token = mailgun.check_signature(signed, keys, ways.clock())
        await require_unused(ways, mailgun.Proof(token, content))
        return await taken([document], read_mailgun)

    @routes.post(
        "/postmark/events",
        summary="What Postmark tells of mails that it sent",
        description=_DESCRIPTION,
        responses=answers(401, 413, 422, 429, 500, 503),
        openapi_extra={**_BODY, "parameters": [SECRET]},
    )
    async def receive_events_of_postmark(request: Request) -> TakenEvents:
        check_login(request, logins)
        return await taken([_object(_json(await read_body(request, MAX_BYTES)))], read_postmark)

    @routes.post(
        "/sendgrid/events",
        summary="What SendGrid tells of mails that it sent",
        description=_DESCRIPTION,
        responses=answers(401, 413, 422, 429, 500, 503),
        openapi_extra={**_BODY, "parameters": [SECRET]},
    )
    async def receive_events_of_sendgrid(request: Request) -> TakenEvents:
        check_login(request, logins)
        found = _json(await read_body(request, MAX_BYTES))
        if not isinstance(found, list) or len(found) > _MOST:
            raise HTTPException(422, f"the body is not a JSON array of at most {_MOST} events")
        return await taken([each for each in found if isinstance(each, dict)], read_sendgrid)

    return routes


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(422, "the body is not JSON") from None


def _object(found: Any) -> Mapping[str, Any]:
    if not isinstance(found, dict):
        raise HTTPException(422, "the body is not a JSON object")
    return found
