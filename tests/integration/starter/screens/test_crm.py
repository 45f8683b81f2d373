"""The CRM in the console: how it is, what failed, another try, and reading everything."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from sequences.access.role import Role
from tests.support.rigs.api import settings_for
from tests.support.screens.rig import ConsoleRig, open_console_rig

EXAMPLE = Path(__file__).parents[4] / "examples" / "crm" / "bullhorn.yaml"


@pytest_asyncio.fixture
async def connected(database_url: str) -> AsyncIterator[ConsoleRig]:
    settings = settings_for(database_url, public_url="https://relance.agency.example", crm_file=str(EXAMPLE))
    async with open_console_rig(database_url, settings=settings) as console:
        console.see(role=Role.ADMIN)
        yield console


async def test_without_a_crm_it_says_how_to_have_one(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    assert "The CRM walks through it" in await console.text("/settings/crm")
    assert (await console.act("/settings/crm/backfill")).status_code == 404
    console.see(role=Role.RECRUITER)
    await console.page("/settings/crm", 403)


async def test_an_admin_sees_what_failed_and_has_it_tried_again(connected: ConsoleRig) -> None:
    api = connected.api
    await api.execute("INSERT INTO crm_connection (name, problem) VALUES ('bullhorn', 'the CRM does not answer')")
    await api.execute(
        "INSERT INTO crm_write"
        " (id, crm, occasion, kind, entity, record, person_id, body, at, next_try_at, state, result) VALUES"
        " ('xdeaddead0001', 'bullhorn', 'sent', 'note', 'Candidate', '7', 'c-7', '{}', $1, $1, 'dead', 'HTTP 400')",
        api.now,
    )
    page = await connected.text("/settings/crm")
    for words in ("cannot be used now", "the CRM does not answer", "Candidate 7", "HTTP 400", "firstName"):
        assert words in page
    done = await connected.act("/settings/crm/retry/xdeaddead0001")
    assert done.headers["location"] == "/console/settings/crm?said=crm_retried"
    assert "There is nothing." in await connected.text("/settings/crm")
    assert "Candidate 7" in await connected.text("/settings/crm?state=waiting")
    assert (await connected.act("/settings/crm/retry/xdeaddead0001")).status_code == 409
    assert (await connected.act("/settings/crm/retry")).status_code == 303


async def test_an_admin_has_all_records_read(connected: ConsoleRig) -> None:
    asked = await connected.act("/settings/crm/backfill")
    assert asked.headers["location"].endswith("?said=crm_backfill")
    (job,) = await connected.api.fetch("SELECT kind, subject FROM job")
    assert (job["kind"], job["subject"]) == ("crm_backfill", "crm:bullhorn")
    assert "Read all records of the CRM" in await connected.text("/jobs")
