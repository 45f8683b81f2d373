"""Whom a rule would enroll: how many each condition leaves, the same totals as the preview, and some by name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import Rules
from sequences.access.viewer import Viewer
from sequences.definition.model import SequenceDefinition
from sequences.errors import NotFoundError
from sequences.records.catalogue import catalogue
from services.console import rule_people
from services.console.looking import looking
from services.console.rule_counts import RuleCounting, RuleCounts
from services.console.rule_people import OutcomeAsked, RemainingPerson, RuleOutcome, people_of_outcome
from services.console.rules import LoopStep, LoopWay, RulesPage, RulesReading
from services.enrolling.eligibility import Eligibility
from services.publishing.preview import Asking, preview, unpublished
from tests.support.rigs.rule import NOW, RuleRig
from tests.support.viewers import ADMIN, OWN

CATALOGUE = catalogue({})
RULE: dict[str, Any] = {
    "historical": {"last_contacted": "more than 1 year ago or never"},
    "qualitative": {"person.phone": "present"},
    "real": {"person.status": ["Hot"]},
    "prevent_reenrollment_within": "6 months",
    "hold_above": 3,
}


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


def asking() -> Asking:
    return Asking(CATALOGUE, Eligibility(Records("UTC"), "GB"))


async def page(rig: RuleRig, sequence: str = "s") -> RulesPage:
    reading = RulesReading(rig.versions, CATALOGUE)
    async with looking(rig.database) as connection:
        return await reading.page(connection, sequence)


async def count(rig: RuleRig, definition: SequenceDefinition, viewer: Viewer = ADMIN) -> RuleCounts:
    counting = RuleCounting(rig.database, asking(), viewer, NOW)
    return await counting.count(unpublished(definition))


async def people(rig: RuleRig) -> None:
    """Five who match, of whom two are refused; and some whom a condition turns away."""
    phone = "+447700900123"
    for number in range(5):
        await rig.person(number, phone=f"+44770090012{number}", last_name=f"Match {number}")
    await rig.person("cold", phone=phone, status="Cold", last_name="Cold")
    await rig.person("mute", last_name="Mute", owner_id="kim")
    await rig.person("new", phone=phone, last_name="New")
    await rig.fetch("UPDATE person SET last_contacted = $1 WHERE id = 'new'", NOW - timedelta(days=3))
    await rig.person("far", status="Cold")
    await rig.person("gone", phone=phone)
    await rig.fetch("UPDATE person SET deleted_at = $1 WHERE id = 'gone'", NOW)
    await rig.fetch(
        "INSERT INTO suppression (person_id, channel, reason, source, since) "
        "VALUES ('p003', 'all', 'opt_out', 'r', $1)",
        NOW,
    )
    await rig.write("person", "p004", email=None)


async def test_the_page_says_the_rules_in_words(rig: RuleRig) -> None:
    await rig.publish(**RULE)
    found = await page(rig)
    assert [(each.group, each.label, each.wanted) for each in found.conditions] == [
        ("historical", "Last contacted", "more than 1 year ago or never"),
        ("qualitative", "Mobile number", "present"),
        ("real", "Status", "Hot"),
    ]
    assert (found.state, found.since, found.broken, found.batches) == ("on", NOW, None, ())
    # Its own messages are contacts: after a year they would let the same people in again.
    ((step,),) = (each.steps for each in found.loops)
    assert step == LoopStep("s", "S", (LoopWay("contact", after="1 year"),))
    assert found.limits is not None
    assert (found.limits.window, found.limits.hold_above, found.limits.max_per_day) == ("6 months", 3, None)
    await rig.publish("plain", rules=None)
    assert (await page(rig, "plain")).state == "none"
    with pytest.raises(NotFoundError):
        await page(rig, "none")


async def test_each_condition_says_how_many_it_leaves(rig: RuleRig) -> None:
    version = await rig.publish(**RULE)
    await people(rig)
    found = await count(rig, version.definition)
    # Nine, without the deleted one: new goes first, then mute and far have no number, then cold.
    assert (found.records, found.remaining, found.matching) == (9, (8, 6, 5), 5)
    assert found.refused == (
        ("must not be contacted", 1, ("suppressed",)),
        ("no usable address", 1, ("unreachable",)),
    )
    assert (found.would_enroll, found.asked) == (3, 4)
    async with rig.database.transaction() as connection:
        same = await preview(asking(), connection, version, NOW)
    assert same is not None
    # The preview counts a deleted record among those who match, and refuses it.
    assert (same.would_enroll, same.matching - same.refused.get("deleted", 0)) == (3, 5)
    assert found.waits
    assert same.would_wait


async def of_outcome(
    rig: RuleRig, definition: SequenceDefinition, outcome: RuleOutcome, *reasons: str
) -> list[RemainingPerson]:
    """All pages of them."""
    lines: list[RemainingPerson] = []
    after, version = "", unpublished(definition)
    while True:
        asked = OutcomeAsked(outcome, reasons, after)
        page = await people_of_outcome(rig.database, asking(), version, asked, NOW)
        lines += page.lines
        if not page.next:
            return lines
        after = page.next


async def test_who_is_enrolled_and_who_is_refused_are_those_whom_the_numbers_count(
    rig: RuleRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule_people, "PAGE", 2)
    version = await rig.publish(**RULE)
    await people(rig)
    counted = await count(rig, version.definition)
    enrolled = await of_outcome(rig, version.definition, RuleOutcome.ENROLLED)
    assert [each.record_id for each in enrolled] == ["p000", "p001", "p002"]
    assert (len(enrolled), {each.note for each in enrolled}) == (counted.would_enroll, {""})
    refused = await of_outcome(rig, version.definition, RuleOutcome.REFUSED)
    assert [(each.record_id, each.note.partition(";")[0]) for each in refused] == [
        ("p003", "must not be contacted"),
        ("p004", "no e-mail address"),
    ]
    assert len(refused) == counted.matching - counted.would_enroll
    for _, number, reasons in counted.refused:
        assert len(await of_outcome(rig, version.definition, RuleOutcome.REFUSED, *reasons)) == number
    assert len(await of_outcome(rig, version.definition, RuleOutcome.UNSOCIAL)) == counted.unsocial


async def test_examples_and_near_misses_have_a_reason(rig: RuleRig) -> None:
    version = await rig.publish(**RULE)
    await people(rig)
    found = await count(rig, version.definition)
    assert [each.name for each in found.examples] == ["Alex Match 0", "Alex Match 1", "Alex Match 2"]
    assert [(each.label, each.found) for each in found.examples[0].findings] == [
        ("Last contacted", None),
        ("Mobile number", "+447700900120"),
        ("Status", "Hot"),
    ]
    misses = {each.record_id: each for each in found.near}
    assert list(misses) == ["cold", "mute", "new", "p003", "p004"]
    told = [(each.label, each.found) for name in ("cold", "mute", "new") if (each := misses[name].missed)]
    assert told == [("Status", "Cold"), ("Mobile number", None), ("Last contacted", "28 Mar 2027")]
    assert misses["p003"].missed is None
    assert misses["p003"].refusal.startswith("must not be contacted")
    assert misses["p004"].refusal.startswith("no e-mail address")
    # Of another recruiter's people only the name shows.
    await rig.fetch("UPDATE person SET owner_id = CASE id WHEN 'mute' THEN 'kim' ELSE 'o1' END")
    hidden = {each.record_id: each for each in (await count(rig, version.definition, OWN)).near}["mute"]
    assert (hidden.name, hidden.visible, hidden.findings) == ("Alex Mute", False, ())


async def test_with_one_condition_near_misses_are_those_who_are_refused(rig: RuleRig) -> None:
    version = await rig.publish(hold_above=50)
    await people(rig)
    found = await count(rig, version.definition)
    assert [each.record_id for each in found.near] == ["p003", "p004"]
    assert not found.waits


async def test_a_draft_is_counted_too_and_a_broken_rule_is_not(rig: RuleRig) -> None:
    version = await rig.publish(**RULE)
    await people(rig)
    content = version.definition.model_dump(mode="json", exclude_none=True)
    content["auto_enroll"] = {"real": {"person.status": ["Cold"]}}
    found = await count(rig, SequenceDefinition.model_validate(content))
    assert (found.remaining, found.would_enroll) == ((2,), 2)
    content["auto_enroll"] = {"real": {"custom.gone": ["x"]}}
    assert "there is no field `custom.gone` any more" in (
        (await count(rig, SequenceDefinition.model_validate(content))).broken or ""
    )


async def test_placements_are_counted_as_records(rig: RuleRig) -> None:
    version = await rig.publish(record="placement", real={"placement.status": ["Won"], "client.name": ["Client"]})
    await rig.person(1, last_name="One")
    await rig.write("client", "c1", name="Client")
    await rig.write("placement", "pl1", person_id="p001", status="Won", client_id="c1")
    await rig.write("placement", "pl2", person_id="p001", status="Won")
    found = await count(rig, version.definition)
    assert (found.records, found.remaining, [each.record_id for each in found.examples]) == (2, (2, 1), ["pl1"])
    assert [(each.record_id, each.person_id) for each in found.near] == [("pl2", "p001")]
    missed = found.near[0].missed
    assert missed is not None
    assert (missed.label, missed.found) == ("Client: name", None)


async def test_who_is_in_it_is_no_near_miss(rig: RuleRig) -> None:
    version = await rig.publish(**RULE)
    await people(rig)
    await rig.enter(["p000"])
    await rig.write("person", "p000", status="Cold")
    found = await count(rig, version.definition)
    assert "p000" not in [each.record_id for each in found.near]


async def test_what_takes_too_long_costs_no_numbers(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    version = await rig.publish(**RULE)
    await people(rig)

    async def slow(*_: object) -> None:
        async with looking(rig.database, "1ms") as connection:
            await connection.execute("SELECT pg_sleep(10)")

    monkeypatch.setattr(Rules, "near", slow)
    found = await count(rig, version.definition)
    assert (found.matching, found.near_slow, [each.record_id for each in found.near]) == (5, True, ["p003", "p004"])


async def test_a_loop_is_a_path_from_this_sequence(rig: RuleRig) -> None:
    def writes(status: str) -> list[dict[str, Any]]:
        return [{"id": "one", "do": [{"set_field": {"person.status": status}}]}]

    await rig.publish("a", steps=writes("B"), real={"person.status": ["A"]})
    await rig.publish("b", steps=writes("A"), real={"person.status": ["B"]}, cycle_protection="window")
    found = await page(rig, "b")
    (loop,) = found.loops
    assert [(step.sequence, step.name, step.ways) for step in loop.steps] == [
        ("b", "B", (LoopWay("write", "Status", "A"),)),
        ("a", "A", (LoopWay("write", "Status", "B"),)),
    ]
    assert (loop.guard, loop.window, found.more_loops) == ("lineage", None, False)
