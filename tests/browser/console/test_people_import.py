"""Importing people in a real browser: a file, its columns, what would happen, and the work; in every look."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig

CSV = """Id;First name;Surname;Mail;Owner;Notes that nobody needs
p1;Ann;Ray;ann@client.example;o1;-
p3;Maximiliane-Alexandra;Wolfeschlegelsteinhausenbergerdorff;;o1;-
p4;Dan;Ray;dan@client.example;o2;-
not an id;Eve;Ray;eve@client.example;o1;-
"""


async def test_a_file_becomes_people(console: ConsoleRig, page: Page) -> None:
    api = console.api
    await api.execute(
        "INSERT INTO owner (id, first_name, last_name) VALUES ('o1', 'Lea', 'Dupont'), ('o2', 'Max', 'Moe')"
    )
    await api.publish("hello")
    console.see(team_owner_ids=("o1",))
    wrong = watch(page)
    await page.goto(f"{console.url}/console/people")
    await page.get_by_role("link", name="Import from a file").click()
    assert await look_everywhere(page, "import") == []
    await page.get_by_label("File").set_input_files(
        {"name": "people.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    )
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_label("Field of Mail")).to_have_value("email")
    assert await look_everywhere(page, "import-columns") == []
    await page.get_by_label("Enroll in").select_option("hello")
    await page.get_by_role("button", name="Show what would happen").click()
    check = page.locator("#check")
    await expect(check).to_contain_text("no e-mail address")
    await expect(check.get_by_role("row", name="Ann Ray")).to_contain_text("is enrolled")
    await expect(check).to_contain_text("names another recruiter as the owner")
    assert await look_everywhere(page, "import-check") == []
    await page.get_by_role("button", name="Import now").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Import people.csv")
    await page.wait_for_load_state("load")
    assert wrong == []
