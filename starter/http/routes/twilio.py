"""Twilio's webhooks: inbound texts and status reports. Twilio does not repeat what it was answered: store first."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter, HTTPException, Request, Response

from adapters.sms.signature import WebhookVerifier
from sequences.tokens import TokenKind, verify
from starter.http.error_pages import FORM
from starter.http.errors import answers
from starter.http.security import read_body

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

MAX_BYTES = 100_000
_LONGEST_SID = 64
_SIGNATURE = "X-Twilio-Signature"
_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

_TWIML = {"content": {"text/xml": {"schema": {"type": "string"}}}, "description": "Stored."}


def router(ways: Ways) -> APIRouter:
    """Hooks for Twilio, proved by ``X-Twilio-Signature`` over the public URL."""
    routes = APIRouter(prefix="/twilio", tags=["hooks"])
    tokens = ways.settings.twilio_tokens()
    verifier = WebhookVerifier(ways.settings.public_url, tokens) if tokens else None

    async def form(request: Request) -> dict[str, str]:
        if verifier is None:
            raise HTTPException(403, "SMS is not set up: RELANCE_TWILIO_AUTH_TOKENS is empty")
        if _SIGNATURE not in request.headers:
            raise HTTPException(403, f"the header {_SIGNATURE} is missing")
        body = await read_body(request, MAX_BYTES)
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=500)
        except ValueError:
            raise HTTPException(400, "the body is not a form") from None
        if not verifier.matches(_as_requested(request), pairs, request.headers):
            raise HTTPException(
                403, "the signature does not match; RELANCE_PUBLIC_URL must be the address that Twilio calls"
            )
        return dict(pairs)

    @routes.post(
        "/inbound",
        summary="A person's text",
        response_class=Response,
        responses={200: _TWIML, **answers(400, 403, 413, 422, 429, 500, 503)},
        openapi_extra=FORM,
    )
    async def receive_text(request: Request) -> Response:
        parameters = await form(request)
        if not 0 < len(parameters.get("MessageSid", "")) <= _LONGEST_SID:
            raise HTTPException(422, "MessageSid: missing, or too long")
        await ways.texts.receive(parameters)
        # No words of ours: an answer is a step's or a person's business.
        return Response(_EMPTY_TWIML, media_type="text/xml")

    @routes.post(
        "/status/{token}",
        summary="Status of a text message",
        status_code=204,
        response_class=Response,
        responses=answers(400, 403, 404, 413, 429, 500, 503),
        openapi_extra=FORM,
    )
    async def receive_text_status(token: str, request: Request) -> Response:
        parameters = await form(request)
        send = verify(TokenKind.STATUS, token, ways.organisation.token_keys)
        if not await ways.texts.status(send, parameters):
            raise HTTPException(404, "unknown text message")
        return Response(status_code=204)

    return routes


def _as_requested(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return (raw.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
