"""Approvals as pages: all of a batch, some of it, or nobody; once, and only by who may."""

from collections.abc import AsyncIterator

import pytest_asyncio

from sequences.access.role import PeopleVisible, Role
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.samples import LEAD

BATCH = "b2345678901"


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, LEAD) as console:
        yield console


async def a_batch(console: ConsoleRig) -> None:
    api = console.api
    await api.publish(auto_enroll={"real": {"person.status": ["Hot"]}})
    template = {"name": "hello/one", "subject": "Hello {{ person.first_name }}", "text": "Dear {{ person.first_name }}"}
    await api.execute("UPDATE sequence_version SET templates = $1", {"hello/one": template})
    await api.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at) "
        "VALUES ($1, 'hello', 1, 'scan', 'held', 3, $2)",
        BATCH,
        api.now,
    )
    for number in range(1, 4):
        await api.person(f"p{number}", first_name=f"Ann {number}", status="Hot")
        await api.execute(
            "INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at) "
            "VALUES ('hello', $1, $1, $2, 'held', $3)",
            f"p{number}",
            BATCH,
            api.now,
        )


async def queued(console: ConsoleRig) -> dict[str, str]:
    rows = await console.api.fetch("SELECT record_id, state FROM rule_queue ORDER BY 1")
    return {row["record_id"]: row["state"] for row in rows}


async def decide(console: ConsoleRig, decision: str, **form: str) -> str:
    answer = await console.act(f"/approvals/{BATCH}/decide", fragment=False, decision=decision, **form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("said=")[2]


async def test_a_batch_says_who_why_and_what_they_get(console: ConsoleRig) -> None:
    assert "Nothing awaits approval." in await console.page("/approvals")
    await a_batch(console)
    page = await console.page("/approvals")
    assert f'href="/console/approvals/{BATCH}"' in page
    assert "Ann 1, Ann 2, Ann 3" in page
    page = await console.page(f"/approvals/{BATCH}")
    for words in ("3 people await approval", "Status: Hot", "the daily scan found them", "Dear Ann 3"):
        assert words in page
    assert "batch to approve" in await console.page("/")
    await console.page("/approvals/b2345678902", 404)


async def test_chosen_ones_and_then_all(console: ConsoleRig) -> None:
    await a_batch(console)
    assert await decide(console, "approve-chosen") == "nobody_chosen"
    assert await decide(console, "approve-chosen", **{"record-p1": "1"}) == "batch_approve"
    assert await decide(console, "discard-chosen", **{"record-p2": "1"}) == "batch_discard"
    assert await queued(console) == {"p1": "waiting", "p3": "held"}
    assert await decide(console, "approve-all") == "batch_approve"
    assert await queued(console) == {"p1": "waiting", "p3": "waiting"}
    # A second press, or another lead, changes nothing.
    assert await decide(console, "discard-all") == "batch_decided_already"
    assert await decide(console, "discard-chosen", **{"record-p3": "1"}) == "batch_decided_already"
    (row,) = await console.api.fetch("SELECT state, decided_by FROM rule_batch")
    assert (row["state"], row["decided_by"]) == ("approved", "Lea Dupont")


async def test_nobody_is_enrolled_of_what_is_discarded(console: ConsoleRig) -> None:
    await a_batch(console)
    assert (await console.act(f"/approvals/{BATCH}/decide", decision="maybe-all")).status_code == 422
    assert await decide(console, "discard-all") == "batch_discard"
    assert await queued(console) == {}


async def test_a_recruiter_looks_and_an_auditor_reads_no_message(console: ConsoleRig) -> None:
    await a_batch(console)
    console.see(role=Role.RECRUITER)
    page = await console.page(f"/approvals/{BATCH}")
    assert ("Approve all" in page, "Dear Ann 1" in page) == (False, True)
    assert (await console.act(f"/approvals/{BATCH}/decide", decision="approve-all")).status_code == 403
    await console.api.execute("UPDATE person SET owner_id = 'o9', company = 'Secret' WHERE id = 'p1'")
    console.see(people_visible=PeopleVisible.OWN)
    page = await console.page(f"/approvals/{BATCH}")
    assert ("Dear Ann 1" in page, "Secret" in page, "Dear Ann 2" in page) == (False, False, True)
    console.see(role=Role.AUDITOR)
    assert "Dear Ann 1" not in await console.page(f"/approvals/{BATCH}")
    assert await queued(console) == {"p1": "held", "p2": "held", "p3": "held"}
