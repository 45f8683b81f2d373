"""The stand-in's HTTP face: Twilio's paths, and ``/_standin`` beside them to play the people who answer."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from http import HTTPStatus

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from starter.local.twilio.exchange import Exchange
from starter.local.twilio.ledger import SmsRecord, list_sms
from starter.local.twilio.resources import API_VERSION, TwilioRefusalError, message_page, message_resource
from starter.local.twilio.settings import StandInFaults

_ACCOUNT = f"/{API_VERSION}/Accounts/{{account_sid}}"
_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")
_REALM = 'Basic realm="Twilio API"'


class InboundSms(BaseModel):
    """A person's text to one of our numbers."""

    from_: str = Field(alias="from")
    to: str
    body: str


def make_app(exchange: Exchange, drop_connection: Callable[[Request], None]) -> FastAPI:
    """Builds the app; ``drop_connection`` cuts the connection of a request without an answer."""

    async def credentials(request: Request) -> None:
        if not _authorized(request, exchange):
            raise TwilioRefusalError(401, 20003, "Authenticate")

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(credentials)])

    @app.exception_handler(TwilioRefusalError)
    async def problem(_request: Request, error: TwilioRefusalError) -> JSONResponse:
        headers = {"WWW-Authenticate": _REALM} if error.status == HTTPStatus.UNAUTHORIZED else None
        return JSONResponse(error.body(), error.status, headers)

    @app.post(f"{_ACCOUNT}/Messages.json")
    async def create(account_sid: str, request: Request) -> Response:
        _check_account(account_sid, exchange)
        form = await request.form()
        faults = exchange.take_faults()
        if faults.lose_request:
            drop_connection(request)
            return Response()
        if faults.answer_status is not None and not faults.accept_anyway:
            return _fault(faults)
        record = exchange.accept({name: value for name, value in form.items() if isinstance(value, str)})
        if faults.answer_last:
            await exchange.drain()
        await asyncio.sleep(faults.delay_seconds)
        if faults.lose_answer:
            drop_connection(request)
        if faults.answer_status is not None:
            return _fault(faults)
        return JSONResponse(message_resource(record, account_sid), HTTPStatus.CREATED)

    @app.get(f"{_ACCOUNT}/Messages.json")
    async def page(account_sid: str, request: Request) -> dict[str, object]:
        _check_account(account_sid, exchange)
        query = request.query_params
        filters = [(name, query[name]) for name in _FILTERS if name in query]
        size, number = _number(query.get("PageSize"), 50, 1, 1000), _number(query.get("Page"), 0, 0, 10**6)
        found = exchange.ledger.find(lambda record: all(_passes(record, *item) for item in filters))
        return message_page(found, account_sid, filters, number, size)

    @app.get(f"{_ACCOUNT}/Messages/{{sid}}.json")
    async def fetch(account_sid: str, sid: str) -> dict[str, object]:
        _check_account(account_sid, exchange)
        record = exchange.ledger.get(sid)
        if record is None:
            raise TwilioRefusalError(404, 20404, "The requested resource was not found")
        return message_resource(record, account_sid)

    @app.post("/_standin/inbound")
    async def inbound(text: InboundSms) -> dict[str, object]:
        return asdict(await exchange.deliver_inbound(text.from_, text.to, text.body))

    @app.get("/_standin/texts")
    async def texts() -> list[dict[str, object]]:
        return [asdict(text) for text in list_sms(exchange.settings.folder)]

    @app.put("/_standin/faults")
    async def set_faults(request: Request) -> dict[str, object]:
        try:
            exchange.faults = replace(StandInFaults(), **await request.json())
        except (TypeError, ValueError):
            raise TwilioRefusalError(400, 20001, "Unknown fault") from None
        return asdict(exchange.faults)

    return app


def _fault(faults: StandInFaults) -> JSONResponse:
    status = faults.answer_status or 500
    code = 20429 if status == HTTPStatus.TOO_MANY_REQUESTS else 20500
    headers = None if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
    return JSONResponse(TwilioRefusalError(status, code, HTTPStatus(status).phrase).body(), status, headers)


def _authorized(request: Request, exchange: Exchange) -> bool:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    wanted = f"{exchange.settings.account_sid}:{exchange.settings.auth_token}".encode()
    return hmac.compare_digest(given, wanted)


def _check_account(account_sid: str, exchange: Exchange) -> None:
    if account_sid != exchange.settings.account_sid:
        raise TwilioRefusalError(404, 20404, "The requested resource was not found")


def _number(given: str | None, default: int, low: int, high: int) -> int:
    if given is None:
        return default
    if not given.isdecimal():
        raise TwilioRefusalError(400, 20001, "PageSize and Page are numbers")
    return min(max(int(given), low), high)


def _passes(record: SmsRecord, name: str, wanted: str) -> bool:
    if name == "To":
        return record.recipient == wanted
    if name == "From":
        return record.sender == wanted
    if record.sent is None:
        return False
    try:
        day, sent = date.fromisoformat(wanted[:10]), record.sent.date()
    except ValueError:
        raise TwilioRefusalError(400, 20001, f"{name} is a date") from None
    return {"DateSent": sent == day, "DateSent<": sent <= day, "DateSent>": sent >= day}[name]
