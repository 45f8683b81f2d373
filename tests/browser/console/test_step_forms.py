"""The forms on a step's card in a real browser: they change the card in place, and stay open."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written


# One flow through all forms takes some seconds: a page for each of them would take more.
async def test_a_card_says_everything_in_forms(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example", job_title="Clerk")
    wrong = watch(page)
    await page.goto(f"{console.url}/console/sequences/hello/edit?person=p1")
    first, second, task = (page.locator(f"[id='step:{step}']") for step in ("one", "two", "ring"))
    # Two subjects that compete: three presses on the card.
    await first.get_by_text("Compare wordings").click()
    await first.get_by_label("Another subject").fill("A question")
    await first.get_by_role("button", name="Compare two subjects").click()
    await expect(first.get_by_role("heading", name="second: 50 % of the people")).to_be_visible()
    await expect(first.get_by_text("A question", exact=True)).to_be_visible()
    # The form is still open: a weight, and Enter saves.
    await first.get_by_label("Weight").nth(1).fill("3")
    await first.get_by_label("Weight").nth(1).press("Enter")
    await expect(first.get_by_role("heading", name="second: 75 % of the people")).to_be_visible()
    # Only if: a field, and what happened.
    await second.get_by_text("Only if …").click()
    await second.get_by_label("Field").select_option("City")
    await second.get_by_label("What is asked").select_option("has a value")
    await expect(second.get_by_label("Values", exact=True)).to_be_hidden()
    await second.get_by_label("What", exact=True).select_option("followed no link in …")
    await second.get_by_role("button", name="Save the conditions").click()
    await expect(second.get_by_text("Only if City has a value; followed no link in one")).to_be_visible()
    await second.get_by_role("button", name="Remove: City").click()
    await expect(second.get_by_text("Only if followed no link in one")).to_be_visible()
    # A task that the next step waits for.
    await task.get_by_text("The task", exact=True).click()
    await task.get_by_label("Kind").select_option("LinkedIn")
    await task.get_by_label("The next step waits until it is done").check()
    await task.get_by_role("button", name="Save the task").click()
    await expect(
        task.get_by_text("LinkedIn, for the owner; the next step waits for it, at most 3 days")
    ).to_be_visible()
    # What cannot be is said, and the page stays.
    await first.get_by_text("Only if …").click()
    await first.get_by_label("Field").select_option("City")
    await first.get_by_role("button", name="Save the conditions").click()
    await expect(page.get_by_role("alert")).to_contain_text("say which values")
    # What takes pictures leaves empty styles behind, which a swap of parts would be refused: so it comes last.
    assert await look_everywhere(page, "step-forms") == []
    assert [each for each in wrong if "409" not in each] == []
