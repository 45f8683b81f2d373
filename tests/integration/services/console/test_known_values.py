"""Values that conditions offer: of the fields that many share, never of those that say who somebody is."""

from __future__ import annotations

from datetime import timedelta

from sequences.records.catalogue import FieldType, catalogue
from services.console.known_values import MOST, KnownValues
from tests.support.rigs.api import ApiRig

CATALOGUE = catalogue(
    {"team": FieldType.TEXT, "nickname": FieldType.TEXT, "skills": FieldType.LIST, "fax": FieldType.PHONE}
)


async def test_values_of_fields(api: ApiRig) -> None:
    for number in range(1, 5):
        await api.person(
            f"p{number}",
            first_name=f"First{number}",
            last_name="Sharedname",
            status="Hot" if number > 1 else "Cold",
            city=" ",
            company="Acme" if number > 2 else f"Own {number} Ltd",
        )
        own = {
            "team": "North" if number > 2 else f"team {number}",
            "nickname": f"nick{number}",
            "skills": ["Java", "SQL"] if number > 2 else [f"rare {number}"],
            "fax": "+441",
        }
        await api.execute("UPDATE person SET custom = $2 WHERE id = $1", f"p{number}", own)
    await api.execute("UPDATE person SET deleted_at = $1, status = 'Gone' WHERE id = 'p4'", api.now)
    await api.person("p5", status="Hot", company="Acme")
    await api.execute("UPDATE person SET custom = $1 WHERE id = 'p5'", {"team": "North", "skills": ["SQL", "Java"]})
    known = KnownValues(api.database, CATALOGUE)
    found = await known.all(api.now)
    # The most frequent first; what one person alone has may say who it is.
    assert found["person.status"] == ("Hot", "Cold")
    assert found["person.company"] == ("Acme",)
    assert (found["custom.team"], found["custom.skills"]) == (("North",), ("Java", "SQL"))
    assert (
        set(found) & {"person.first_name", "person.last_name", "person.email", "person.phone", "person.owner"} == set()
    )
    assert not {"custom.nickname", "custom.fax", "person.city", "person.id"} & set(found)


async def test_never_too_many_and_kept_for_a_while(api: ApiRig) -> None:
    await api.execute(
        "INSERT INTO person (id, type, status) "
        "SELECT 'x' || n, 'Candidate', 'status ' || n FROM generate_series(1, 300) n"
    )
    known = KnownValues(api.database, CATALOGUE)
    assert len((await known.all(api.now))["person.status"]) == MOST
    await api.execute("UPDATE person SET status = 'One'")
    assert len((await known.all(api.now + timedelta(minutes=9)))["person.status"]) == MOST
    assert (await known.all(api.now + timedelta(minutes=11)))["person.status"] == ("One",)


def test_no_field_that_says_who_somebody_is_offers_values() -> None:
    offering = {each.name for each in CATALOGUE.fields.values() if each.offers_values}
    telling = ("name", "email", "phone", ".id", "owner", "signature", "meeting_with", "location", "nickname_")
    assert [name for name in offering if any(each in name for each in telling) and name != "custom.nickname"] == []
    kinds = {CATALOGUE.fields[name].type for name in offering}
    assert kinds <= {FieldType.TEXT, FieldType.LIST, FieldType.TIMEZONE}
