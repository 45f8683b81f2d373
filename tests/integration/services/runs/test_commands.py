"""A command that was taken while any text was taken as its reason: its run goes on."""

from datetime import UTC, datetime

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
