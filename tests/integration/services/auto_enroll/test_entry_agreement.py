"""The one statement of who enters and the SQL that asks it of many agree, on random ledgers, lineages and people."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import ActiveRule, Rules, ScanScope
from adapters.postgres.rules.statements import compile_rule
from sequences.auto_enroll.messages import Origin, Refused
from services.auto_enroll.look_again import Again
from services.enrolling.eligibility import Eligibility
from tests.support.entry_model import Candidate, PastEntry, asks, decide
from tests.support.rule_rows import NOW, SINCE, add, add_run, add_window, version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sequences.definition.model import SequenceDefinition

DAY = timedelta(days=1)
FIELDS = ("status", "city", "last_contacted")


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Any]:
    database = await Database.connect(database_url, max_size=1)
    async with database.pool.acquire() as connection:
        yield connection
    await database.close()


def random_definition(dice: random.Random, record: str) -> Any:
    rules: dict[str, Any] = {"real": {"person.status": ["A"]}}
    if dice.random() < 0.5:
        rules["historical"] = {"last_contacted": "more than 10 days ago"}
    if dice.random() < 0.6:
        rules["prevent_reenrollment_within"] = "20 days"
    if dice.random() < 0.3:
        rules["cycle_protection"] = "window"
    return version(rules, record)


async def add_answer(db: Any, dice: random.Random, person: str, number: int) -> None:
    """One that nobody has handled, in a run of another sequence: of the person, or of another record of the address."""
    kind = dice.choice(("person", "address", "unmatched"))
    if kind == "unmatched":
        await add(
            db,
            "inbound",
            id=f"i{number}",
            key=f"k{number}",
            channel="email",
            received_at=NOW,
            raw=b"",
            event="human",
            sender=f"{person.upper()}@client.example",
            state="unmatched",
            holds=["e1"],
        )
        return
    run = f"e{'answered'}{number:04d}"
    await db.execute("SET session_replication_role = replica")
    await add(
        db,
        "reaction",
        id=f"ranswered{number:05d}",
        key=f"r{number}",
        enrollment_id=run,
        kind="replied",
        holds=True,
        person_id=person if kind == "person" else "somebody",
        received_at=NOW,
        address=None if kind == "person" else f"{person}@client.example",
    )
    await db.execute("SET session_replication_role = DEFAULT")


async def random_person(
    db: Any, dice: random.Random, number: int, definition: SequenceDefinition
) -> tuple[str, str, Candidate, Any]:
    """A person with two placements, in the tables and as the domain sees it."""
    person = f"p{number}"
    records = [person] if definition.record == "person" else [f"{person}a", f"{person}b"]
    record, contacted = records[0], NOW - dice.randint(5, 60) * DAY
    lineages = {name: dice.sample(["seq", "x", "y"], dice.randint(1, 2)) for name in FIELDS if dice.random() < 0.25}
    deleted = dice.random() < 0.1
    await add(
        db,
        "person",
        id=person,
        status="A",
        last_contacted=contacted,
        field_lineage=lineages,
        email=f"{person}@client.example",
        deleted_at=NOW if deleted else None,
    )
    if definition.record == "placement":
        for each in records:
            await add(db, "placement", id=each, person_id=person)
    windowed = definition.auto_enroll is not None and definition.auto_enroll.prevent_reenrollment_within is not None
    ledger = []
    for row in range(dice.choice((0, 0, 1, 2))):
        # At most one open row of a person or record, as the table's keys have it.
        state: Any = dice.choice(("open", "opening", "ended", "lifted", "refused") if row == 0 else ("ended", "lifted"))
        opened = NOW - dice.randint(0, 40) * DAY
        entered = PastEntry(dice.choice(records), opened, opened + 20 * DAY if windowed else None, state)
        ledger.append(entered)
        await add_window(
            db,
            entered.record,
            person,
            number=10 * number + row,
            scope="person" if windowed else "record",
            opened_at=opened,
            until=entered.until,
            state=state,
        )
    running = dice.random() < 0.1
    if running:
        await add_run(db, record, person, number=10 * number + 9)
    suppressed = dice.random() < 0.1
    if suppressed:
        await add(db, "suppression", person_id=person, channel="all", reason="complained", source="test", since=SINCE)
    # Dice of its own: the others keep falling as they did.
    own = random.Random(f"{definition.record}:{number}")
    answered = own.random() < 0.1
    if answered:
        await add_answer(db, own, person, number)
    named = {f"person.{name}": marks for name, marks in lineages.items()}
    candidate = Candidate(
        record, ledger, named, running=running, deleted=deleted, suppressed=suppressed, answered=answered
    )
    return person, record, candidate, contacted


@pytest.mark.parametrize("record", ["person", "placement"])
async def test_the_sql_refuses_whom_the_domain_refuses(db: Any, record: str) -> None:
    dice = random.Random(7)
    seen: dict[Refused | None, int] = {}
    scanned = 0
    for batch in range(8):
        published = random_definition(dice, record)
        definition, compiled = published.definition, compile_rule(published)
        people = [await random_person(db, dice, 100 * batch + number + 1, definition) for number in range(40)]
        matches = {each.record_id: each for each in await Rules().of_records(db, compiled, NOW, [p[1] for p in people])}
        page = await Rules().page(db, compiled, ScanScope(Origin.SCAN, NOW, SINCE), after="", limit=10_000)
        by_scan = {each.record_id for each in page}
        # A count asks for one word a row, in the order of the function that decides over rows.
        everybody = await Rules().page(db, compiled, ScanScope(Origin.EXISTING, NOW, SINCE), after="", limit=10_000)
        counts = await Rules().count(db, compiled, ScanScope(Origin.EXISTING, NOW, SINCE))
        assert Counter(each.refused or "" for each in everybody) == counts
        for _, identity, candidate, contacted in people:
            if identity not in matches:
                # The rule is not true of it: contacted less than 10 days ago.
                assert contacted >= NOW - 10 * DAY
                continue
            match, decision = matches[identity], decide(definition, candidate, NOW)
            assert (match.refused, set(match.lineage)) == (decision.refused, set(decision.lineage)), candidate
            asked = asks(
                definition,
                Origin.SCAN,
                event={"last_contacted": contacted}.get,
                since=SINCE,
                now=NOW,
                ledger=candidate.ledger,
                record=identity,
            )
            assert (identity in by_scan) is asked, (candidate, contacted)
            seen[match.refused] = seen.get(match.refused, 0) + 1
            scanned += asked
        await db.execute("TRUNCATE person, placement, suppression, enrollment, reenrollment_window, inbound CASCADE")
    expected = {
        None,
        Refused.DELETED,
        Refused.ALREADY_ENROLLED,
        Refused.WINDOW,
        Refused.ONCE,
        Refused.SUPPRESSED,
        Refused.ANSWERED,
        Refused.CYCLE,
    }
    assert set(seen) == expected
    assert scanned > 20


async def refused_before(db: Any, record: str, person: str, fields: list[str]) -> None:
    await db.execute(
        "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, since, fields)"
        " VALUES ('seq', $1, $2, 'missing_field', '', 'rule', $3, $3, $4)",
        person,
        record,
        NOW,
        fields,
    )


@pytest.mark.parametrize("record", ["person", "placement"])
async def test_who_is_looked_at_again_is_judged_as_the_domain_judges(db: Any, record: str) -> None:
    """What a refusal waited for counts as a cause, in the domain and in what lets people in."""
    dice = random.Random(11)
    waited = ["person.city", "person.job_title", "custom.grade", "owner.first_name"]
    columns = {"person.city": "city", "person.job_title": "job_title", "custom.grade": "custom.grade"}
    seen: dict[Refused | None, int] = {}
    for batch in range(6):
        published = random_definition(dice, record)
        definition = published.definition
        rule = ActiveRule(published, compile_rule(published), None, SINCE)
        again = Again(Rules(), Eligibility(Records("UTC"), "GB"))
        candidates = {}
        for number in range(30):
            person, identity, candidate, _ = await random_person(db, dice, 100 * batch + number + 1, definition)
            marks = {name: ["seq", "x"] if dice.random() < 0.4 else ["y"] for name in waited if dice.random() < 0.4}
            stored = {columns.get(name, "owner_id"): names for name, names in marks.items()}
            await db.execute(
                "UPDATE person SET field_lineage = field_lineage || $2, email = $1 || '@client.example' WHERE id = $1",
                person,
                stored,
            )
            fields = dice.sample(waited, dice.randint(0, 3))
            await refused_before(db, identity, person, fields)
            # The mark of a field belongs to it, whichever of the two asks.
            known = {**(candidate.lineages or {}), **marks}
            candidates[identity] = replace(candidate, lineages=known, waited_for=fields)
        matches = await again.judged(db, rule, await again.matches(db, rule, NOW, list(candidates)), NOW)
        for match in matches:
            decision = decide(definition, candidates[match.record_id], NOW)
            expected = (decision.refused, set(decision.lineage))
            assert (match.refused, set(match.lineage)) == expected, candidates[match.record_id]
            seen[match.refused] = seen.get(match.refused, 0) + 1
        await db.execute("TRUNCATE person, placement, suppression, enrollment, reenrollment_window, refusal CASCADE")
    assert seen[None] > 10
    assert seen[Refused.CYCLE] > 10
