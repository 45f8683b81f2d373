"""Custom fields, and what ends open runs at once: deleted, merged, suppressed; also by a write past Relance."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from activities.reaction import ReactionActivities
from adapters.postgres.records import ChangeOrigin, Records
from adapters.templates.renderer import Renderer
from sequences.records.changed_fields import changed_fields
from sequences.runs.state import ReactionCall
from services.enrolling.enroll import EntryRequest
from services.follow_ups.carry_out import FollowUps
from services.reactions.handle_reaction import HandleReaction
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from services.runs.planning import Planning
from services.runs.run_row import RunRow
from services.sending.compose_email import Composer
from starter.composition import organisation_of
from tests.support import by_name as queries
from tests.support.rigs.api import ApiRig

EMAIL_AND_TEXT = {"steps": [{"id": "one", "email": "hello/one"}, {"id": "two", "sms": "hello/two"}]}


@pytest_asyncio.fixture
async def tell(api: ApiRig) -> Callable[..., Awaitable[Any]]:
    """The intake of an organisation with custom fields; gives the results of the items."""
    settings = api.settings.model_copy(
        update={"custom_fields": "shirt_size, visa_until:date, visits:number, vip:boolean"}
    )
    intake = CrmIntake(api.database, ItemWriter(api.changes, origin="crm"), api.clock, api.wake, settings.catalogue())
    numbers = iter(range(1000))

    async def send(*items: Any) -> Any:
        return (await intake.receive(f"evt-{next(numbers)}", list(items)))["results"]

    return send


@pytest.fixture
def handled(api: ApiRig) -> Callable[..., Awaitable[tuple[Any, Any]]]:
    """Handles every reaction as the run's worker would, and gives the run's state and reason."""
    renderer = Renderer()
    follow_ups = FollowUps(renderer, Composer(renderer, organisation_of(api.settings)), api.changes)
    activities = ReactionActivities(HandleReaction(api.database, Planning(Records("UTC"), api.versions), follow_ups))

    async def handle(enrollment: str) -> tuple[Any, Any]:
        for row in await api.rows("reactions_of", enrollment_id=enrollment):
            await activities.handle_reaction(ReactionCall(enrollment, row["id"], api.now))
        run = await api.row("enrollment_row", id=enrollment)
        return run["state"], run["reason"]

    return handle


def person(identity: str = "p1", **more: Any) -> dict[str, Any]:
    return {"entity": "person", "id": identity} | more


async def past_relance(api: ApiRig, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(api.settings.database_url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


# --- custom fields ----------------------------------------------------------------------------------------------------


async def test_custom_fields_are_stored_and_their_changes_are_named(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    first = await tell(person(fields={"first_name": "Alex", "custom.shirt_size": " L ", "custom.visits": 3}))
    assert first[0]["fields"] == ["person.first_name", "custom.shirt_size", "custom.visits", "person.created"]
    assert (await api.row("person_row", id="p1"))["custom"] == {"shirt_size": "L", "visits": "3"}
    again = await tell(person(fields={"custom.shirt_size": "L", "custom.visits": None, "custom.vip": True}))
    assert again[0]["fields"] == ["custom.visits", "custom.vip"]
    assert (await api.row("person_row", id="p1"))["custom"] == {"shirt_size": "L", "vip": "true"}
    (row,) = await api.fetch("SELECT * FROM change WHERE 'custom.vip' = ANY(fields)")
    assert (row["before"], row["after"]) == (
        {"custom.visits": "3", "custom.vip": None},
        {"custom.visits": None, "custom.vip": "true"},
    )
    assert changed_fields(row["fields"], row["before"], row["after"]) == ("custom.visits", "custom.vip")


async def test_a_placement_has_its_own_and_their_lineage_is_kept_until_a_person_writes_them(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await api.person()
    fields = {"person": "p1", "custom.visa_until": "2028-01-31"}
    await tell({"entity": "placement", "id": "pl1", "fields": fields, "lineage": ["hello"]})
    row = await api.row("placement_row", id="pl1")
    assert (row["custom"], row["field_lineage"]["custom.visa_until"]) == ({"visa_until": "2028-01-31"}, ["hello"])
    await tell({"entity": "placement", "id": "pl1", "fields": {"custom.visa_until": "2029-01-31"}})
    assert "custom.visa_until" not in (await api.row("placement_row", id="pl1"))["field_lineage"]


@pytest.mark.parametrize(
    ("entity", "name", "value", "why"),
    [
        ("person", "custom.shirt_sise", "L", "Did you mean `custom.shirt_size`?"),
        ("person", "custom.zzz", "L", "declared in RELANCE_CUSTOM_FIELDS"),
        ("person", "shirt_size", "L", "Did you mean `custom.shirt_size`?"),
        ("client", "custom.shirt_size", "L", "a client has no custom fields"),
        ("person", "custom.visa_until", "soon", "custom.visa_until: a date"),
        ("person", "custom.visits", "three", "custom.visits: a number"),
        ("person", "custom.visits", "nan", "custom.visits: a number"),
        ("person", "custom.visits", True, "a number or null"),
        ("person", "custom.vip", "perhaps", "custom.vip: true or false"),
    ],
)
async def test_a_custom_field_that_is_not_declared_or_not_of_its_type_is_refused(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], entity: str, name: str, value: str | bool, why: str
) -> None:
    results = await tell({"entity": entity, "id": "x1", "fields": {name: value}}, person("p2", fields={"city": "Bath"}))
    assert [item["status"] for item in results] == ["refused", "created"]
    assert why in results[0]["reason"]


@pytest.mark.parametrize("record", ["person", "placement"])
async def test_set_field_writes_a_custom_field_to_the_runs_record_with_its_lineage(api: ApiRig, record: str) -> None:
    await api.person()
    async with api.database.transaction() as connection:
        values = {"person_id": "p1", "status": "Open"}
        await api.changes.write(connection, "placement", "pl1", values, ChangeOrigin("crm", api.now))
    await api.publish("hello", record=record)
    target = "p1" if record == "person" else "pl1"
    accepted = await api.enrolling.enroll(EntryRequest("hello", "n", record_id=target))
    async with api.database.transaction() as connection:
        run = await RunRow.load(connection, accepted.enrollment)
        context = await Planning(Records("UTC"), api.versions).context(connection, run)
        fields = {"custom.visits": 3, f"{record}.status": "Seen"}
        await api.changes.set_fields(connection, context, fields, api.now)
    row = await api.row(f"{record}_row", id=target)
    assert (row["custom"], row["status"]) == ({"visits": "3"}, "Seen")
    assert row["field_lineage"] == {"custom.visits": ["hello"], "status": ["hello"]}
    async with api.database.transaction() as connection:
        assert (await Records("UTC").view(connection, record, target)).value("custom.visits") == "3"


# --- gone, merged, suppressed -----------------------------------------------------------------------------------------

GONE = [
    ({"deleted": True}, "deleted", ["person.deleted"], "the record was deleted"),
    ({"suppress": "all"}, "updated", ["person.suppressed_all"], "suppressed in the CRM (all)"),
    ({"suppress": "email"}, "updated", ["person.suppressed_email"], "suppressed in the CRM (email)"),
]


@pytest.mark.parametrize(("told", "status", "fields", "reason"), GONE)
async def test_who_is_deleted_or_suppressed_leaves_open_runs_at_once(
    api: ApiRig,
    tell: Callable[..., Awaitable[Any]],
    handled: Callable[..., Awaitable[tuple[Any, Any]]],
    told: dict[str, bool] | dict[str, str],
    status: str,
    fields: list[str],
    reason: str,
) -> None:
    enrollment = await api.enrolled()
    results = await tell(person(**told), person("p2", fields={"city": "Bath"}))
    assert (results[0]["status"], results[0]["fields"]) == (status, fields)
    assert await handled(enrollment) == ("stopped", reason)
    again = await tell(person(**told))
    assert (again[0]["status"], again[0]["fields"]) == ("unchanged", [])
    assert len(await api.rows("reactions_of", enrollment_id=enrollment)) == 1


async def test_a_suppressed_channel_that_a_run_never_uses_lets_it_go_on(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], handled: Callable[..., Awaitable[tuple[Any, Any]]]
) -> None:
    enrollment = await api.enrolled()
    await tell(person(suppress="sms"))
    assert (await handled(enrollment))[0] == "active"
    assert [row["channel"] for row in await api.fetch("SELECT * FROM suppression")] == ["sms"]


async def test_one_of_the_channels_of_a_run_is_enough_as_for_an_unsubscribe(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], handled: Callable[..., Awaitable[tuple[Any, Any]]]
) -> None:
    await api.person()
    await api.publish("both", **EMAIL_AND_TEXT)
    accepted = await api.enrolling.enroll(EntryRequest("both", "n", "p1"))
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", accepted.enrollment)
    await tell(person(suppress="sms"))
    assert await handled(accepted.enrollment) == ("stopped", "suppressed in the CRM (sms)")


async def test_the_crm_lifts_what_it_suppressed_and_not_what_the_person_asked_for(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await api.person()
    await tell(person(suppress="email"))
    async with api.database.transaction() as connection:
        await queries.value(
            connection,
            "add_suppression",
            person_id="p1",
            address=None,
            channel="email",
            reason="unsubscribed",
            source="test",
            since=api.now,
        )
    lifted = await tell(person(suppress="none"))
    assert lifted[0]["fields"] == ["person.suppressed_email"]
    rows = await api.fetch("SELECT reason, lifted_at IS NULL AS stands FROM suppression ORDER BY id")
    assert [(row["reason"], row["stands"]) for row in rows] == [("crm", False), ("unsubscribed", True)]
    assert (await tell(person(suppress="none")))[0]["status"] == "unchanged"


async def test_a_no_that_comes_before_the_person_is_kept(api: ApiRig, tell: Callable[..., Awaitable[Any]]) -> None:
    results = await tell(person("later", suppress="all"))
    assert results[0]["status"] == "updated"
    assert await api.row("person_row", id="later") is None
    assert [row["person_id"] for row in await api.fetch("SELECT * FROM suppression")] == ["later"]


async def test_a_merge_passes_the_suppressions_on_and_can_be_undone(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await api.person("p1")
    await api.person("p2")
    await tell(person(suppress="sms"), person(merged_into="p2"))
    row = await api.row("person_row", id="p1")
    assert (row["deleted_at"], row["merged_into"]) == (api.now, "p2")
    passed = await api.fetch("SELECT channel, reason, source FROM suppression WHERE person_id = 'p2'")
    assert [tuple(row.values()) for row in passed] == [("sms", "crm", "merged:p1")]
    assert (await tell(person(deleted=False)))[0]["status"] == "restored"
    row = await api.row("person_row", id="p1")
    assert (row["deleted_at"], row["merged_into"]) == (None, None)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"merged_into": "p1"}, "into itself"),
        ({"merged_into": "a b"}, "merged_into: 1 to 64"),
        ({"merged_into": "p2", "deleted": False}, "deleted cannot be false"),
        ({"entity": "placement", "merged_into": "p2"}, "only a person can be merged"),
        ({"suppress": True}, "suppress: one of email"),
        ({"suppress": ["email"]}, "suppress: one of email"),
        ({"entity": "owner", "suppress": "all"}, "only a person can be suppressed"),
    ],
)
async def test_a_mark_that_makes_no_sense_is_refused(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], told: Any, why: str
) -> None:
    await api.person()
    known = {"first_name": "Alex"} if told.get("entity") != "placement" else {"status": "Open"}
    results = await tell(person(fields=known) | told)
    assert results[0]["status"] == "refused"
    assert why in results[0]["reason"]
    assert await api.fetch("SELECT 1 FROM suppression") == []
    assert (await api.row("person_row", id="p1"))["merged_into"] is None


# --- past Relance -----------------------------------------------------------------------------------------------------

SQL = [
    ("UPDATE person SET deleted_at = now()", ["person.deleted"], "stopped"),
    ("UPDATE person SET status = 'Ended', city = 'Bath'", ["person.city", "person.status"], "active"),
    ("""UPDATE person SET custom = '{"a": "1", "c": "3"}'""", ["custom.a", "custom.b"], "active"),
    ("UPDATE person SET last_contacted = now()", None, "active"),
    ("DELETE FROM person", None, "active"),
]


@pytest.mark.parametrize(("statement", "fields", "state"), SQL)
async def test_open_runs_hear_of_a_write_past_relance_once(
    api: ApiRig,
    handled: Callable[..., Awaitable[tuple[Any, Any]]],
    statement: str,
    fields: list[str] | None,
    state: str,
) -> None:
    enrollment = await api.enrolled()
    await api.execute("""UPDATE person SET custom = '{"b": "2", "c": "3"}'""")
    await past_relance(api, statement)
    (row,) = await api.fetch("SELECT * FROM change WHERE origin = 'sql'")
    for _ in range(2):
        async with api.database.transaction() as connection:
            await api.changes.announce(connection, row, api.now)
    reactions = await api.rows("reactions_of", enrollment_id=enrollment)
    assert [reaction["detail"]["fields"] for reaction in reactions] == ([fields] if fields else [])
    if "DELETE" not in statement:
        assert (await handled(enrollment))[0] == state


async def test_a_record_made_past_relance_concerns_no_open_run(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    await past_relance(api, "INSERT INTO placement (id, person_id, status) VALUES ('pl9', 'p1', 'Open')")
    (row,) = await api.fetch("SELECT * FROM change WHERE origin = 'sql'")
    async with api.database.transaction() as connection:
        await api.changes.announce(connection, row, api.now)
    assert await api.rows("reactions_of", enrollment_id=enrollment) == []
