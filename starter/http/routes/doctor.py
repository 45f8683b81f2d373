"""The findings of ``relance doctor``: what is wrong, each with the command that helps. Behind the bearer token."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.doctor.findings import DoctorReport, HealthFinding

if TYPE_CHECKING:
    from starter.http.dependencies import Ways

_FRESH: Final = timedelta(seconds=30)


class FindingCounts(BaseModel):
    """Findings by severity."""

    error: int
    warning: int
    hint: int


class DoctorFindings(BaseModel):
    """What was found."""

    good: bool = Field(description="No finding is an error.")
    counts: FindingCounts
    findings: list[HealthFinding] = Field(description="The worst first.")
    looked_at: datetime = Field(description="When everything was looked at.")


def router(ways: Ways) -> APIRouter:
    """``/doctor``."""
    routes = APIRouter(prefix="/doctor", tags=["reading"])
    looking = asyncio.Lock()
    newest: list[DoctorFindings] = []

    @routes.get(
        "",
        summary="What is wrong with the installation, each finding with the command that helps",
        description="The same as `relance doctor --json`, looked at from the machine of `relance serve`. It logs in to "
        f"the mail servers and asks DNS, so an answer is repeated for {_FRESH.total_seconds():.0f} seconds.",
    )
    async def get_doctor() -> DoctorFindings:
        # However many ask: the mail servers see one login in that time.
        async with looking:
            now = ways.clock()
            if not newest or not timedelta(0) <= now - newest[0].looked_at < _FRESH:
                report = DoctorReport.of(await ways.examine(ways.settings, ways.clock))
                newest[:] = [
                    DoctorFindings(
                        good=report.good,
                        counts=FindingCounts(**{str(kind): number for kind, number in report.counts.items()}),
                        findings=list(report.findings),
                        looked_at=now,
                    )
                ]
            return newest[0]

    return routes
