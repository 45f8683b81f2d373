"""``relance doctor`` on real servers: what is missing, lost or stands still is found, with the command that helps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.clock import utc_now
from adapters.temporal.schedules import ALL_PASSES, RUN_WATCH
from services.backup.restoration import begin_restoration
from services.doctor.findings import HealthSeverity
from starter import doctor
from tests.support.databases import run_sql

if TYPE_CHECKING:
    from services.doctor.findings import HealthFinding
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig


class Names:
    """A DNS that has everything."""

    async def txt(self, name: str) -> list[str]:
        return ["v=DMARC1; p=none"] if name.startswith("_dmarc.") else ["v=spf1 -all"]

    async def mx(self, name: str) -> list[str]:
        return [f"mx.{name}"]


@pytest.fixture(autouse=True)
def environment(temporal: LocalTemporal, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name, value in temporal.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))


async def found_by(flow: FlowRig, **more: Any) -> dict[str, list[HealthFinding]]:
    """Findings by name."""
    # Where nobody listens: on this machine somebody may run ``relance up`` at the usual address.
    nowhere = {"http_port": 1, "public_url": "http://127.0.0.1:1"}
    settings = flow.services.settings.model_copy(update=nowhere | more)
    found: dict[str, list[HealthFinding]] = {}
    for each in await doctor.examined(settings, utc_now, Names()):
        found.setdefault(each.what, []).append(each)
    return found


async def test_what_works_is_no_finding(flow: FlowRig) -> None:
    for each in ALL_PASSES:
        await each.ensure(flow.services.client)
    found = await found_by(flow, sms_sender="")
    for what in ("migrations", "search attributes", "stale rows", "runs", "mail server", "DNS", "clock", "schedules"):
        assert what not in found, found[what]
    # Nobody serves hooks in this test, and the settings are those of a test.
    assert {
        what for what, several in found.items() if any(each.severity is HealthSeverity.ERROR for each in several)
    } == {"hooks"}


async def test_schedules_that_are_missing_or_paused(flow: FlowRig) -> None:
    await RUN_WATCH.ensure(flow.services.client)
    await flow.services.client.get_schedule_handle(RUN_WATCH.schedule).pause(note="an operator")
    several = (await found_by(flow))["schedules"]
    assert {each.severity for each in several} == {HealthSeverity.ERROR, HealthSeverity.WARNING}
    paused = next(each for each in several if each.severity is HealthSeverity.WARNING)
    assert RUN_WATCH.schedule in paused.words
    assert "--unpause" in paused.command
    assert sum("is missing" in each.words for each in several) == len(ALL_PASSES) - 1


async def test_a_run_whose_workflow_is_gone_and_rows_that_stand_still(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    await flow.handle(accepted).terminate("an operator")
    await run_sql(
        flow.services.settings.database_url,
        f"UPDATE send SET state = 'claimed', claimed_at = now() - interval '2 hours' "
        f"WHERE enrollment_id = '{accepted.enrollment}'",
    )
    found = await found_by(flow)
    [gone] = found["runs"]
    assert gone.words == "1 of 1 open run that were looked at have no open workflow"
    assert gone.command == "relance reconcile"
    [stale] = found["stale rows"]
    assert stale.words == "1 send is claimed and not settled for over 30 minutes"


async def test_a_schema_that_is_behind_or_ahead_and_a_restore_that_is_not_settled(flow: FlowRig) -> None:
    url = flow.services.settings.database_url
    await run_sql(
        url, "UPDATE _pogo_migration SET migration_id = '9999_later' WHERE migration_id = '0305_restorations'"
    )
    now = utc_now()
    async with flow.services.database.transaction() as connection:
        await begin_restoration(connection, backup_at=now - timedelta(days=1), lost_at=now, now=now)
    found = await found_by(flow)
    words = [each.words for each in found["migrations"]]
    assert words[0] == "1 migration is missing, the first is 0305_restorations"
    assert "9999_later" in words[1]
    [restore] = found["restore"]
    assert "--after-restore" in restore.command


async def test_servers_that_do_not_answer(flow: FlowRig) -> None:
    found = await found_by(flow, smtp_port=1, database_url="postgresql://relance:x@127.0.0.1:1/relance")
    assert any("no mail can be sent (connect)" in each.words for each in found["mail server"])
    assert "Postgres" in found
    [untold] = found["checks of Postgres"]
    assert untold.severity is HealthSeverity.HINT
