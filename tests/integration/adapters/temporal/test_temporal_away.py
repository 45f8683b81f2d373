"""The real client when the real server is gone: every way in gives up soon and says so."""

import asyncio
from pathlib import Path

import pytest

from adapters.temporal.client import connect
from adapters.temporal.runs import TemporalRuns
from sequences.errors import UnavailableError
from sequences.runs.state import Reaction, RunState
from services.reading.probes import has_pollers
from starter.local.temporal import LocalTemporal


async def test_calls_give_up_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.temporal.runs._GIVE_UP_AFTER", 1.0)
    async with LocalTemporal(tmp_path, ui_port=None) as server:
        client = await connect(server.environment)
        runs = TemporalRuns(client)
        assert not await has_pollers(client, "relance")
        assert not await runs.react("enrollment:hello:nobody", Reaction("r1", "clicked"))
    for call in (
        lambda: runs.start("w", RunState("e1", "hello", 1, "p1"), None),
        lambda: runs.react("w", Reaction("r1", "clicked")),
        lambda: runs.follow_up_late("e1", Reaction("r1", "clicked")),
    ):
        async with asyncio.timeout(4):
            with pytest.raises(UnavailableError):
                await call()
