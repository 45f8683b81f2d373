"""Refused once, looked at again: by what changes, and by the daily scan; never because of the sequence itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from sequences.auto_enroll.messages import Origin
from services.records.record_changes import ChangeOrigin
from tests.support.rule_house import NOW, RuleHouse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TEMPLATE = {
    "hello/one": {
        "name": "hello/one",
        "subject": "Hello",
        "text": "Hi {{ person.first_name }}, this is {{ owner.full_name }}.",
        "html": None,
    }
}


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[RuleHouse]:
    database = await Database.connect(database_url)
    yield RuleHouse.over(database)
    await database.close()


async def states(house: RuleHouse, name: str = "s") -> list[tuple[str, str, str]]:
    rows = await house.fetch("SELECT record_id, reason, state FROM refusal WHERE sequence = $1 ORDER BY 1, id", name)
    return [(row["record_id"], row["reason"], row["state"]) for row in rows]


async def suppress(house: RuleHouse, person: str | None = "p001", address: str | None = None) -> None:
    await house.fetch(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ($1, $2, 'all', 'opt_out', 'test', $3)",
        person,
        address,
        NOW,
    )


async def lift(house: RuleHouse) -> None:
    await house.fetch("UPDATE suppression SET lifted_at = $1", NOW)


async def test_an_address_that_comes_later_lets_in_as_if_it_had_been_told_at_once(house: RuleHouse) -> None:
    await house.publish(prevent_reenrollment_within="6 months")
    await house.person(1, email=None)
    assert (await house.watch()).refused == 1
    assert await states(house) == [("p001", "unreachable", "standing")]
    await house.write("person", "p001", email="alex@client.example")
    assert (await house.watch(NOW + MINUTE)).enrolled == 1
    assert await states(house) == [("p001", "unreachable", "entered")]
    await house.write("person", "p001", email="other@client.example")
    assert (await house.watch(NOW + 2 * MINUTE)).matched == 0


async def test_what_does_not_help_leaves_the_refusal_standing(house: RuleHouse) -> None:
    await house.publish()
    await house.person(1, email=None)
    await house.watch()
    await house.write("person", "p001", city="Leeds")
    assert (await house.watch(NOW + MINUTE)).refused == 1
    assert await house.refusals() == {"p001": ("unreachable", 2)}
    await house.write("person", "p001", email="alex@client.example")
    assert (await house.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_a_rule_that_is_not_true_any_more_lets_nobody_in(house: RuleHouse) -> None:
    await house.publish()
    await house.person(1, email=None)
    await house.watch()
    await house.write("person", "p001", status="Cold", email="alex@client.example")
    assert (await house.watch(NOW + MINUTE)).matched == 0
    assert await states(house) == [("p001", "unreachable", "passed")]
    assert [page.enrolled for page in await house.scan(origin=Origin.SCAN, now=NOW + DAY)] == [0]


async def test_a_stop_rule_that_is_met_no_longer(house: RuleHouse) -> None:
    await house.publish(stop={"person.city": ["Paris"]})
    await house.person(1, city="Paris")
    await house.watch()
    assert await states(house) == [("p001", "stop_when", "standing")]
    await house.write("person", "p001", city="Leeds")
    assert (await house.watch(NOW + MINUTE)).enrolled == 1


async def test_an_owner_told_after_the_person(house: RuleHouse) -> None:
    async with house.database.transaction() as connection:
        from sequences.definition.model import SequenceDefinition
        from services.auto_enroll import batches

        content = {
            "sequence": "s",
            "name": "S",
            "record": "person",
            "steps": [{"id": "one", "email": "hello/one"}],
            "auto_enroll": {"real": {"person.status": ["Hot"]}},
        }
        version, _ = await house.versions.publish(connection, SequenceDefinition.model_validate(content), TEMPLATE, NOW)
        await batches.switch_on(connection, version, NOW)
    for number in (1, 2, 3):
        await house.person(number)
    assert (await house.watch()).refused == 3
    rows = await house.fetch("SELECT DISTINCT reason, fields FROM refusal")
    assert rows == [{"reason": "missing_field", "fields": ["owner.full_name"]}]
    told = await house.fetch("SELECT owner_id, kind, title FROM notification")
    assert told == [
        {"owner_id": "dana", "kind": "rule.refused", "title": "3 people did not enter S: 3 owner.full_name missing"}
    ]
    await house.write("owner", "dana", first_name="Dana", last_name="Reed")
    assert (await house.watch(NOW + MINUTE)).enrolled == 3


@pytest.mark.parametrize("address", [None, "P001@client.example"])
async def test_a_suppression_that_is_lifted_by_whichever_way(house: RuleHouse, address: str | None) -> None:
    await house.publish()
    await house.person(1)
    if address is None:
        await suppress(house)
    else:
        await suppress(house, None, address.lower())
    assert (await house.watch()).refused == 1
    await lift(house)
    assert (await house.watch(NOW + MINUTE)).enrolled == 1


async def test_lifting_what_stood_in_nobodys_way_leaves_no_change(house: RuleHouse) -> None:
    await house.publish()
    await suppress(house, "somebody")
    await lift(house)
    assert await house.fetch("SELECT 1 FROM change") == []


async def test_a_person_who_comes_back_from_the_deleted(house: RuleHouse) -> None:
    await house.publish()
    await house.person(1)
    async with house.database.transaction() as connection:
        await house.changes.mark_deleted(connection, "person", "p001", ChangeOrigin("crm", NOW), deleted=True)
    assert (await house.watch()).refused == 1
    async with house.database.transaction() as connection:
        await house.changes.mark_deleted(connection, "person", "p001", ChangeOrigin("crm", NOW), deleted=False)
    assert (await house.watch(NOW + MINUTE)).enrolled == 1


async def test_a_placement_told_before_its_person(house: RuleHouse) -> None:
    await house.publish(record="placement", real={"placement.status": ["On"]})
    await house.write("placement", "x1", person_id="p001", owner_id="eve", status="On")
    await house.write("placement", "x2", person_id="p002", status="Draft")
    assert (await house.watch()).refused == 1
    assert await states(house) == [("x1", "no_person", "standing")]
    await house.person(1)
    await house.person(2)
    assert (await house.watch(NOW + MINUTE)).enrolled == 1
    assert await house.enrolled() == ["x1"]


async def test_a_placement_told_before_its_person_by_a_rule_that_reads_both(house: RuleHouse) -> None:
    await house.publish(record="placement", real={"placement.status": ["On"], "person.status": ["Hot"]})
    await house.write("placement", "x1", person_id="p001", status="On")
    await house.watch()
    await house.person(1, status="Cold")
    assert (await house.watch(NOW + MINUTE)).enrolled == 0
    await house.write("person", "p001", status="Hot")
    assert (await house.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_the_daily_scan_is_the_net_under_it(house: RuleHouse) -> None:
    await house.publish()
    for number in range(7):
        await house.person(number, email=None)
    await house.watch()
    await house.fetch("UPDATE person SET email = id || '@client.example' WHERE id <> 'p003'")
    await house.fetch("UPDATE change SET watched_at = $1", NOW)
    pages = await house.scan(origin=Origin.SCAN, now=NOW + DAY)
    assert [page.enrolled for page in pages] == [0, 3, 2, 1]
    assert await states(house) == [
        *((f"p{number:03d}", "unreachable", "standing" if number == 3 else "entered") for number in range(7))
    ]


async def test_many_who_can_enter_at_last_are_a_batch_and_those_who_still_cannot_count_for_nothing(
    house: RuleHouse,
) -> None:
    await house.publish(hold_above=3)
    for number in range(9):
        await house.person(number, email=None)
    await house.watch()
    await house.fetch("UPDATE person SET email = id || '@client.example' WHERE id < 'p003'")
    await house.fetch("UPDATE change SET watched_at = $1", NOW)
    assert sum(page.enrolled for page in await house.scan(origin=Origin.SCAN, now=NOW + DAY)) == 3
    await house.fetch("UPDATE person SET email = id || '@client.example' WHERE email IS NULL")
    await house.fetch("UPDATE change SET watched_at = $1", NOW)
    pages = await house.scan(origin=Origin.SCAN, now=NOW + 2 * DAY)
    assert (sum(page.enrolled for page in pages), sum(page.held for page in pages)) == (0, 6)
    assert ("dana", "rule.held", 6) in await house.told()
    await house.decide("approve", "s")
    assert (await house.watch(NOW + 2 * DAY)).enrolled == 6


async def test_windows_and_once_ever_hold_for_who_is_looked_at_again(house: RuleHouse) -> None:
    await house.publish(record="placement", real={"placement.status": ["On"]}, prevent_reenrollment_within="10 days")
    await house.person(1, email=None)
    for placement in ("x1", "x2"):
        await house.write("placement", placement, person_id="p001", status="On")
    assert (await house.watch()).refused == 2
    await house.write("person", "p001", email="alex@client.example")
    found = await house.watch(NOW + MINUTE)
    assert (found.enrolled, found.refused) == (1, 1)
    assert await house.enrolled() == ["x1"]
    await house.fetch("UPDATE reenrollment_window SET state = 'ended', until = $1", NOW)
    await house.fetch("UPDATE enrollment SET state = 'finished'")
    await house.write("person", "p001", city="Leeds")
    # Being inside a window is no refusal that passes: only a new match begins again.
    assert (await house.watch(NOW + 30 * DAY)).matched == 0


@pytest.mark.parametrize("by_scan", [False, True])
async def test_nobody_is_let_in_by_what_the_sequence_itself_caused(house: RuleHouse, *, by_scan: bool) -> None:
    await house.publish(stop={"person.city": ["Paris"]})
    await house.person(1, city="Paris")
    await house.watch()
    await house.write("person", "p001", origin="relance", lineage=["s"], city="Leeds")
    if by_scan:
        await house.fetch("UPDATE change SET watched_at = $1", NOW)
        await house.scan(origin=Origin.SCAN, now=NOW + DAY)
    else:
        await house.watch(NOW + MINUTE)
    assert await house.enrolled() == []
    assert await states(house) == [("p001", "stop_when", "standing"), ("p001", "cycle", "standing")]
    # The CRM's own word ends that.
    await house.write("person", "p001", city="York")
    assert (await house.watch(NOW + 2 * DAY)).enrolled == 1


async def test_another_sequences_write_lets_in_and_its_lineage_is_carried(house: RuleHouse) -> None:
    await house.publish(stop={"person.city": ["Paris"]})
    await house.person(1, city="Paris")
    await house.watch()
    await house.write("person", "p001", origin="relance", lineage=["a", "b"], city="Leeds")
    assert (await house.watch(NOW + MINUTE)).enrolled == 1
    assert await house.fetch("SELECT lineage FROM enrollment") == [{"lineage": ["a", "b"]}]


async def test_a_link_that_the_sequence_wrote_is_a_cause_too(house: RuleHouse) -> None:
    await house.publish(stop={"owner.first_name": ["Robot"]})
    await house.write("owner", "robot", first_name="Robot")
    await house.write("owner", "dana", first_name="Dana")
    await house.person(1, owner_id="robot")
    await house.watch()
    await house.write("person", "p001", origin="relance", lineage=["s"], owner_id="dana")
    await house.watch(NOW + MINUTE)
    assert (await states(house))[-1] == ("p001", "cycle", "standing")


async def test_other_rules_forget_whom_the_former_ones_refused(house: RuleHouse) -> None:
    await house.publish()
    await house.person(1, email=None)
    await house.watch()
    await house.publish(at=NOW + MINUTE)
    assert await states(house) == [("p001", "unreachable", "standing")]
    await house.publish(at=NOW + 2 * MINUTE, real={"person.first_name": ["Alex"]})
    await house.write("person", "p001", email="alex@client.example")
    assert (await house.watch(NOW + 3 * MINUTE)).enrolled == 0


async def test_who_waits_for_approval_and_turns_out_unreachable_is_looked_at_again(house: RuleHouse) -> None:
    await house.publish(hold_above=1)
    for number in range(2):
        await house.person(number)
    await house.watch()
    await house.write("person", "p001", email=None)
    await house.decide("approve", "s")
    assert (await house.watch(NOW + MINUTE)).enrolled == 1
    await house.write("person", "p001", email="alex@client.example")
    assert (await house.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_the_owner_hears_once_how_many_did_not_enter_and_why(house: RuleHouse) -> None:
    await house.publish()
    for number in range(9):
        await house.person(number, email=None if number > 4 else f"p{number}@client.example")
    await house.watch()
    assert [row["title"] for row in await house.fetch("SELECT title FROM notification")] == [
        "5 people entered S; 4 did not: 4 no e-mail address"
    ]
    for number in range(5, 9):
        await house.write("person", f"p{number:03d}", city="Leeds")
    await house.watch(NOW + MINUTE)
    assert len(await house.told()) == 1


async def test_one_who_did_not_enter_alone_is_no_news(house: RuleHouse) -> None:
    await house.publish()
    await house.person(1, email=None)
    await house.watch()
    assert await house.told() == []


async def test_a_page_of_a_scan_repeated_does_nothing_more(house: RuleHouse) -> None:
    await house.publish()
    for number in range(4):
        await house.person(number, email=None)
    await house.watch()
    await house.fetch("UPDATE person SET email = id || '@client.example' WHERE id < 'p002'")
    await house.fetch("UPDATE change SET watched_at = $1", NOW)
    await house.scan(origin=Origin.SCAN, now=NOW + DAY)
    await house.scan(origin=Origin.SCAN, now=NOW + DAY)
    assert await house.refusals() == {
        "p000": ("unreachable", 1),
        "p001": ("unreachable", 1),
        "p002": ("unreachable", 2),
        "p003": ("unreachable", 2),
    }


async def test_entering_by_hand_settles_what_the_rule_refused(house: RuleHouse) -> None:
    await house.publish()
    await house.person(1, email=None)
    await house.watch()
    assert await house.run("refusals_entered", sequence="s", records=["p001"]) == 1
    rows: list[Any] = await states(house)
    assert rows == [("p001", "unreachable", "entered")]


async def test_who_was_refused_for_an_answer_enters_once_it_is_handled(house: RuleHouse) -> None:
    await house.publish(prevent_reenrollment_within="6 months")
    await house.person(1)
    await house.fetch(
        "INSERT INTO sequence_version (sequence, version, definition, templates, fingerprint, published_at) "
        "SELECT 'other', 1, definition, templates, 'other', published_at FROM sequence_version LIMIT 1"
    )
    await house.fetch(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, state, via, "
        "lineage, enrolled_at) VALUES ('eother0000000', 'enrollment:other:p001', 'other', 1, 'person', 'p001', 'p001', "
        "'active', 'hand', '{}', $1)",
        NOW,
    )
    await house.fetch(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, holds, detail, received_at) "
        "VALUES ('ranswer00000', 'k', 'eother0000000', 'p001', 'replied', 'email', true, '{}', $1)",
        NOW,
    )
    assert (await house.watch()).refused == 1
    assert await states(house) == [("p001", "answered", "standing")]
    assert (await house.watch(NOW + MINUTE)).enrolled == 0
    await house.fetch(
        "UPDATE reaction SET handled_at = $1, decision = 'continue' WHERE id = 'ranswer00000'", NOW + MINUTE
    )
    assert (await house.watch(NOW + 2 * MINUTE)).enrolled == 1
    assert await states(house) == [("p001", "answered", "entered")]
