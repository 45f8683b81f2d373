"""A field that the mapping names and that is gone in the CRM: nothing here is emptied, and somebody is told once."""

import pytest

from tests.support.crm.connected import NAMES
from tests.support.crm.rig import open_crm_rig, small_mapping
from tests.support.rigs.api import open_api_rig


@pytest.mark.parametrize("name", sorted(NAMES))
async def test_a_field_that_is_gone_empties_nothing_here(database_url: str, name: str) -> None:
    names = NAMES[name]
    async with (
        open_api_rig(database_url, operator="operator") as api,
        open_crm_rig(api, small_mapping(name), name) as crm,
    ):
        world = crm.world

        def put(first: str) -> None:
            world.put(names.person, "1", **{names.first: first, names.status: "Active", "email": "c1@person.example"})

        async def person() -> tuple[str, str]:
            (row,) = await api.fetch("SELECT first_name, status FROM person WHERE id = 'candidate-1'")
            return row["first_name"], row["status"]

        await crm.look()
        put("Ada")
        await crm.look()
        assert await person() == ("Ada", "Active")
        # An administrator deletes the field there; its values go with it.
        known = world.fields[names.person]
        world.fields[names.person] = known - {names.status}
        put("Ada Maria")
        del world.records[names.person]["1"][names.status]
        for _ in range(3):
            await crm.pass_time(3_600)
            look = await crm.look()
        assert f"{names.person} has no field {names.status} any more" in look.problem
        assert (await person())[1] == "Active"
        assert (await crm.status()).state == "fails"
        told = await api.fetch("SELECT title FROM notification WHERE owner_id = 'operator'")
        assert len(told) == 1
        # It is back, or the mapping was corrected: nothing was lost meanwhile.
        world.fields[names.person] = known
        put("Ada Maria")
        await crm.pass_time(3_600)
        await crm.look()
        assert await person() == ("Ada Maria", "Active")
        assert (await crm.status()).state == "works"
