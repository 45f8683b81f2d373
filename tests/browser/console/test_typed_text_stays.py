"""What is typed stays while other cards are saved; what takes long, and what fails, says so in its place."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Dialog, Page, Route, expect

from tests.support.screens.eyes import look, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import SOURCE, publish_written
from tests.support.waiting import PATIENCE

EDIT = "/sequences/hello/edit"
RULES = """    do:
      - create_task: {title: Call, due: 1 day}
    then: stop
  - on: replied.negative
    do:
      - create_task: {title: Wait, due: 1 day}
stop_when:
  person.status: [Gone]
"""


async def test_text_in_open_forms_stays(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api, SOURCE.replace("    then: stop\n", RULES))
    wrong = watch(page)
    await page.goto(f"{console.url}/console{EDIT}")
    second = page.locator("[id='reaction:1']")
    await second.locator("summary").click()
    await second.get_by_label("Task").fill("Wait a month, then call")
    await second.get_by_label("Then", exact=True).select_option("the run pauses")
    await page.locator("[id='step:one']").get_by_text("Only if").click()
    only = page.locator("[id='step:one'] details", has_text="Add a condition")
    await only.get_by_label("Values").fill("Warm")
    await page.locator("#stops details summary").click()
    await page.locator("#stops details").get_by_label("Values").fill("Gone\nLost")
    # Another card is saved: the cards are drawn again.
    await page.locator("[id='step:two']").get_by_text("Change the time").click()
    await page.locator("[id='step:two']").get_by_label("How long").fill("9")
    await page.locator("[id='step:two']").get_by_role("button", name="Save the time").click()
    await expect(page.locator("[id='step:two']")).to_contain_text("9 days after one")
    await expect(second.get_by_label("Task")).to_have_value("Wait a month, then call")
    await expect(second.get_by_label("Then", exact=True)).to_have_value("pause")
    await expect(only.get_by_label("Values")).to_have_value("Warm")
    await expect(page.locator("#stops details").get_by_label("Values")).to_have_value("Gone\nLost")
    # The rule above goes, and this one is the first: its text goes with it.
    await page.get_by_role("button", name="Remove: A positive reply").click()
    first = page.locator("[id='reaction:0']")
    await expect(first).to_contain_text("A negative reply")
    await expect(first.get_by_label("Task")).to_have_value("Wait a month, then call")
    # A step is added without leaving the page.
    await page.get_by_label("Short name").fill("Third")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.locator("[id='step:third'] h2")).to_be_focused()
    await expect(first.get_by_label("Task")).to_have_value("Wait a month, then call")
    await first.get_by_role("button", name="Save", exact=True).click()
    await expect(first.locator(".does")).to_contain_text("Wait a month, then call")
    # What was sent is as the server has it.
    await expect(first.get_by_label("Task")).to_have_value("Wait a month, then call")
    (row,) = await console.api.fetch("SELECT files ->> 'sequence.yaml' AS source FROM sequence_draft")
    assert 'title: "Wait a month, then call"' in row["source"]
    assert "then: pause 7 days" in row["source"]
    assert await look(page) == []
    assert wrong == []


async def test_a_form_that_fails_says_so_and_keeps_what_was_typed(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await page.goto(f"{console.url}/console{EDIT}")
    rule = page.locator("[id='reaction:0']")
    await rule.locator("summary").click()
    await rule.get_by_label("Also").select_option("Make a task")
    await rule.get_by_role("button", name="Save and add").click()
    await rule.get_by_label("Task").fill("Call back soon")

    async def fails(route: Route) -> None:
        await route.fulfill(status=503, body="<p data-message>This took too long, so it was stopped.</p>")

    await page.route("**/edit/reactions/**", fails)
    await rule.get_by_role("button", name="Save", exact=True).click()
    problem = page.get_by_role("alert").filter(has_text="This took too long")
    await expect(problem).to_be_in_viewport()
    await expect(rule.get_by_label("Task")).to_have_value("Call back soon")
    await page.unroute("**/edit/reactions/**")
    await rule.get_by_role("button", name="Save", exact=True).click()
    await expect(rule.locator(".does")).to_contain_text("Call back soon")
    await expect(problem).to_be_hidden()


async def test_a_part_that_does_not_come_is_asked_for_again(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)

    async def fails(route: Route) -> None:
        await route.fulfill(status=503, body="<p data-message>This took too long, so it was stopped.</p>")

    await page.route("**/sequences?numbers=1", fails)
    await page.goto(f"{console.url}/console/sequences")
    said = page.locator("#list [role=status]")
    await expect(said).to_contain_text("This took too long")
    await page.unroute("**/sequences?numbers=1")
    await said.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("row", name="Hello there")).not_to_contain_text("…")


async def test_what_takes_long_says_that_it_loads(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await page.goto(f"{console.url}/console{EDIT}")
    held = asyncio.Event()

    async def slowly(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/edit/steps/two/timing", slowly)
    step = page.locator("[id='step:two']")
    await step.get_by_text("Change the time").click()
    await step.get_by_label("How long").fill("9")
    await step.get_by_role("button", name="Save the time").click()
    loading = page.locator("#loading")
    await expect(loading).to_have_text("Loading …")
    await expect(loading).to_be_in_viewport()
    held.set()
    await expect(step).to_contain_text("9 days after one")
    await expect(loading).to_be_hidden()


async def test_a_known_value_becomes_a_line(console: ConsoleRig, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.known_values.KEPT_FOR", timedelta())
    await publish_written(console.api)
    for person in ("p1", "p2"):
        await console.api.person(person, first_name="Ann", status="Hot", email=f"{person}@client.example")
    await page.goto(f"{console.url}/console{EDIT}/rules?new=person.status")
    form = page.locator("#rule-form form", has=page.get_by_role("button", name="Add"))
    chosen = form.get_by_label("Add a value")
    await expect(chosen).to_have_attribute("list", "known:person.status")
    await chosen.fill("Hot")
    await chosen.press("Tab")
    await expect(form.get_by_label("Values")).to_have_value("Hot")
    await expect(chosen).to_have_value("")
    # The list follows the field that is chosen.
    await page.goto(f"{console.url}/console{EDIT}")
    stop = page.locator("#stops form", has=page.get_by_role("button", name="Add the field"))
    await stop.get_by_label("Field", exact=True).select_option("Status")
    await expect(stop.get_by_label("Add a value")).to_have_attribute("list", "known:person.status")


async def test_leaving_the_editor_asks_about_what_is_typed_into_a_form(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api, SOURCE.replace("    then: stop\n", RULES))
    wrong = watch(page)
    await page.goto(f"{console.url}/console{EDIT}")
    asked: list[str] = []
    heard = asyncio.Event()

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()
        heard.set()

    page.on("dialog", stay)
    second = page.locator("[id='reaction:1']")
    await second.locator("summary").click()
    await second.get_by_label("Task").fill("Wait a month, then call")
    await page.get_by_role("link", name="Compare and publish").click(no_wait_after=True)
    await expect(second.get_by_label("Task")).to_have_value("Wait a month, then call")
    await asyncio.wait_for(heard.wait(), PATIENCE)
    assert asked == ["beforeunload"]
    # Once it is saved nobody asks.
    await second.get_by_role("button", name="Save", exact=True).click()
    await expect(second.get_by_text("task: Wait a month, then call")).to_be_visible()
    await page.get_by_role("link", name="Compare and publish").click()
    await expect(page.get_by_role("heading", level=1, name="Changes: Hello there")).to_be_visible()
    assert asked == ["beforeunload"]
    assert wrong == []
