"""Every screen in a real browser: nothing wider than it, nothing that axe finds, nothing that the policy refuses."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from sequences import ids
from sequences.access.role import Role
from services.jobs.job import JobKind
from tests.support.screens.eyes import look, look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import MAIL

JOB = ids.job_id(JobKind.MOVE_RUNS, "sequence:hello", "k1")
SCREENS = {
    "home": "/",
    "tasks": "/tasks",
    "tasks-none": "/tasks?show=done",
    "sequences": "/sequences",
    "sequence": "/sequences/hello?version=1",
    "sequence-people": "/sequences/hello?view=people",
    "sequence-versions": "/sequences/hello?view=versions",
    "sequence-weeks": "/sequences/hello?by=week",
    "sequence-owners": "/sequences/hello?by=owner&since=2020-01-01",
    "sequence-counted": "/sequences/hello/people?outcome=entered",
    "sequence-choose": "/sequences/hello/choose?step=one&variant=short",
    "sequence-settings": "/sequences/hello?view=settings",
    "sequence-compare": "/sequences/hello/compare",
    "person": "/people/p1",
    "person-pause": "/people/p1/pause",
    "person-stop": "/people/p1/stop",
    "sequence-archive": "/sequences/hello/archive",
    "new-sequence": "/new-sequence?copy=hello",
    "unmatched": "/unmatched",
    "unmatched-one": f"/unmatched/{MAIL}",
    "unmatched-aside": "/unmatched?show=aside",
    "unknown": "/unknown",
    "statistics": "/statistics?span=all",
    "statistics-owners": "/statistics?by=owner",
    "leads": "/leads",
    "lists": "/lists",
    "lists-one": "/lists?list=warm",
    "deliverability": "/deliverability",
    "suppressions": "/suppressions",
    "suppressions-add": "/suppressions/add",
    "sequence-pause": "/sequences/hello/pause",
    "sequence-move": "/sequences/hello/move",
    "jobs": "/jobs",
    "job": f"/jobs/{JOB}",
    "calendar": "/calendar",
    "calendar-month": "/calendar?view=month",
    "planned-people": "/calendar/people?day=2027-05-06&sequence=hello&step=one",
    "closed-days": "/calendar/closed",
    "calendar-day": "/calendar?view=day",
    "health": "/health",
    "follow-ups": "/follow-ups",
    "next-steps": "/next-steps?whose=everyone",
    "next-steps-waits": "/next-steps?which=waits",
    "mailbox-messages": "/deliverability/messages?mailbox=us@agency.example",
    "none": "/sequences/none",
}


PARTS = 4
"""One after the other takes minutes: what fails or hangs is found, and tried again, part by part."""


@pytest.mark.parametrize("part", range(PARTS))
async def test_all_screens(world: ConsoleRig, page: Page, part: int) -> None:
    wrong = watch(page)
    found = {}
    for name, path in list(SCREENS.items())[part::PARTS]:
        await page.goto(f"{world.url}/console{path}")
        if name == "sequences":
            await expect(page.get_by_role("row", name="Hello there")).not_to_contain_text("…")
        if name == "deliverability":
            await expect(page.locator("#list")).not_to_contain_text("…")
        found[name] = await look_everywhere(page, name)
    assert [each for seen in found.values() for each in seen] == []
    # The page that is not there is the only error.
    assert [each for each in wrong if "404" not in each] == []


ADMINS = {
    "settings": "/settings",
    "settings-mail": "/settings?part=mail",
    "settings-owners": "/settings?part=owners",
    "settings-owner": "/settings/owners/o1",
    "settings-fields": "/settings?part=fields",
    "settings-tokens": "/settings/tokens",
    "settings-webhooks": "/settings/webhooks",
    "settings-crm": "/settings/crm",
    "mailboxes": "/mailboxes",
    "mailbox-connect": "/mailboxes/connect",
}


async def test_screens_of_admins(world: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    world.see(role=Role.ADMIN)
    await world.act("/settings/tokens", name="crm-sync", days="90", scope_read="yes", scope_enroll="yes")
    await world.act("/settings/webhooks", name="crm", url="https://127.0.0.1/hooks/relance")
    (endpoint,) = await world.api.fetch("SELECT id FROM webhook_endpoint")
    await world.act(f"/settings/webhooks/{endpoint['id']}/test")
    (token,) = await world.api.fetch("SELECT id FROM api_token")
    found = {}
    made = await world.api.ask("POST", "/mailboxes", json={"address": "own@agency.example", "owner": "o1"})
    mailbox = f"/mailboxes/{made.json()['id']}"
    await world.api.execute("UPDATE enrollment SET mailbox_id = $1", made.json()["id"])
    pages = {"token": f"/settings/tokens/{token['id']}", "webhook": f"/settings/webhooks/{endpoint['id']}"}
    pages |= {"mailbox": mailbox, "mailbox-runs": f"{mailbox}/runs"}
    for name, path in {**ADMINS, **pages}.items():
        await page.goto(f"{world.url}/console{path}")
        found[name] = await look_everywhere(page, name)
    assert (found, wrong) == ({name: [] for name in (*ADMINS, *pages)}, [])


async def test_of_the_servers_of_a_mailbox_the_chosen_kind_is_open(world: ConsoleRig, page: Page) -> None:
    world.see(role=Role.ADMIN)
    await page.goto(f"{world.url}/console/mailboxes")
    opened = page.locator("form details[open] > summary")
    await expect(opened).to_have_count(0)
    await page.get_by_label("Sends by").select_option(label="Mailgun")
    await expect(opened).to_have_text(["Mailgun"])
    await page.get_by_label("Answers", exact=True).select_option("imap")
    await expect(opened).to_have_text(["Mailgun", "IMAP"])
    # Another choice does not close what it is not about.
    await page.get_by_label("Answers go to").select_option("own")
    await page.get_by_label("Sends by").select_option(label="SMTP")
    await expect(opened).to_have_text(["SMTP", "IMAP"])


async def test_a_task_is_done_by_keyboard_alone(world: ConsoleRig, page: Page) -> None:
    await page.goto(f"{world.url}/console/")
    await page.keyboard.press("g")
    await page.keyboard.press("t")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tasks")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    line = page.locator("[data-item].here")
    await expect(line).to_contain_text("Call Ben")
    await page.keyboard.press("e")
    await expect(page.get_by_role("row", name="Call Ben")).to_contain_text("done by Lea Dupont")
    # Where nobody may do it any more, the key does nothing.
    await page.keyboard.press("e")
    assert [row["state"] for row in await world.api.fetch("SELECT state FROM task WHERE state = 'done'")] == ["done"]


async def test_a_question_opens_over_the_page_and_closes_again(world: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    await page.goto(f"{world.url}/console/sequences/hello")
    await page.get_by_role("link", name="Pause").click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("Pause Hello there?")
    await expect(dialog.get_by_label("Reason")).to_be_focused()
    assert await look(page, "dialog") == []
    await dialog.get_by_role("link", name="Cancel").click()
    await expect(dialog).to_be_hidden()
    await page.get_by_role("link", name="Pause").click()
    await dialog.get_by_label("Reason").fill("holidays")
    await dialog.get_by_role("button", name="Pause the sequence").click()
    await expect(page.get_by_role("status")).to_contain_text("nothing of it is sent from now on")
    assert page.url.endswith("/console/sequences/hello?said=sequence_paused")
    assert wrong == []


async def test_the_same_without_scripts(world: ConsoleRig, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{world.url}/console/sequences/hello")
    await page.get_by_role("link", name="Pause").click()
    await page.get_by_label("Reason").fill("holidays")
    await page.get_by_role("button", name="Pause the sequence").click()
    await expect(page.get_by_role("status")).to_contain_text("nothing of it is sent from now on")
    await page.goto(f"{world.url}/console/sequences")
    await page.get_by_role("link", name="Count what became of people").click()
    await expect(page.get_by_role("row", name="Hello there")).not_to_contain_text("…")
    await page.goto(f"{world.url}/console/tasks?show=open")
    await page.get_by_role("row", name="Call Ann").get_by_role("button", name="Done").click()
    await expect(page.get_by_role("status")).to_contain_text("The task is done.")
    assert "show=open" in page.url
    await context.close()


async def test_what_went_wrong_with_a_part_is_said(world: ConsoleRig, page: Page) -> None:
    await page.goto(f"{world.url}/console/tasks")
    await world.api.execute("UPDATE task SET state = 'closed', reason = 'the person replied'")
    await page.get_by_role("row", name="Call Ann").get_by_role("button", name="Done").click()
    await expect(page.get_by_role("alert")).to_contain_text("the task was closed: the person replied")


async def test_badges_come_after_the_page(world: ConsoleRig, page: Page) -> None:
    await page.goto(f"{world.url}/console/")
    await expect(page.locator("#badge-tasks")).to_contain_text("3 tasks are due")
