"""``POST /hooks/crm``: record changes, signed, applied once, acknowledged only after the commit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field, ValidationError
from pydantic.json_schema import models_json_schema

from services.records.crm_contract import CrmEvent
from starter.http.errors import answers
from starter.http.security import SIGNATURE_HEADER, TIMESTAMP_HEADER, check_hook, read_body, require_signed

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

MAX_BYTES = 5_000_000
_REF = "#/components/schemas/"

_SIGNING = (
    f"Signed: `{TIMESTAMP_HEADER}` is the time of sending in unix seconds, at most 5 minutes off; "
    f'`{SIGNATURE_HEADER}` is `sha256=` and the hex of HMAC-SHA256(secret, timestamp + "." + raw body).\n\n'
    "200 means committed. The same event again gets the same answer; another body under a known `event_id` is 409. "
    "A change that cannot be applied is refused in the answer, with its reason; the others are applied. A field "
    "with an invalid value is skipped and named in `problems`; the rest of its change is applied.\n\n"
    "A change that one of our webhooks caused carries the `echo` of that webhook, so that it is recognised. Without "
    "it, a field that gets the value which a sequence wrote to it within the last hour (`RELANCE_ECHO_WINDOW`) is "
    "treated as an echo; `lineage_by` in the answer says which."
)


class FieldProblem(BaseModel):
    """A field that was skipped; the rest of its item was applied."""

    field: str
    reason: str


class ChangeResult(BaseModel):
    """The result of one change."""

    index: int
    status: Literal["created", "updated", "unchanged", "deleted", "restored", "merged", "refused"]
    entity: str | None = None
    id: str | None = None
    fields: list[str] = []
    warnings: list[str] | None = Field(default=None, description="What was stored but cannot be used: an address.")
    lineage_by: Literal["echo", "value", "given"] | None = None
    erasing: str | None = Field(default=None, description="Id of the job that erases what is stored about the person.")
    reason: str | None = None
    problems: list[FieldProblem] | None = Field(
        default=None, description="Fields that were skipped. Once they are valid, the same event applies them."
    )
    passed_over: list[str] | None = Field(default=None, description="Fields for which a newer value is already stored.")


class CrmAnswer(BaseModel):
    """The result of an event; the same for every repetition."""

    event_id: str
    applied: int
    refused: int
    results: list[ChangeResult]


def router(ways: Ways) -> APIRouter:
    """The hook of the CRM."""
    routes = APIRouter(prefix="/hooks", tags=["hooks"])
    keys = ways.settings.hook_keys()

    @routes.post(
        "/crm",
        summary="Record changes from the CRM",
        description=_SIGNING,
        response_model_exclude_none=True,
        responses=answers(400, 401, 409, 413, 422, 429, 500, 503),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": _REF + CrmEvent.__name__}}},
            },
            "parameters": [_header(TIMESTAMP_HEADER), _header(SIGNATURE_HEADER)],
        },
    )
    async def receive_crm_event(request: Request) -> CrmAnswer:
        require_signed(request)
        body = await read_body(request, MAX_BYTES)
        check_hook(request, body, keys, ways.clock())
        event = read_event(body)
        return CrmAnswer.model_validate(await ways.crm.receive(event.event_id, event.changes))

    return routes


def read_event(body: bytes) -> CrmEvent:
    """The envelope of an event.

    Raises:
        HTTPException: 400, not JSON; 422, no event.
    """
    try:
        parsed = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON in UTF-8") from None
    try:
        return CrmEvent.model_validate(parsed)
    except ValidationError as error:
        words = [f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['msg']}" for item in error.errors()]
        raise HTTPException(422, "; ".join(words)) from None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _header(name: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}


def schemas() -> dict[str, dict[str, Any]]:
    """What a hook sends, for the description: no operation has it as its body's model, since the body is signed."""
    _, found = models_json_schema([(CrmEvent, "validation")], ref_template=_REF + "{model}")
    return dict(found["$defs"])
