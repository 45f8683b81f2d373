"""Batches that await approval: who, why, the first messages; and some of a batch decided alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.postgres.database import Database
from adapters.postgres.records import Records
from adapters.postgres.versions import Versions
from adapters.templates.renderer import Renderer
from sequences.errors import NotFoundError
from services.auto_enroll.chosen import approve_chosen, discard_chosen
from services.console import approvals as screen
from services.console.approvals import Batch, BatchAsked, BatchPage, batch_page, waiting_batches
from services.console.looking import looking
from services.publishing.render import Rendering
from starter.composition import organisation_of
from tests.support.rigs.api import settings_for
from tests.support.rigs.rule import NOW, RuleRig


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


async def held(rig: RuleRig, number: int = 4) -> Batch:
    await rig.publish(hold_above=3)
    await rig.fetch(
        "UPDATE sequence_version SET templates = $1",
        {
            "hello/one": {
                "name": "hello/one",
                "subject": "Hello {{ person.first_name }}",
                "text": "Hello {{ person.first_name }}",
            }
        },
    )
    for each in range(number):
        await rig.person(each, last_name=f"Example {each}", job_title="Welder", company="Client")
    await rig.watch()
    async with looking(rig.database) as connection:
        (batch,) = await waiting_batches(connection)
    return batch


async def look(rig: RuleRig, batch: str, cursor: str = "") -> BatchPage:
    rendering = Rendering(Records("UTC"), Renderer(), organisation_of(settings_for("postgresql://nowhere/x")))
    async with looking(rig.database) as connection:
        return await batch_page(connection, Versions(), rendering, BatchAsked(batch, cursor), NOW)


async def test_nothing_waits(rig: RuleRig) -> None:
    async with looking(rig.database) as connection:
        assert await waiting_batches(connection) == ()
    with pytest.raises(NotFoundError):
        await look(rig, "b2345678901")


async def test_a_batch_says_who_and_why(rig: RuleRig) -> None:
    batch = await held(rig)
    assert (batch.sequence, batch.name, batch.version, batch.origin, batch.records) == ("s", "S", 1, "change", 4)
    assert batch.names == tuple(f"Alex Example {each}" for each in range(4))
    page = await look(rig, batch.id)
    assert page.batch == batch
    assert [(each.group, each.field, each.wanted) for each in page.why] == [("real", "person.status", "Hot")]
    assert [(each.record_id, each.name, each.work) for each in page.people][:1] == [
        ("p000", "Alex Example 0", "Welder at Client")
    ]
    assert [each.person_id for each in page.messages] == ["p000", "p001", "p002"]
    assert [each.message.headers["Subject"] for each in page.messages if each.message] == ["Hello Alex"] * 3
    assert {each.problem for each in page.messages} == {""}


async def test_a_message_that_cannot_be_written_says_why(rig: RuleRig) -> None:
    batch = await held(rig)
    await rig.write("person", "p001", email=None)
    page = await look(rig, batch.id)
    assert [each.message is None for each in page.messages] == [False, True, False]
    assert "nothing would be sent" in page.messages[1].problem


async def test_pages_of_people(rig: RuleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PEOPLE", 3)
    batch = await held(rig)
    first = await look(rig, batch.id)
    second = await look(rig, batch.id, first.next or "")
    assert ([each.record_id for each in second.people], second.messages, second.next) == (["p003"], (), None)


async def test_some_are_approved_and_the_rest_still_waits(rig: RuleRig) -> None:
    batch = await held(rig)
    async with rig.database.transaction() as connection:
        assert await approve_chosen(connection, batch.id, ["p000", "p002", "p999"], "Dana", NOW) == 2
    assert await rig.queued() == {"p000": "waiting", "p001": "held", "p002": "waiting", "p003": "held"}
    assert (await look(rig, batch.id)).batch.records == 2
    await rig.watch(NOW)
    assert await rig.enrolled() == ["p000", "p002"]
    async with rig.database.transaction() as connection:
        assert await discard_chosen(connection, batch.id, ["p001"], "Dana", NOW) == 1
    assert await rig.queued() == {"p003": "held"}
    # With the last one the batch is decided.
    async with rig.database.transaction() as connection:
        assert await approve_chosen(connection, batch.id, ["p003"], "Dana", NOW) == 1
    (row,) = await rig.fetch("SELECT state, decided_by FROM rule_batch")
    assert (row["state"], row["decided_by"]) == ("approved", "Dana")
    async with rig.database.transaction() as connection:
        with pytest.raises(NotFoundError):
            await approve_chosen(connection, batch.id, ["p001"], "Dana", NOW)
        with pytest.raises(NotFoundError):
            await discard_chosen(connection, "s", ["p001"], "Dana", NOW)


async def test_who_was_discarded_is_not_found_by_the_next_scan(rig: RuleRig) -> None:
    await rig.publish(hold_above=1)
    for each in range(3):
        await rig.person(each, last_placed=NOW)
    await rig.scan()
    async with looking(rig.database) as connection:
        (batch,) = await waiting_batches(connection)
    (scanned,) = await rig.fetch("SELECT scanned_at FROM rule_batch")
    async with rig.database.transaction() as connection:
        await discard_chosen(connection, batch.id, ["p000"], "Dana", NOW)
    (state,) = await rig.fetch("SELECT since FROM rule_state")
    assert scanned["scanned_at"] is None or state["since"] >= scanned["scanned_at"]
