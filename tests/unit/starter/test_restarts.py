"""A part that died once is started again; one that cannot live is not."""

from __future__ import annotations

from starter.local.restarts import LIMIT, WITHIN, Restarts


def test_each_start_waits_longer_and_the_end_is_told() -> None:
    restarts = Restarts()
    assert [restarts.wait("worker", float(second)) for second in range(6)] == [0.0, 1.0, 2.0, 4.0, 8.0, None]


def test_parts_are_counted_apart_and_old_deaths_are_forgotten() -> None:
    restarts = Restarts()
    for second in range(LIMIT):
        restarts.wait("worker", float(second))
    assert restarts.wait("serve", 5.0) == 0.0
    assert restarts.wait("worker", LIMIT + WITHIN) == 0.0
