"""Health: the process is up; the servers behind it answer. Needs no token and tells nothing but names."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from adapters.outage_errors import is_outage
from sequences.errors import SettingsError
from sequences.names import SEND_QUEUE
from services.reading.health import outbox
from services.reading.probes import QUEUES
from starter.http.errors import answers
from starter.http.list_parameters import only_known

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starter.http.dependencies import Ways

_SECONDS = 3.0


class Health(BaseModel):
    """The process is up."""

    status: Literal["up"]


class Readiness(BaseModel):
    """Whether all required services answer."""

    status: Literal["ready", "not ready"]
    missing: list[str] = Field(description="What does not answer, by name.")
    oldest_due_seconds: float | None = Field(
        default=None, description="For `queue=relance-send`; null: nothing is due."
    )


def router(ways: Ways) -> APIRouter:
    """``/healthz`` and ``/readyz``."""
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="The process is up", responses=answers(500))
    async def get_health() -> Health:
        return Health(status="up")

    @routes.get(
        "/readyz",
        summary="Postgres and Temporal answer",
        description="With `queue`, also whether a worker serves it. 503 names what is missing. With "
        "`queue=relance-send` also whether the mail server, Twilio and the IMAP folders can be used, and "
        "`oldest_due_seconds`: how long the oldest due send has waited. With `host`, only its workers count.",
        # A misspelt `queue` would say ready of a worker that is not there.
        dependencies=[Depends(only_known)],
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "Something is missing."}, **answers(422, 429, 500)},
    )
    async def get_readiness(
        queue: Annotated[list[str] | None, Query(max_length=len(QUEUES))] = None,
        host: Annotated[str | None, Query(max_length=253, description="Name of a machine or container.")] = None,
    ) -> JSONResponse:
        asked = {name: _answers(probe()) for name, probe in ways.probes.servers.items()}
        asked |= {f"worker on {name[:64]}": _answers(ways.probes.polled(name, host)) for name in queue or ()}
        found = dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))
        missing = [name for name, good in found.items() if not good]
        more: dict[str, object] = {}
        if SEND_QUEUE in (queue or ()) and found.get("postgres", True):
            try:
                async with asyncio.timeout(_SECONDS):
                    box = await outbox(ways.database, ways.clock())
            except Exception as error:
                if not is_outage(error):
                    raise
                missing.append("postgres")
            else:
                missing += [f"{each.name} {each.words}" for each in box.outages]
                more = {"oldest_due_seconds": box.oldest_due_seconds}
        if not missing:
            return JSONResponse({"status": "ready", "missing": [], **more})
        return JSONResponse({"status": "not ready", "missing": missing, **more}, 503, {"Retry-After": "2"})

    return routes


async def _answers(asked: Awaitable[bool | None]) -> bool:
    try:
        async with asyncio.timeout(_SECONDS):
            return await asked is not False
    except Exception as error:
        if isinstance(error, SettingsError):
            return False
        # gRPC reports an outage with a RuntimeError or an RPCError; only what neither is would be a fault of ours.
        if is_outage(error) or type(error).__name__ in {"RPCError", "RuntimeError"}:
            return False
        raise
