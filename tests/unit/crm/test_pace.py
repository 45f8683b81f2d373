"""Requests come no faster than they may."""

from adapters.crm.pace import Pace


async def test_so_many_at_once_and_then_evenly() -> None:
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(2.0, 3, lambda: now[0], sleep)
    for _ in range(6):
        await pace.turn()
    assert slept == [0.5, 0.5, 0.5]
    now[0] += 60
    slept.clear()
    for _ in range(4):
        await pace.turn()
    assert slept == [0.5]
