"""Health and the numbers of the navigation, against a real Postgres."""

from __future__ import annotations

import pytest

from services.doctor.findings import HealthFinding, HealthSeverity
from services.reading.health import Check, StackHealth
from starter.console.screens import health
from tests.support.screens.html import faults
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import task
from tests.support.viewers import ADMIN


async def test_findings_come_with_their_command(console: ConsoleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked(*_: object) -> StackHealth:
        checks = (Check("Postgres", good=True), Check("worker on relance", good=False, words="no worker has polled it"))
        return StackHealth(False, checks, 90.0, unknown=2, dead=1)

    monkeypatch.setattr(health, "health", asked)
    text = await console.text("/health")
    assert "worker on relance no worker has polled it relance worker --queues relance" in text
    assert "2 sends are unknown: they may or may not have gone out relance unknown" in text
    assert "1 follow-up was given up relance deliveries --dead" in text
    assert "The oldest send that is due has waited since Tue 4 May 2027, 10:58." in text


async def test_where_nothing_is_wrong_it_says_what_was_checked(
    console: ConsoleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: object) -> StackHealth:
        return StackHealth(True, (Check("Postgres", good=True), Check("Temporal", good=True)))

    monkeypatch.setattr(health, "health", asked)
    assert "Everything works. Checked: Postgres, Temporal." in await console.text("/health")


async def test_everything_is_looked_at_for_who_may_see_settings(
    console: ConsoleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def examined(*_: object) -> tuple[HealthFinding, ...]:
        return (HealthFinding("file modes", "others may read it", "chmod 600 it", severity=HealthSeverity.WARNING),)

    monkeypatch.setattr(health, "examined", examined)
    assert (await console.http.get("/console/health?whole=true")).status_code == 403
    console.viewer = ADMIN
    text = await console.text("/health?whole=true")
    assert "should change file modes others may read it chmod 600 it" in text


async def test_badges_count_what_waits_for_the_viewer(console: ConsoleRig, runs: dict[str, str]) -> None:
    await task(console.api, 1, runs["p1"], "p1", -1)
    await task(console.api, 2, runs["p2"], "p2", -1, owner_id="o2")
    await task(console.api, 3, runs["p3"], "p3", 50)
    answer = await console.http.get("/console/badges")
    assert answer.status_code == 200
    assert faults(answer.text, whole=False) == []
    # No dispatcher listens in this test, which is a finding.
    said = " ".join(answer.text.split())
    assert ", 1 task is due" in said
    assert ", 1 finding" in said
