"""A command that was taken while any text was taken as its reason: its run goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import send_rig


async def test_a_reason_with_a_nul_is_kept_without_it(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        life = LifeRig(rig, datetime(2027, 6, 1, 9, tzinfo=UTC))
        await life.enter([{"id": "one", "when": "on day zero", "at": "09:00", "email": "t/mail"}], "2027-06-20")
        await life.command("pause", reason="on\x00 holiday")
        [run] = await rig.fetch("SELECT state, reason FROM enrollment")
        assert (run["state"], run["reason"]) == ("paused", "on holiday")
        await life.command("stop", reason="\x00")
        [run] = await rig.fetch("SELECT state, reason FROM enrollment")
        assert (run["state"], run["reason"]) == ("stopped", "stopped by hand")


async def test_a_pause_can_have_an_end_and_an_open_pause_gets_one(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        life = LifeRig(rig, datetime(2027, 6, 1, 9, tzinfo=UTC))
        await life.enter([{"id": "one", "when": "on day zero", "at": "09:00", "email": "t/mail"}], "2027-06-20")
        await life.command("pause", mode="2027-06-04T00:00:00+02:00", reason="holiday")
        [run] = await rig.fetch("SELECT state, reason FROM enrollment")
        assert (run["state"], run["reason"]) == ("paused", "holiday, until 2027-06-03 22:00 UTC")
        assert life.paused_until == datetime(2027, 6, 3, 22, tzinfo=UTC)
        await life.command("pause", mode="2027-06-05T00:00:00+00:00")
        [run] = await rig.fetch("SELECT reason FROM enrollment")
        assert run["reason"] == "paused by hand, until 2027-06-05 00:00 UTC"
        assert life.paused_until == datetime(2027, 6, 5, tzinfo=UTC)
        # Without an end it lasts until somebody resumes.
        life.now += timedelta(minutes=1)
        await life.command("pause")
        assert life.paused_until is None
        with pytest.raises(AssertionError, match="this has passed"):
            await life.command("pause", mode="2027-05-01T00:00:00+00:00")
