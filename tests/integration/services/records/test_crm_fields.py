"""Fields of the CRM: one bad field refuses itself only, lists, one form for numbers, and which telling is the newer."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import Rules
from adapters.postgres.rules.statements import compile_rule
from sequences.planning.zones import recipient_zone
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from tests.support.rigs.api import ApiRig
from tests.support.rule_rows import version

FIELDS = "skills:list, score:number, vip:boolean, shirt, since:date"


class Teller:
    """The CRM, one event at a time."""

    def __init__(self, api: ApiRig) -> None:
        self.api, self.numbers = api, itertools.count()
        self.declare(FIELDS)

    def declare(self, fields: str) -> None:
        settings = self.api.settings.model_copy(update={"custom_fields": fields})
        self.intake = CrmIntake(
            self.api.database,
            ItemWriter(self.api.changes, origin="crm"),
            self.api.clock,
            self.api.wake,
            settings.catalogue(),
        )

    async def __call__(self, *items: Any, event: Any = None) -> Any:
        answer = await self.intake.receive(event or f"evt-{next(self.numbers)}", list(items))
        return answer["results"]

    async def one(self, identity: str = "p1", event: str | None = None, **more: Any) -> Any:
        (result,) = await self({"entity": "person", "id": identity, **more}, event=event)
        return result

    async def row(self, identity: str = "p1") -> Any:
        return await self.api.row("person_row", id=identity)


@pytest_asyncio.fixture
async def tell(api: ApiRig) -> Teller:
    return Teller(api)


async def matching(api: ApiRig, people: list[str], **auto_enroll: Any) -> list[Any]:
    async with api.database.transaction() as connection:
        rule = compile_rule(version(auto_enroll))
        return [match.record_id for match in await Rules().of_records(connection, rule, api.now, people)]


# --- one field at a time ----------------------------------------------------------------------------------------------


async def test_a_field_that_cannot_be_taken_keeps_no_other_out(tell: Teller) -> None:
    result = await tell.one(
        fields={
            "status": "Chase",
            "postcode": "LS1",
            "custom.score": "7_0",
            "custom.vip": "perhaps",
            "first_name": ["a", "b"],
        }
    )
    assert (result["status"], result["fields"]) == ("created", ["person.status", "person.created"])
    reasons = {problem["field"]: problem["reason"] for problem in result["problems"]}
    assert list(reasons) == ["person.postcode", "custom.score", "custom.vip", "person.first_name"]
    assert "no field 'postcode'" in reasons["person.postcode"]
    assert "no _ in it" in reasons["custom.score"]
    assert "declared as a list" in reasons["person.first_name"]


async def test_where_nothing_can_be_taken_the_item_is_refused(tell: Teller) -> None:
    result = await tell.one(fields={"postcode": "LS1"})
    assert (result["status"], len(result["problems"])) == ("refused", 1)
    assert await tell.row() is None


async def test_the_same_event_again_takes_the_field_that_was_declared_meanwhile(tell: Teller, api: ApiRig) -> None:
    item: dict[str, Any] = {"fields": {"status": "New", "custom.postcode": "LS1"}}
    first = await tell.one(event="again", **item)
    assert [problem["field"] for problem in first["problems"]] == ["custom.postcode"]
    assert await tell.one(event="again", **item) == first
    await tell.one(fields={"status": "Chase"})
    tell.declare(f"{FIELDS}, postcode")
    second = await tell.one(event="again", **item)
    assert "problems" not in second
    assert second["fields"] == [*first["fields"], "custom.postcode"]
    row = await tell.row()
    # What was told since of the other fields stays.
    assert (row["custom"], row["status"]) == ({"postcode": "LS1"}, "Chase")
    assert await tell.one(event="again", **item) == second


async def test_a_repeated_event_undoes_nothing_that_was_told_after_it(tell: Teller, api: ApiRig) -> None:
    await tell.one(event="again", fields={"status": "New", "custom.postcode": "LS1"})
    tell.declare(f"{FIELDS}, postcode")
    await tell.one(fields={"custom.postcode": "LS2"})
    await tell.one(event="again", fields={"status": "New", "custom.postcode": "LS1"})
    assert (await tell.row())["custom"] == {"postcode": "LS2"}


async def test_http_names_the_fields(api: ApiRig) -> None:
    answer = await api.hook(
        {
            "event_id": "e",
            "changes": [
                {"entity": "person", "id": "p1", "fields": {"status": "New", "postcode": "LS1"}, "version": 2},
            ],
        }
    )
    (result,) = answer.json()["results"]
    assert result["problems"][0]["field"] == "person.postcode"
    answer = await api.hook(
        {
            "event_id": "f",
            "changes": [
                {"entity": "person", "id": "p1", "fields": {"status": "Old"}, "version": 1},
            ],
        }
    )
    assert answer.json()["results"][0]["passed_over"] == ["person.status"]


# --- several values ---------------------------------------------------------------------------------------------------

LISTS = [
    (["welding", "crane"], ["welding", "crane"]),
    ("welding; crane|Welding ", ["welding", "crane"]),
    (["welding", None, "", 7, 7.0], ["welding", "7"]),
    ([], None),
    ("", None),
    (" ; ", None),
    ("welding", ["welding"]),
]


@pytest.mark.parametrize(("told", "stored"), LISTS)
async def test_several_values_are_stored_each_once(tell: Teller, told: Any, stored: list[str] | None) -> None:
    result = await tell.one(fields={"status": "Chase", "custom.skills": told})
    assert "problems" not in result
    assert (await tell.row())["custom"].get("skills") == stored


async def test_a_rule_may_want_all_of_them_and_one_of_others(tell: Teller, api: ApiRig) -> None:
    people = {
        "ma1": ["Java", "SQL", "NATS"],
        "ma2": "java; sql\u200b",
        "ma3": ["Java"],
        "ma4": None,
        "ma5": "Kafka|NATS",
    }
    for person, skills in people.items():
        await tell.one(person, fields={"custom.skills": skills, "status": "x"})

    async def among(wanted: dict[str, Any] | list[str]) -> list[Any]:
        return await matching(api, list(people), real={"custom.skills": wanted})

    assert await among({"all_of": ["java", "SQL"]}) == ["ma1", "ma2"]
    assert await among({"all_of": ["Java", "SQL"], "any_of": ["Kafka", "nats"]}) == ["ma1"]
    assert await among({"any_of": ["Kafka", "java"]}) == await among(["Kafka", "java"]) == ["ma1", "ma2", "ma3", "ma5"]


async def test_a_national_number_gives_the_zone_of_its_country(tell: Teller, api: ApiRig) -> None:
    await tell.one(fields={"phone": "07700 900123"})
    for region, source in (("GB", "phone"), ("US", "organisation")):
        async with api.database.transaction() as connection:
            view = await Records("Asia/Tokyo", region).view(connection, "person", "p1")
        assert recipient_zone(view.zones, api.now).source == source


@pytest.mark.parametrize("told", [[["a"]], [True], [{"a": 1}], True, {"a": 1}, ["x"] * 201, ["\x00"], ["a" * 10_001]])
async def test_what_is_no_list_of_texts_is_refused_alone(tell: Teller, told: Any) -> None:
    result = await tell.one(fields={"status": "Chase", "custom.skills": told})
    assert [problem["field"] for problem in result["problems"]] == ["custom.skills"]
    assert (await tell.row())["status"] == "Chase"


async def test_a_rule_is_met_when_one_of_the_values_is_wanted(tell: Teller, api: ApiRig) -> None:
    await tell.one("ms1", fields={"custom.skills": ["crane"]})
    await tell.one("ms2", fields={"custom.skills": None, "status": "Chase"})
    await tell.one("ms3", fields={"custom.skills": ["Welding", "crane"]})
    people = ["ms1", "ms2", "ms3"]
    assert await matching(api, people, real={"custom.skills": ["welding"]}) == ["ms3"]
    assert await matching(api, people, qualitative={"custom.skills": "missing"}) == ["ms2"]
    result = await tell.one("ms1", fields={"custom.skills": ["crane", "welding"]})
    assert result["fields"] == ["custom.skills"]
    assert await matching(api, people, real={"custom.skills": ["welding"]}) == ["ms1", "ms3"]


# --- one form ---------------------------------------------------------------------------------------------------------

NUMBERS = [
    (7, "7"),
    ("7", "7"),
    ("7.0", "7"),
    ("7.00", "7"),
    ("+7", "7"),
    (7.0, "7"),
    (" 7 ", "7"),
    ("007", "7"),
    ("7.", "7"),
    (".5", "0.5"),
    ("-0.0", "0"),
    ("1e3", "1000"),
    (1e-7, "0.0000001"),
    (2**60 + 1, str(2**60 + 1)),
    ("12345678901234567890123456789.10", "12345678901234567890123456789.1"),
]


@pytest.mark.parametrize(("told", "stored"), NUMBERS)
async def test_a_number_has_one_form(tell: Teller, told: str | float, stored: str) -> None:
    await tell.one(fields={"custom.score": told})
    assert (await tell.row())["custom"] == {"score": stored}


@pytest.mark.parametrize(
    "told", ["7_0", "7,5", "NaN", "Infinity", "-inf", "1e400", "٧", "0x7", "7 0", "1e-99", True, [7]]
)
async def test_what_is_no_number_is_refused_with_its_reason(tell: Teller, told: Any) -> None:
    result = await tell.one(fields={"status": "x", "custom.score": told})
    assert result["problems"][0]["reason"].startswith("custom.score: ")
    assert (await tell.row())["custom"] == {}


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        (True, "true"),
        ("YES", "true"),
        (1, "true"),
        (1.0, "true"),
        ("no", "false"),
        ("0", "false"),
        (" False ", "false"),
    ],
)
async def test_a_truth_value_has_one_form(tell: Teller, told: Any, stored: str) -> None:
    await tell.one(fields={"custom.vip": told})
    assert (await tell.row())["custom"] == {"vip": stored}


async def test_old_spellings_that_are_stored_already_meet_a_number_too(tell: Teller, api: ApiRig) -> None:
    for number, text in enumerate(["7", "7.0", "+7.00", "8", "07"]):
        await tell.one(f"nu{number}", fields={"custom.shirt": text})
    people = [f"nu{number}" for number in range(5)]
    assert await matching(api, people, real={"custom.shirt": [7]}) == ["nu0", "nu1", "nu2"]


async def test_a_choice_is_stored_as_it_is_declared(tell: Teller) -> None:
    await tell.one(fields={"type": " client CONTACT\u200b "})
    assert (await tell.row())["type"] == "Client contact"


# --- which is the newer -----------------------------------------------------------------------------------------------


async def test_an_older_telling_is_passed_over_field_by_field(tell: Teller) -> None:
    await tell.one(fields={"status": "Chase"}, version=5)
    result = await tell.one(fields={"status": "New", "city": "Bath"}, version=4)
    assert (result["status"], result["fields"], result["passed_over"]) == (
        "updated",
        ["person.city"],
        ["person.status"],
    )
    row = await tell.row()
    assert (row["status"], row["city"]) == ("Chase", "Bath")
    assert "passed_over" not in await tell.one(fields={"status": "Won"}, version=6)


async def test_an_instant_serves_as_well_whatever_its_offset(tell: Teller) -> None:
    await tell.one(fields={"status": "Chase"}, at="2027-05-04T09:00:00+02:00")
    result = await tell.one(fields={"status": "New"}, at="2027-05-04T06:59:59Z")
    assert result["passed_over"] == ["person.status"]
    assert (await tell.one(fields={"status": "Same instant"}, at="2027-05-04T07:00:00Z"))["status"] == "updated"


async def test_without_either_the_order_of_arrival_counts(tell: Teller) -> None:
    await tell.one(fields={"status": "Chase"}, version=5)
    await tell.one(fields={"status": "New"})
    assert (await tell.row())["status"] == "New"
    # What is older than the newest telling that had a number stays older.
    assert (await tell.one(fields={"status": "Old"}, version=4))["passed_over"] == ["person.status"]


STAMPS = [
    ({"at": "2027-05-04"}, "at: an instant"),
    ({"at": "2027-05-04T10:00:00"}, "at: an instant"),
    ({"at": 7}, "at:"),
    ({"version": -1}, "version: a whole"),
    ({"version": "7"}, "version: a whole"),
    ({"version": True}, "version: a"),
    ({"version": 2**63}, "version: a whole"),
    ({"version": 1, "at": "2027-05-04T09:00:00Z"}, "only one of the two"),
    ({"at": "2027-05-04T09:05:01Z"}, "5 minutes ahead"),
]


@pytest.mark.parametrize(("stamp", "why"), STAMPS)
async def test_a_stamp_that_is_none_refuses_the_item(tell: Teller, stamp: Any, why: str) -> None:
    result = await tell.one(fields={"status": "x"}, **stamp)
    assert result["status"] == "refused"
    assert why in result["reason"]


async def test_a_no_is_passed_over_only_when_it_was_lifted_since(tell: Teller, api: ApiRig) -> None:
    async def standing() -> list[Any]:
        rows = await api.fetch("SELECT channel FROM suppression WHERE lifted_at IS NULL ORDER BY 1")
        return [row["channel"] for row in rows]

    await tell.one(fields={"status": "x"}, version=1)
    await tell.one(suppress="sms", version=5)
    await tell.one(suppress="email", version=3)
    assert await standing() == ["email", "sms"]
    await tell.one(suppress="none", version=4)
    assert await standing() == ["sms"]
    assert (await tell.one(suppress="email", version=2))["passed_over"] == ["person.suppressed_email"]
    assert await standing() == ["sms"]


async def test_gone_before_it_was_told_and_gone_still(tell: Teller) -> None:
    await tell.one(deleted=True, version=5)
    result = await tell.one(fields={"status": "Chase"}, version=4)
    assert (result["status"], (await tell.row())["deleted_at"] is not None) == ("deleted", True)
    await tell.one(deleted=False, version=6)
    assert (await tell.row())["deleted_at"] is None


async def test_a_change_that_says_nothing_does_not_bring_back_who_is_gone(tell: Teller) -> None:
    await tell.one(deleted=True, version=5)
    await tell.one(version=1)
    await tell.one(fields={"status": "Chase"}, version=0)
    row = await tell.row()
    assert (row["status"], row["deleted_at"] is not None) == ("Chase", True)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Any], Any]:
    events = []
    for number in range(draw(st.integers(2, 6))):
        item: dict[str, Any] = {"version": number}
        names = st.sampled_from(["status", "city", "custom.skills", "custom.score"])
        fields = draw(st.dictionaries(names, st.sampled_from(["1", "2", None, "x"]), max_size=3))
        if fields or number == 0:
            item["fields"] = {"status": "0", **fields} if number == 0 else fields
        if draw(st.booleans()):
            item["deleted"] = draw(st.booleans())
        events.append(item)
    return events, draw(st.permutations(events))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(both=histories())
async def test_any_order_of_the_same_events_ends_in_the_same_record(api: ApiRig, both: Any) -> None:
    # Before and not after: an example that failed must not spoil the next one.
    await api.execute("DELETE FROM field_told")
    await api.execute("DELETE FROM person")
    tell = Teller(api)
    tell.numbers = itertools.count(api.woken * 100)
    ends = []
    for name, events in zip(("in-order", "as-they-came"), both, strict=True):
        for item in events:
            await tell.one(name, **item)
        row = await tell.row(name)
        ends.append((row["status"], row["city"], row["custom"], row["deleted_at"] is None))
    assert ends[0] == ends[1]


ONE_FORM = [
    ("custom.score", [1, 1.0, "1", "1.00", " +1 ", "\u200b1", "1e0"], "1"),
    ("custom.score", [-5, "-5.0", "\N{MINUS SIGN}5"], "-5"),
    ("custom.vip", [True, 1, 1.0, "1", "true", "TRUE", "Yes", "y", "on", "wahr", "ja", "x", "\u200bTrue "], "true"),
    ("custom.vip", [False, 0, "0", "no", "FALSE", "n", "off", "nein", "falso"], "false"),
    ("custom.vip", ["PRAWDA", "Tak", "SANT", "IGAZ", "DOĞRU", "Kyllä", "Да", "Evet", "ADEVĂRAT", "Ano"], "true"),
    ("custom.vip", ["FAŁSZ", "Nie", "FALSKT", "HAMIS", "YANLIŞ", "Ei", "НЕТ", "HAYIR", "Nu", "NEPRAVDA"], "false"),
    ("custom.vip", [None, "", " ", "\u200b", "\ufeff"], None),
    ("custom.shirt", [True, "true"], "true"),
    ("custom.shirt", [7, 7.0, "7"], "7"),
    ("custom.shirt", [1e22], "10000000000000000000000"),
    ("custom.since", ["2027-05-04", "\u202a2027-05-04\u202c", "2027-05-04T00:00:00Z"], "2027-05-04"),
    (
        "custom.skills",
        ["crane\r\nwelding", "crane;welding", ["crane", "\u200b", "CRANE ", "welding"]],
        ["crane", "welding"],
    ),
]


@pytest.mark.parametrize(("name", "told", "stored"), ONE_FORM)
async def test_however_it_is_told_it_is_stored_in_one_form(
    tell: Teller, name: str, told: Any, stored: str | list[str] | None
) -> None:
    for value in told:
        await tell.one(fields={"status": "Chase", name: None})
        assert "problems" not in await tell.one(fields={name: value}), value
        assert (await tell.row())["custom"].get(name.removeprefix("custom.")) == stored, value


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        (447700900123, "447700900123"),
        (447700900123.0, "447700900123"),
        ("4.47700900123E+11", "447700900123"),
        ("\u202a+44 7700 900123\u202c", "+44 7700 900123"),
        ("4.47E+11", None),
        ("4,47e11", None),
        ("4E+11", None),
    ],
)
async def test_a_number_that_a_spreadsheet_cut_short_replaces_none(
    tell: Teller, told: float | str, stored: str | None
) -> None:
    await tell.one(fields={"phone": "+44 20 7946 0000", "status": "New"})
    result = await tell.one(fields={"phone": told, "status": "Chase"})
    row = await tell.row()
    assert row["status"] == "Chase"
    assert row["phone"] == (stored or "+44 20 7946 0000")
    assert [problem["field"] for problem in result.get("problems", [])] == ([] if stored else ["person.phone"])


async def test_marks_that_nobody_sees_are_no_part_of_an_address(tell: Teller) -> None:
    await tell.one(fields={"email": "\u200bana@client.example\ufeff"})
    assert (await tell.row())["email"] == "ana@client.example"
