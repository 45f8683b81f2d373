"""Reactions and stops in a real browser: forms change in place, fit on a phone, and axe finds nothing."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import SOURCE, publish_written

EDIT = "/sequences/hello/edit"
FULL = """    do:
      - create_task: {title: "Call {{ person.first_name }}", due: 1 day, description: Be kind.}
      - create_lead: {source: hello}
      - add_to_list: warm
      - set_field: {person.status: Warm, person.city: null}
      - notify: owner
      - suppress: sms
      - enroll: ""
      - webhook: {url: "https://hooks.example.com/a-long-address-that-does-not-fit-on-a-phone-at-all"}
      - {notify: owner, odd: 1}
    then: pause 2 weeks
  - on: surprised
    then: stop
sender: a-long-address-of-a-mailbox@agency.example
frequency_cap: {email: 2 a week}
same_client: pause 2 weeks
on_resume: odd
stop_when:
  person.status: [Gone, Placed elsewhere]
  person.email: missing
"""


ACTIONS = """
  - id: warm
    do:
      - add_to_list: warm
      - set_field: {person.status: Warm}
      - odd: 1

reactions"""


# One page for all of it: axe four times and a flow, where a page for each part would take more.
async def test_rules_are_written_in_place(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    wrong = watch(page)
    await page.goto(f"{console.url}/console{EDIT}")
    card = page.locator("#reactions")
    # The reaction without a rule is chosen already.
    await card.get_by_label("What is done").select_option("Change a field")
    await card.get_by_role("button", name="Add the reaction").click()
    rule = page.locator("[id='reaction:1']")
    await expect(rule.get_by_role("heading", name="A negative reply")).to_be_visible()
    await expect(rule.get_by_role("group", name="Change a field")).to_be_focused()
    await rule.get_by_label("Field").select_option("Status")
    await rule.get_by_label("New value").fill("Not interested")
    # Enter in a field saves; it removes no line.
    await rule.get_by_label("New value").press("Enter")
    await expect(rule.locator(".does")).to_contain_text("Status = Not interested")
    await expect(page.locator("#editor-state")).to_contain_text("no errors")
    await page.get_by_role("checkbox", name="A click on a link").uncheck()
    await page.locator("#stops").get_by_role("button", name="Save", exact=True).first.click()
    await expect(page.locator("[id='reaction:2']")).to_contain_text("the run continues")
    await page.get_by_role("button", name="Remove: A click on a link").click()
    await expect(page.get_by_role("heading", name="Reactions")).to_be_focused()
    await expect(page.get_by_role("checkbox", name="A click on a link")).to_be_checked()
    # A step that does something, and then one thing more.
    await page.locator("#kind").select_option("Actions")
    await page.get_by_label("Short name").fill("Warm")
    await page.get_by_role("button", name="Add", exact=True).click()
    step = page.locator("[id='step:warm']")
    await step.get_by_text("Change what is done").click()
    await step.get_by_label("Also").select_option("Put on a list")
    await step.get_by_role("button", name="Save and add").click()
    await step.get_by_label("List").fill("warm")
    await step.get_by_role("button", name="Save", exact=True).click()
    await expect(step.locator(".does")).to_contain_text("on the list warm")
    files = {"sequence.yaml": SOURCE.replace("    then: stop\n", FULL).replace("\nreactions", ACTIONS, 1)}
    await console.api.execute("UPDATE sequence_draft SET files = files || $1", files)
    await page.goto(f"{console.url}/console{EDIT}?open=reaction:0")
    await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
    assert await look_everywhere(page, "editor-reactions") == []
    assert wrong == []
