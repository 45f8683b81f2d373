"""The rules of a sequence in a real browser: the numbers come behind the page, and a newer count ends an older one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from sequences.auto_enroll.messages import Origin
from tests.support.rigs.cli import RecordedRules
from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig, open_console_rig

RULES = {
    "historical": {"last_contacted": "more than 1 year ago or never"},
    "qualitative": {"person.city": "missing"},
    "real": {"person.status": ["Hot", "Warm"]},
    "prevent_reenrollment_within": "6 months",
    "hold_above": 2,
}
PEOPLE = {"p1": "Ann", "p2": "Maximiliane-Alexandra", "p3": "Cleo", "p4": "Dan", "p5": "Eve"}


@pytest_asyncio.fixture
async def ruled(database_url: str) -> AsyncIterator[ConsoleRig]:
    """Ann, Maximiliane and Eve match, Eve must not be contacted, Cleo is cold, Dan has a city; a batch waits."""
    scans = RecordedRules()
    await scans.start_scan("hello", Origin.SCAN)
    async with open_console_rig(database_url, rules=scans) as console:
        api = console.api
        await api.publish("hello", auto_enroll=RULES)
        await api.execute("INSERT INTO rule_state (sequence, version, since) VALUES ('hello', 1, $1)", api.now)
        await api.publish("second", auto_enroll=RULES)
        for person, name in PEOPLE.items():
            more = {"status": "Cold" if person == "p3" else "Hot", "city": "Leeds" if person == "p4" else None}
            await api.person(person, first_name=name, last_name="Ray", email=f"{person}@c.example", **more)
        await api.execute(
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "VALUES ('p5', 'all', 'opt_out', 'r', $1)",
            api.now,
        )
        await api.execute(
            "INSERT INTO rule_batch (id, sequence, version, origin, records, state, created_at) "
            "VALUES ('b2345678901', 'hello', 1, 'scan', 1, 'held', $1)",
            api.now,
        )
        yield console


async def test_the_numbers_come_behind_the_page_and_a_newer_count_ends_the_older(ruled: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    await page.goto(f"{ruled.url}/console/sequences/hello")
    await page.get_by_role("link", name="Rules", exact=True).click()
    await expect(page.locator("#counts")).to_contain_text("3 of 5")
    await expect(page.get_by_role("heading", name="Near misses")).to_be_visible()
    async with ruled.api.database.transaction() as connection:
        # The page itself reads nothing of it, and no count gets past it.
        await connection.execute("LOCK TABLE suppression IN ACCESS EXCLUSIVE MODE")
        await page.goto(f"{ruled.url}/console/sequences/hello/rules", wait_until="commit")
        await expect(page.get_by_text("Counting…")).to_be_visible()
        # A second tab of the same user. Of the same address a browser would ask only once the first has its answer.
        other = await page.context.new_page()
        await other.goto(f"{ruled.url}/console/sequences/second/rules", wait_until="commit")
        await expect(page.get_by_text("Another count of yours has taken the place of this one.")).to_be_visible()
        await expect(other.get_by_text("Counting…")).to_be_visible()
    await expect(other.locator("#counts")).to_contain_text("3 of 5")
    await page.get_by_role("link", name="Count again").click()
    await expect(page.locator("#counts")).to_contain_text("3 of 5")
    # From a near miss to why, and back to the rules.
    await page.get_by_role("link", name="Cleo Ray").click()
    await expect(page.get_by_role("row", name="Status")).to_contain_text("Cold")
    await page.get_by_role("link", name="Rules of this sequence").click()
    await page.get_by_role("link", name="Scan now").click()
    await page.locator("#dialog").get_by_role("button", name="Start the scan").click()
    await expect(page.locator("#scan")).to_contain_text("The scan is done: 3 matched, 2 enrolled, 1 refused.")
    assert wrong == []


async def test_they_fit_and_axe_finds_nothing(ruled: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    screens = {
        "rules": "/sequences/hello/rules?counts=1&scan=1",
        "rules-scan": "/sequences/hello/scan",
        "why": "/people/p3?sequence=hello",
    }
    for name, path in screens.items():
        await page.goto(f"{ruled.url}/console{path}")
        if name == "rules":
            # While a scan is asked how far it is, what it said last is paler.
            await expect(page.locator("#scan")).to_contain_text("The scan is done")
        assert await look_everywhere(page, name) == [], name
    assert wrong == []
