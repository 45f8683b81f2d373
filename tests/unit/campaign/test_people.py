"""However many of the people outside have something to say, the driver that plays them is not overrun by itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx

from benchmarks.campaign.people import ACKNOWLEDGED, People
from benchmarks.campaign.plan import Input
from benchmarks.campaign.stack import CampaignStack
from tests.support.waiting import PATIENCE

HOOKS = 300


async def test_no_more_are_under_way_than_there_are_connections(tmp_path: Path) -> None:
    """A pool of connections looks at all who wait for it at every request: the driver stood still for half a minute."""
    inputs = [Input(f"i{number}", "hook", f"p{number:04d}", turn=0, wait=0.0) for number in range(HOOKS)]
    stack = SimpleNamespace(
        url="http://hooks.example",
        secrets=SimpleNamespace(hook_secret="s" * 32),
        mail_folder=tmp_path / "mail",
        texts_folder=tmp_path / "texts",
    )
    people = People(cast(CampaignStack, stack), inputs, tmp_path)
    under_way: list[int] = [0]
    full, gate = asyncio.Event(), asyncio.Event()

    async def answer(_request: httpx.Request) -> httpx.Response:
        under_way.append(under_way[-1] + 1)
        if under_way[-1] == 50:
            full.set()
        await gate.wait()
        under_way.append(under_way[-1] - 1)
        return httpx.Response(200, json={"refused": []})

    outside = cast(Any, people)
    await outside._http.aclose()
    outside._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    people.turn(0)
    async with asyncio.timeout(PATIENCE):
        await full.wait()
        gate.set()
        await asyncio.gather(*outside._tasks)
    await people.aclose()
    assert max(under_way) == 50
    assert people.problems == []
    rows = [json.loads(line) for line in (tmp_path / ACKNOWLEDGED).read_text().splitlines()]
    assert sorted(row["input"] for row in rows) == sorted(each.id for each in inputs)
    assert all(row["began"] <= row["acknowledged"] for row in rows)
