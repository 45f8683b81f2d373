"""``relance reconcile``: what it says of a pass, and when it asks for more."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import pytest

from sequences.runs.run_watch import RunWatchPass
from services.runs.run_watch import RunWatch


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each pass was told to be certain; one that is not finds more gone than it dares to close."""
    asked: list[bool] = []

    async def look(_: RunWatch, now: datetime, *, certain: bool = False) -> RunWatchPass:
        asked.append(certain)
        if certain:
            return RunWatchPass(closed=40, late=2)
        return RunWatchPass(stuck=1, trouble="40 of 50 runs are unknown to Temporal; --gone closes them")

    monkeypatch.setattr(RunWatch, "look_at_all", look)
    return asked


async def test_nothing_is_closed_in_doubt_and_gone_says_there_is_none(
    command: Callable[..., Awaitable[Any]], asked: list[bool]
) -> None:
    doubtful = await command("reconcile", status=4)
    assert "0 runs closed" in doubtful
    assert "1 run is stuck because its workflow fails" in doubtful
    assert "--gone closes them" in doubtful
    done = await command("reconcile", "--gone")
    assert "40 runs closed" in done
    assert "2 late replies processed again" in done
    assert (await command("reconcile", "--gone", "--json"))["closed"] == 40
    assert asked == [False, True, True]
