"""``/retention``: how long data is kept, over HTTP."""

from __future__ import annotations

from datetime import timedelta

from sequences.retention import RetentionClass
from services.reading.health import retention
from services.retention.notice import give_notice
from tests.support.old_world import old_world
from tests.support.rigs.api import ApiRig


async def test_every_class_with_its_period_and_what_is_to_go(api: ApiRig) -> None:
    await old_world(api)
    assert (await api.http.get("/retention")).status_code == 401
    items = {each["kind"]: each for each in (await api.ask("GET", "/retention")).json()["items"]}
    assert list(items) == list(RetentionClass)
    assert items["bodies"]["setting"] == "RELANCE_RETAIN_BODIES"
    assert (items["bodies"]["period"], items["bodies"]["in_force_from"]) == ("2 years", None)
    assert all(each["due"] and not each["at_least"] and each["oldest"] for each in items.values())


async def test_health_announces_says_when_passes_stop_and_is_content_otherwise(api: ApiRig) -> None:
    periods = api.settings.retention()
    assert (await retention(api.database, periods, api.now)).good
    async with api.database.transaction() as connection:
        await give_notice(connection, periods, api.now)
    check = await retention(api.database, periods, api.now)
    assert check.good
    assert f"from {api.now + timedelta(days=14):%Y-%m-%d} removes raw_mail older than 180 days, bodies" in check.words
    late = await retention(api.database, periods, api.now + timedelta(days=3, seconds=1))
    assert (late.good, "no pass has ended" in late.words) == (False, True)
    await api.execute("UPDATE retention SET ended_at = $1", api.now + timedelta(days=20))
    done = await retention(api.database, periods, api.now + timedelta(days=21))
    assert done.good
    assert done.words == "the last pass ended 2027-05-24 09:00 UTC"
