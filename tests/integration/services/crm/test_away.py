"""A CRM that is away for a day, whichever it is: nothing is lost, nothing is there twice, somebody is told once."""

import pytest

from services.enrolling.enroll import EntryRequest
from tests.support.crm.connected import NAMES
from tests.support.crm.rig import open_crm_rig, small_mapping
from tests.support.rigs.api import open_api_rig

HOURS = 24


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_a_day_without_the_crm_loses_nothing_doubles_nothing_and_is_told_once(
    database_url: str, name: str
) -> None:
    names = NAMES[name]
    async with (
        open_api_rig(database_url, operator="operator") as api,
        open_crm_rig(api, small_mapping(name), name) as crm,
    ):

        def person_there(number: int, first: str) -> None:
            values = {names.first: first, names.status: "Active", "email": f"c{number}@person.example"}
            crm.world.put(names.person, str(number), **values)

        await crm.look()
        for number in range(1, HOURS + 1):
            person_there(number, "Before")
        await crm.look()
        (begun,) = await api.fetch("SELECT cursor FROM crm_connection")
        await api.publish()
        parts = crm.parts
        crm.world.fail(503, times=100_000)
        for hour in range(1, HOURS + 1):
            # Both sides go on with their work.
            person_there(hour, "Meanwhile")
            person_there(100 + hour, "New")
            await api.enrolling.enroll(EntryRequest("hello", f"n{hour}", f"candidate-{hour}"))
            if hour % 6 == 0:
                # `relance serve` was restarted.
                crm.parts = crm.another()
                await crm.parts.connected.register()
            await crm.look()
            await crm.write()
            await crm.pass_time(3_600)
        found = await crm.status()
        assert (found.state, found.waiting, found.dead) == ("fails", HOURS, 0)
        assert crm.world.made["note"] == []
        crm.world.faults.clear()
        crm.parts = parts
        await crm.look()
        await crm.write()
        found = await crm.status()
        assert (found.state, found.waiting, found.dead, found.unplanned) == ("works", 0, 0, 0)
        assert len(crm.world.made["note"]) == HOURS
        made = [row["made"] for row in await crm.writes(occasion="enrolled", state="done")]
        assert len(set(made)) == len(made) == HOURS
        people = await api.fetch("SELECT id, first_name FROM person WHERE id LIKE 'candidate-%'")
        expected = {f"candidate-{number}": "Meanwhile" for number in range(1, HOURS + 1)}
        expected |= {f"candidate-{100 + number}": "New" for number in range(1, HOURS + 1)}
        assert {row["id"]: row["first_name"] for row in people} == expected
        told = await api.fetch("SELECT title FROM notification WHERE owner_id = 'operator' ORDER BY created_at")
        assert [row["title"].partition(":")[0].partition(",")[0] for row in told] == [
            "CRM cannot be used",
            "CRM works again",
        ]
        # The whole day once more, as after a death between the rows and the cursor: it is known.
        changes = await api.fetch("SELECT count(*) AS n FROM change")
        await api.execute("UPDATE crm_connection SET cursor = $1, position = 0", begun["cursor"])
        await crm.look()
        await crm.write()
        assert await api.fetch("SELECT count(*) AS n FROM change") == changes
        assert len(crm.world.made["note"]) == HOURS
