"""Scans for people who newly match a rule. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sequences.auto_enroll.messages import Origin, ScanState
from sequences.errors import UnavailableError
from services.operations.scan_orders import require_rules
from starter.http.errors import answers
from starter.http.list_parameters import SequenceName

if TYPE_CHECKING:
    from services.operations.scan_orders import RuleOrders
    from starter.http.dependencies import Ways


class ScanStarted(BaseModel):
    """A running scan; ``GET`` on the same address shows progress."""

    sequence: str
    origin: Origin
    workflow_id: str


class ScanRequest(BaseModel):
    """A scan; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    existing: bool = Field(
        default=False, description="Everyone who matches, not only those who match because of a date."
    )


def router(ways: Ways) -> APIRouter:
    """``/sequences/{name}/scan``."""
    routes = APIRouter(prefix="/sequences", tags=["auto-enrollment"])

    def temporal() -> RuleOrders:
        if ways.rules is None:
            raise UnavailableError("scans are unavailable: no connection to Temporal")
        return ways.rules

    @routes.post(
        "/{name}/scan",
        status_code=202,
        summary="Scan for people who newly match a rule",
        responses=answers(400, 404, 409),
    )
    async def start_scan(name: SequenceName, asked: ScanRequest | None = None) -> ScanStarted:
        origin = Origin.EXISTING if asked is not None and asked.existing else Origin.SCAN
        async with ways.database.transaction() as connection:
            await require_rules(connection, name)
        return ScanStarted(sequence=name, origin=origin, workflow_id=await temporal().start_scan(name, origin))

    @routes.get("/{name}/scan", summary="Progress of the newest scan by hand", responses=answers(404))
    async def get_scan(name: SequenceName) -> ScanState:
        return await temporal().scanned(name)

    return routes
