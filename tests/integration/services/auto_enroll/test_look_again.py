"""Refused once, looked at again: by what changes, and by the daily scan; never because of the sequence itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import ChangeOrigin
from sequences.auto_enroll.messages import Origin
from tests.support.rigs.rule import NOW, RuleRig

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
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


async def states(rig: RuleRig, name: str = "s") -> list[tuple[str, str, str]]:
    rows = await rig.fetch("SELECT record_id, reason, state FROM refusal WHERE sequence = $1 ORDER BY 1, id", name)
    return [(row["record_id"], row["reason"], row["state"]) for row in rows]


async def suppress(rig: RuleRig, person: str | None = "p001", address: str | None = None) -> None:
    await rig.fetch(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES ($1, $2, 'all', 'opt_out', 'test', $3)",
        person,
        address,
        NOW,
    )


async def lift(rig: RuleRig) -> None:
    await rig.fetch("UPDATE suppression SET lifted_at = $1", NOW)


async def test_an_address_that_comes_later_lets_in_as_if_it_had_been_told_at_once(rig: RuleRig) -> None:
    await rig.publish(prevent_reenrollment_within="6 months")
    await rig.person(1, email=None)
    assert (await rig.watch()).refused == 1
    assert await states(rig) == [("p001", "unreachable", "standing")]
    await rig.write("person", "p001", email="alex@client.example")
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1
    assert await states(rig) == [("p001", "unreachable", "entered")]
    await rig.write("person", "p001", email="other@client.example")
    assert (await rig.watch(NOW + 2 * MINUTE)).matched == 0


async def test_what_does_not_help_leaves_the_refusal_standing(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, email=None)
    await rig.watch()
    await rig.write("person", "p001", city="Leeds")
    assert (await rig.watch(NOW + MINUTE)).refused == 1
    assert await rig.refusals() == {"p001": ("unreachable", 2)}
    await rig.write("person", "p001", email="alex@client.example")
    assert (await rig.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_a_rule_that_is_not_true_any_more_lets_nobody_in(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, email=None)
    await rig.watch()
    await rig.write("person", "p001", status="Cold", email="alex@client.example")
    assert (await rig.watch(NOW + MINUTE)).matched == 0
    assert await states(rig) == [("p001", "unreachable", "passed")]
    assert [page.enrolled for page in await rig.scan(origin=Origin.SCAN, now=NOW + DAY)] == [0]


async def test_a_stop_rule_that_is_met_no_longer(rig: RuleRig) -> None:
    await rig.publish(stop={"person.city": ["Paris"]})
    await rig.person(1, city="Paris")
    await rig.watch()
    assert await states(rig) == [("p001", "stop_when", "standing")]
    await rig.write("person", "p001", city="Leeds")
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1


async def test_an_owner_told_after_the_person(rig: RuleRig) -> None:
    async with rig.database.transaction() as connection:
        from sequences.definition.model import SequenceDefinition
        from services.auto_enroll import batches

        content = {
            "sequence": "s",
            "name": "S",
            "record": "person",
            "steps": [{"id": "one", "email": "hello/one"}],
            "auto_enroll": {"real": {"person.status": ["Hot"]}},
        }
        version, _ = await rig.versions.publish(connection, SequenceDefinition.model_validate(content), TEMPLATE, NOW)
        await batches.switch_on(connection, version, NOW)
    for number in (1, 2, 3):
        await rig.person(number)
    assert (await rig.watch()).refused == 3
    rows = await rig.fetch("SELECT DISTINCT reason, fields FROM refusal")
    assert rows == [{"reason": "missing_field", "fields": ["owner.full_name"]}]
    told = await rig.fetch("SELECT owner_id, kind, title FROM notification")
    assert told == [
        {"owner_id": "dana", "kind": "rule.refused", "title": "3 people did not enter S: 3 owner.full_name missing"}
    ]
    await rig.write("owner", "dana", first_name="Dana", last_name="Reed")
    assert (await rig.watch(NOW + MINUTE)).enrolled == 3


@pytest.mark.parametrize("address", [None, "P001@client.example"])
async def test_a_suppression_that_is_lifted_by_whichever_way(rig: RuleRig, address: str | None) -> None:
    await rig.publish()
    await rig.person(1)
    if address is None:
        await suppress(rig)
    else:
        await suppress(rig, None, address.lower())
    assert (await rig.watch()).refused == 1
    await lift(rig)
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1


async def test_lifting_what_stood_in_nobodys_way_leaves_no_change(rig: RuleRig) -> None:
    await rig.publish()
    await suppress(rig, "somebody")
    await lift(rig)
    assert await rig.fetch("SELECT 1 FROM change") == []


async def test_a_person_who_comes_back_from_the_deleted(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1)
    async with rig.database.transaction() as connection:
        await rig.changes.mark_deleted(connection, "person", "p001", ChangeOrigin("crm", NOW), deleted=True)
    assert (await rig.watch()).refused == 1
    async with rig.database.transaction() as connection:
        await rig.changes.mark_deleted(connection, "person", "p001", ChangeOrigin("crm", NOW), deleted=False)
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1


async def test_a_placement_told_before_its_person(rig: RuleRig) -> None:
    await rig.publish(record="placement", real={"placement.status": ["On"]})
    await rig.write("placement", "x1", person_id="p001", owner_id="eve", status="On")
    await rig.write("placement", "x2", person_id="p002", status="Draft")
    assert (await rig.watch()).refused == 1
    assert await states(rig) == [("x1", "no_person", "standing")]
    await rig.person(1)
    await rig.person(2)
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1
    assert await rig.enrolled() == ["x1"]


async def test_a_placement_told_before_its_person_by_a_rule_that_reads_both(rig: RuleRig) -> None:
    await rig.publish(record="placement", real={"placement.status": ["On"], "person.status": ["Hot"]})
    await rig.write("placement", "x1", person_id="p001", status="On")
    await rig.watch()
    await rig.person(1, status="Cold")
    assert (await rig.watch(NOW + MINUTE)).enrolled == 0
    await rig.write("person", "p001", status="Hot")
    assert (await rig.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_the_daily_scan_is_the_net_under_it(rig: RuleRig) -> None:
    await rig.publish()
    for number in range(7):
        await rig.person(number, email=None)
    await rig.watch()
    await rig.fetch("UPDATE person SET email = id || '@client.example' WHERE id <> 'p003'")
    await rig.fetch("UPDATE change SET watched_at = $1", NOW)
    pages = await rig.scan(origin=Origin.SCAN, now=NOW + DAY)
    assert [page.enrolled for page in pages] == [0, 3, 2, 1]
    assert await states(rig) == [
        *((f"p{number:03d}", "unreachable", "standing" if number == 3 else "entered") for number in range(7))
    ]


async def test_many_who_can_enter_at_last_are_a_batch_and_those_who_still_cannot_count_for_nothing(
    rig: RuleRig,
) -> None:
    await rig.publish(hold_above=3)
    for number in range(9):
        await rig.person(number, email=None)
    await rig.watch()
    await rig.fetch("UPDATE person SET email = id || '@client.example' WHERE id < 'p003'")
    await rig.fetch("UPDATE change SET watched_at = $1", NOW)
    assert sum(page.enrolled for page in await rig.scan(origin=Origin.SCAN, now=NOW + DAY)) == 3
    await rig.fetch("UPDATE person SET email = id || '@client.example' WHERE email IS NULL")
    await rig.fetch("UPDATE change SET watched_at = $1", NOW)
    pages = await rig.scan(origin=Origin.SCAN, now=NOW + 2 * DAY)
    assert (sum(page.enrolled for page in pages), sum(page.held for page in pages)) == (0, 6)
    assert ("dana", "rule.held", 6) in await rig.told()
    await rig.decide("approve", "s")
    assert (await rig.watch(NOW + 2 * DAY)).enrolled == 6


async def test_windows_and_once_ever_hold_for_who_is_looked_at_again(rig: RuleRig) -> None:
    await rig.publish(record="placement", real={"placement.status": ["On"]}, prevent_reenrollment_within="10 days")
    await rig.person(1, email=None)
    for placement in ("x1", "x2"):
        await rig.write("placement", placement, person_id="p001", status="On")
    assert (await rig.watch()).refused == 2
    await rig.write("person", "p001", email="alex@client.example")
    found = await rig.watch(NOW + MINUTE)
    assert (found.enrolled, found.refused) == (1, 1)
    assert await rig.enrolled() == ["x1"]
    await rig.fetch("UPDATE reenrollment_window SET state = 'ended', until = $1", NOW)
    await rig.fetch("UPDATE enrollment SET state = 'finished'")
    await rig.write("person", "p001", city="Leeds")
    # Being inside a window is no refusal that passes: only a new match begins again.
    assert (await rig.watch(NOW + 30 * DAY)).matched == 0


@pytest.mark.parametrize("by_scan", [False, True])
async def test_nobody_is_let_in_by_what_the_sequence_itself_caused(rig: RuleRig, *, by_scan: bool) -> None:
    await rig.publish(stop={"person.city": ["Paris"]})
    await rig.person(1, city="Paris")
    await rig.watch()
    await rig.write("person", "p001", origin="relance", lineage=["s"], city="Leeds")
    if by_scan:
        await rig.fetch("UPDATE change SET watched_at = $1", NOW)
        await rig.scan(origin=Origin.SCAN, now=NOW + DAY)
    else:
        await rig.watch(NOW + MINUTE)
    assert await rig.enrolled() == []
    assert await states(rig) == [("p001", "stop_when", "standing"), ("p001", "cycle", "standing")]
    # The CRM's own word ends that.
    await rig.write("person", "p001", city="York")
    assert (await rig.watch(NOW + 2 * DAY)).enrolled == 1


async def test_another_sequences_write_lets_in_and_its_lineage_is_carried(rig: RuleRig) -> None:
    await rig.publish(stop={"person.city": ["Paris"]})
    await rig.person(1, city="Paris")
    await rig.watch()
    await rig.write("person", "p001", origin="relance", lineage=["a", "b"], city="Leeds")
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1
    assert await rig.fetch("SELECT lineage FROM enrollment") == [{"lineage": ["a", "b"]}]


async def test_a_link_that_the_sequence_wrote_is_a_cause_too(rig: RuleRig) -> None:
    await rig.publish(stop={"owner.first_name": ["Robot"]})
    await rig.write("owner", "robot", first_name="Robot")
    await rig.write("owner", "dana", first_name="Dana")
    await rig.person(1, owner_id="robot")
    await rig.watch()
    await rig.write("person", "p001", origin="relance", lineage=["s"], owner_id="dana")
    await rig.watch(NOW + MINUTE)
    assert (await states(rig))[-1] == ("p001", "cycle", "standing")


async def test_other_rules_forget_whom_the_former_ones_refused(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, email=None)
    await rig.watch()
    await rig.publish(at=NOW + MINUTE)
    assert await states(rig) == [("p001", "unreachable", "standing")]
    await rig.publish(at=NOW + 2 * MINUTE, real={"person.first_name": ["Alex"]})
    await rig.write("person", "p001", email="alex@client.example")
    assert (await rig.watch(NOW + 3 * MINUTE)).enrolled == 0


async def test_who_waits_for_approval_and_turns_out_unreachable_is_looked_at_again(rig: RuleRig) -> None:
    await rig.publish(hold_above=1)
    for number in range(2):
        await rig.person(number)
    await rig.watch()
    await rig.write("person", "p001", email=None)
    await rig.decide("approve", "s")
    assert (await rig.watch(NOW + MINUTE)).enrolled == 1
    await rig.write("person", "p001", email="alex@client.example")
    assert (await rig.watch(NOW + 2 * MINUTE)).enrolled == 1


async def test_the_owner_hears_once_how_many_did_not_enter_and_why(rig: RuleRig) -> None:
    await rig.publish()
    for number in range(9):
        await rig.person(number, email=None if number > 4 else f"p{number}@client.example")
    await rig.watch()
    assert [row["title"] for row in await rig.fetch("SELECT title FROM notification")] == [
        "5 people entered S; 4 did not: 4 no e-mail address"
    ]
    for number in range(5, 9):
        await rig.write("person", f"p{number:03d}", city="Leeds")
    await rig.watch(NOW + MINUTE)
    assert len(await rig.told()) == 1


async def test_one_who_did_not_enter_alone_is_no_news(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, email=None)
    await rig.watch()
    assert await rig.told() == []


async def test_a_page_of_a_scan_repeated_does_nothing_more(rig: RuleRig) -> None:
    await rig.publish()
    for number in range(4):
        await rig.person(number, email=None)
    await rig.watch()
    await rig.fetch("UPDATE person SET email = id || '@client.example' WHERE id < 'p002'")
    await rig.fetch("UPDATE change SET watched_at = $1", NOW)
    await rig.scan(origin=Origin.SCAN, now=NOW + DAY)
    await rig.scan(origin=Origin.SCAN, now=NOW + DAY)
    assert await rig.refusals() == {
        "p000": ("unreachable", 1),
        "p001": ("unreachable", 1),
        "p002": ("unreachable", 2),
        "p003": ("unreachable", 2),
    }


async def test_entering_by_hand_settles_what_the_rule_refused(rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, email=None)
    await rig.watch()
    assert await rig.run("refusals_entered", sequence="s", records=["p001"]) == 1
    rows: list[Any] = await states(rig)
    assert rows == [("p001", "unreachable", "entered")]


async def test_who_was_refused_for_an_answer_enters_once_it_is_handled(rig: RuleRig) -> None:
    await rig.publish(prevent_reenrollment_within="6 months")
    await rig.person(1)
    await rig.fetch(
        "INSERT INTO sequence_version (sequence, version, definition, templates, fingerprint, published_at) "
        "SELECT 'other', 1, definition, templates, 'other', published_at FROM sequence_version LIMIT 1"
    )
    await rig.fetch(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, state, via, "
        "lineage, enrolled_at) VALUES ('eother0000000', 'enrollment:other:p001', 'other', 1, 'person', 'p001', 'p001', "
        "'active', 'hand', '{}', $1)",
        NOW,
    )
    await rig.fetch(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, holds, detail, received_at) "
        "VALUES ('ranswer00000', 'k', 'eother0000000', 'p001', 'replied', 'email', true, '{}', $1)",
        NOW,
    )
    assert (await rig.watch()).refused == 1
    assert await states(rig) == [("p001", "answered", "standing")]
    assert (await rig.watch(NOW + MINUTE)).enrolled == 0
    await rig.fetch(
        "UPDATE reaction SET handled_at = $1, decision = 'continue' WHERE id = 'ranswer00000'", NOW + MINUTE
    )
    assert (await rig.watch(NOW + 2 * MINUTE)).enrolled == 1
    assert await states(rig) == [("p001", "answered", "entered")]
