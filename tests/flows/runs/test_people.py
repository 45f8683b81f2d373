"""The right person, on real servers: a placement that gets another one, and people whom the CRM merges."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.service import RPCError

from adapters.clock import utc_now
from sequences.ids import enrollment_workflow_id, rule_watcher_workflow_id
from sequences.runs.state import Command, CommandKind
from services.auto_enroll import batches
from services.enrolling.enroll import Accepted
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.rigs.flow import FlowRig

ONBOARDING = """
sequence: {name}
name: Onboarding
record: placement
frequency_cap: exempt
steps:
  - {{id: welcome, email: bd/introduce}}
  - {{id: later, when: 3 days after welcome, email: bd/remind}}
auto_enroll:
  real: {{placement.status: [On Assignment]}}
  {window}
"""
CHASE = """
sequence: chase
name: Business development
record: person
frequency_cap: exempt
steps:
  - {id: one, email: bd/introduce}
  - {id: two, when: 7 days after one, email: bd/remind}
reaction_period: 0 days
auto_enroll:
  real: {person.status: [Chase]}
  prevent_reenrollment_within: 6 months
"""


@pytest.fixture(autouse=True)
async def nobody_watches(flow: FlowRig) -> AsyncIterator[None]:
    yield
    try:
        await flow.services.client.get_workflow_handle(rule_watcher_workflow_id()).terminate("end of test")
    except RPCError:
        return


async def switch_on(flow: FlowRig, name: str, text: str) -> None:
    await flow.publish(name, text)
    async with flow.services.database.transaction() as connection:
        await batches.switch_on(connection, await flow.services.versions.get(connection, name), utc_now())


async def tell(flow: FlowRig, *changes: dict[str, Any]) -> list[dict[str, Any]]:
    intake = CrmIntake(
        flow.services.database, ItemWriter(flow.services.changes, origin="crm"), utc_now, flow.dispatcher.wake
    )
    answer = await intake.receive(secrets.token_hex(8), list(changes))
    results: list[dict[str, Any]] = answer["results"]
    return results


async def runs(flow: FlowRig, sequence: str) -> list[dict[str, Any]]:
    rows = await flow.services.database.pool.fetch(
        "SELECT * FROM enrollment WHERE sequence = $1 ORDER BY enrolled_at, id", sequence
    )
    return [dict(row) for row in rows]


async def entered(flow: FlowRig, sequence: str, person: str) -> Accepted:
    async def there() -> bool:
        return any(row["person_id"] == person for row in await runs(flow, sequence))

    await flow.until(there)
    row = next(row for row in await runs(flow, sequence) if row["person_id"] == person)
    return Accepted(row["id"], row["workflow_id"], row["version"], started=True)


async def candidate(flow: FlowRig, person: str) -> None:
    await flow.person(person, first_name=person.capitalize(), type="Candidate")


def mails_to(flow: FlowRig, person: str) -> list[Any]:
    return [mail for mail in list_mail(flow.mail.folder) if mail.recipient == f"{person}@client.example"]


@pytest.mark.parametrize("window", ["prevent_reenrollment_within: 1 day", "hold_above: 500"])
async def test_a_placement_that_gets_another_person_ends_that_run_and_enters_for_the_new_one(
    flow: FlowRig, window: str
) -> None:
    name = f"onb-{secrets.token_hex(3)}"
    await switch_on(flow, name, ONBOARDING.format(name=name, window=window))
    for person in ("cana", "canb"):
        await candidate(flow, person)
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "cana", "status": "On Assignment"}})
    first = await entered(flow, name, "cana")
    await flow.until_step(first, "welcome")
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "canb"}})
    await flow.until_state(first, "stopped")
    (row, *_) = await runs(flow, name)
    assert row["reason"] == "the placement has another person"
    second = await entered(flow, name, "canb")
    await flow.until_step(second, "welcome")
    # A "no" of the one who was there before is no business of the new one's run.
    await tell(flow, {"entity": "person", "id": "cana", "suppress": "all"})
    await flow.until_step(second, "later", "planned")
    await flow.skip(second, days=4)
    await flow.until_step(second, "later")
    assert len(mails_to(flow, "cana")) == 1
    subjects = [mail.subject for mail in mails_to(flow, "canb")]
    assert len(subjects) == 2
    assert not subjects[0].startswith("Re:")
    assert [row["person_id"] for row in await runs(flow, name)] == ["cana", "canb"]


async def test_a_paused_run_ends_too_when_the_placement_gets_another_person(flow: FlowRig) -> None:
    name = f"onb-{secrets.token_hex(3)}"
    await flow.publish(name, ONBOARDING.format(name=name, window="hold_above: 500"))
    for person in ("cana", "canb"):
        await candidate(flow, person)
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "cana", "status": "Open"}})
    accepted = await flow.enroll(name, "cana", record_id=name)
    await flow.until_step(accepted, "welcome")
    await flow.services.runs.command(accepted.workflow_id, Command(id="pause", kind=CommandKind.PAUSE))
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "canb"}})
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "the placement has another person"


@pytest.mark.parametrize(
    "told",
    [
        {"entity": "person", "id": "cana", "deleted": True},
        {"entity": "placement", "id": "PL", "deleted": True},
    ],
)
async def test_a_person_or_placement_that_is_deleted_ends_the_run_about_the_placement(
    flow: FlowRig, told: dict[str, Any]
) -> None:
    name = f"onb-{secrets.token_hex(3)}"
    await flow.publish(name, ONBOARDING.format(name=name, window="hold_above: 500"))
    await candidate(flow, "cana")
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "cana", "status": "Open"}})
    accepted = await flow.enroll(name, "cana", record_id=name)
    await flow.until_step(accepted, "welcome")
    await tell(flow, {**told, "id": told["id"].replace("PL", name)})
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "the record was deleted"


async def test_who_was_merged_keeps_window_history_and_run(flow: FlowRig) -> None:
    await switch_on(flow, "chase", CHASE)
    await flow.person("mg1", status="Chase")
    run = await entered(flow, "chase", "mg1")
    await flow.until_step(run, "one")
    await flow.person("mg2", status="New", email="mg@client.example")
    await tell(flow, {"entity": "person", "id": "mg1", "merged_into": "mg2"})
    await tell(flow, {"entity": "person", "id": "mg2", "fields": {"status": "Chase"}})

    async def refused() -> bool:
        rows = await flow.services.database.pool.fetch("SELECT reason FROM refusal WHERE person_id = 'mg2'")
        return bool(rows)

    await flow.until(refused)
    await flow.until_step(run, "two", "planned")
    await flow.skip(run, days=8)
    await flow.until_step(run, "two")
    await flow.until_state(run, "finished")
    # The reminder goes to the survivor, in the thread; the first mail does not go a second time.
    assert [mail.subject.startswith("Re:") for mail in mails_to(flow, "mg")] == [True]
    assert len(mails_to(flow, "mg1")) == 1
    await tell(flow, {"entity": "person", "id": "mg2", "fields": {"status": "New"}})
    await tell(flow, {"entity": "person", "id": "mg2", "fields": {"status": "Chase"}})

    async def by_the_window() -> bool:
        rows = await flow.services.database.pool.fetch(
            "SELECT detail FROM refusal WHERE person_id = 'mg2' AND reason = 'window'"
        )
        return any(row["detail"].startswith("until 20") for row in rows)

    await flow.until(by_the_window)
    assert [row["person_id"] for row in await runs(flow, "chase")] == ["mg2"]


async def test_a_run_by_rule_whose_workflow_id_was_still_taken_is_started_once_it_is_free(flow: FlowRig) -> None:
    """The window's workflow finds the run before it still open, and leaves; the dispatcher comes back."""
    name = f"onb-{secrets.token_hex(3)}"
    await switch_on(flow, name, ONBOARDING.format(name=name, window="prevent_reenrollment_within: 1 day"))
    for person in ("cana", "canb"):
        await candidate(flow, person)
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "cana", "status": "On Assignment"}})
    first = await entered(flow, name, "cana")
    await flow.until_step(first, "welcome")
    # The row closes and its workflow stays: as when a worker is slow between the two.
    await flow.services.database.pool.execute(
        "UPDATE enrollment SET state = 'stopped', reason = 'test' WHERE id = $1", first.enrollment
    )
    await tell(flow, {"entity": "placement", "id": name, "fields": {"person": "canb"}})
    second = await entered(flow, name, "canb")

    async def window_open() -> bool:
        row = await flow.services.database.pool.fetchval(
            "SELECT state FROM reenrollment_window WHERE enrollment_id = $1", second.enrollment
        )
        return bool(row == "open")

    await flow.until(window_open)
    await flow.services.database.pool.execute(
        "UPDATE enrollment SET enrolled_at = enrolled_at - interval '1 minute' WHERE id = $1", second.enrollment
    )
    assert await flow.state(second) == "starting"
    old = flow.services.client.get_workflow_handle(enrollment_workflow_id(name, name))
    await old.terminate("gone at last")
    await flow.until_step(second, "welcome")
