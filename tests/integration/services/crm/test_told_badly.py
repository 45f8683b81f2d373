"""A CRM that tells twice, in any order, late and from an older page, whichever it is: each change is here once."""

import json
import random
from typing import Any

import pytest

from tests.support.crm.connected import NAMES
from tests.support.crm.rig import CrmRig, open_crm_rig, small_mapping
from tests.support.rigs.api import open_api_rig

ROUNDS = 8
PEOPLE = 24


async def chains(crm: CrmRig) -> dict[str, list[str]]:
    """The first names that each person had here, in their order."""
    rows = await crm.api.fetch("SELECT entity_id, after FROM change WHERE entity = 'person' ORDER BY id")
    found: dict[str, list[str]] = {}
    for row in rows:
        after: Any = json.loads(row["after"]) if isinstance(row["after"], str) else row["after"]
        if "first_name" in after:
            found.setdefault(row["entity_id"], []).append(after["first_name"])
    return found


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", sorted(NAMES))
async def test_each_change_is_here_once_and_the_newest_stays(database_url: str, name: str, seed: int) -> None:
    names, chance = NAMES[name], random.Random(seed)
    async with (
        open_api_rig(database_url, operator="operator") as api,
        open_crm_rig(api, small_mapping(name), name) as crm,
    ):
        world = crm.world
        await crm.look()
        (begun,) = await api.fetch("SELECT cursor FROM crm_connection")
        world.unsettle(chance)
        for round_ in range(ROUNDS):
            for number in chance.sample(range(1, PEOPLE + 1), PEOPLE // 2):
                if chance.random() < 0.2:
                    world.late.add((names.person, str(number)))
                email = f"c{number}@person.example"
                world.put(
                    names.person, str(number), **{names.first: f"N{round_}", names.status: "Active", "email": email}
                )
            if round_ % 2:
                world.repeat(names.looks, back=chance.randint(1, 2), times=2)
            assert (await crm.look()).problem == ""
            await crm.pass_time(600)
        world.arrive()
        world.repetitions.clear()
        for _ in range(9):
            await crm.look()
            await crm.pass_time(3_600)
        expected = {f"candidate-{each}": row[names.first] for each, row in world.records[names.person].items()}
        people = await api.fetch("SELECT id, first_name FROM person WHERE id LIKE 'candidate-%'")
        assert {row["id"]: row["first_name"] for row in people} == expected
        for person, told in (await chains(crm)).items():
            # Never back to a former value, and no value twice.
            assert told == sorted(set(told)), person
        # All of it once more, as after a death before the cursor was stored: it is known.
        changes = await api.fetch("SELECT count(*) AS n FROM change")
        await api.execute("UPDATE crm_connection SET cursor = $1", begun["cursor"])
        await crm.look()
        assert await api.fetch("SELECT count(*) AS n FROM change") == changes
