"""A whole Relance in one process for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from starter.local.temporal import LocalTemporal
from tests.support.rigs.flow import FlowRig, open_flow
from tests.support.waiting import PATIENCE


@pytest.fixture(autouse=True)
def patient_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook gives up after three seconds and lets the dispatcher do it; a test that calls directly waits."""
    for module in ("bulk_control", "deliveries", "rule_workflows", "runs", "windows"):
        monkeypatch.setattr(f"adapters.temporal.{module}._GIVE_UP_AFTER", PATIENCE / 2)


@pytest_asyncio.fixture
async def flow(database_url: str, temporal: LocalTemporal, tmp_path: Path) -> AsyncIterator[FlowRig]:
    async with open_flow(database_url, temporal, tmp_path) as flow:
        yield flow


@pytest.fixture
def two_step() -> str:
    return (
        "sequence: two-step\nname: Two steps\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
        "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
    )
