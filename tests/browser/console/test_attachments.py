"""Files that go with mails in a real browser: attached, shown, refused, compared, and seen in the planned message."""

from __future__ import annotations

from playwright.async_api import Page, expect

from services.enrolling.enroll import EntryRequest
from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written

EDIT = "/sequences/hello/edit"
HTML = """<h1>Hi {{ person.first_name }}</h1>
<p><img src="images/a-rather-long-name-of-a-picture-of-our-office-in-the-old-town.png" alt="Our office"></p>
{{ organisation_footer }}
"""
# One point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8ffbf1e0005fe02fe"
    "a7356981000000004945454e44ae426082"
)


# One server and one page for all of it: each part of its own would be started for a few seconds of work.
async def test_a_pdf_and_a_picture_go_with_a_mail(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example")
    await console.api.execute(
        "INSERT INTO sequence_draft (sequence, revision, files, attachments, based_on, changed_by, changed_at) "
        "SELECT 'hello', 1, jsonb_build_object('sequence.yaml', text, 'hello/one.email.txt', $1::text, "
        "'hello/one.email.html', $2::text, 'hello/two.email.txt', $1::text), '{}', 1, 'u1', $3 FROM sequence_source",
        "Subject: Hi\n\nDear {{ person.first_name }},\n\n{{ organisation_footer }}\n",
        HTML,
        console.api.now,
    )
    wrong = watch(page)
    await page.goto(f"{console.url}/console{EDIT}?person=p1")
    files = page.get_by_label("Files of hello/one")
    await files.get_by_label("Attach a file").set_input_files(
        {"name": "Our offer.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    # What is being typed is saved first.
    text = page.locator("[id='text:hello/one.email.txt']")
    await text.fill(await text.input_value() + "PS: see the offer.\n")
    await files.get_by_role("button", name="Upload").first.click()
    await expect(page.get_by_role("status")).to_contain_text("The file is kept with the draft.")
    await expect(text).to_have_value(
        "Subject: Hi\nAttach: files/hello/one/Our offer.pdf\n\nDear {{ person.first_name }},\n\n"
        "{{ organisation_footer }}\nPS: see the offer.\n"
    )
    await expect(files.get_by_role("link", name="Our offer.pdf")).to_be_visible()
    await expect(files).to_contain_text("not uploaded yet")
    found = {"missing": await look_everywhere(page, "attachments-missing")}
    await files.get_by_label("File for images/").set_input_files(
        {"name": "office.png", "mimeType": "image/png", "buffer": PNG}
    )
    await files.get_by_role("listitem").filter(has_text="not uploaded").get_by_role("button", name="Upload").click()
    await expect(files).not_to_contain_text("not uploaded yet")
    await expect(page.get_by_text("With Our offer.pdf")).to_be_visible()
    frame = page.locator("[id='step:one'] iframe")
    await frame.scroll_into_view_if_needed()
    await expect(frame.content_frame.get_by_alt_text("Our office")).to_have_js_property("naturalWidth", 1)
    found["there"] = await look_everywhere(page, "attachments")
    # What cannot go with a mail says why, and asks for another one.
    await files.get_by_label("Add a picture").set_input_files(
        {"name": "logo.png", "mimeType": "image/png", "buffer": b"GIF89a"}
    )
    await files.get_by_role("button", name="Upload").last.click()
    await expect(page.get_by_role("alert").filter(has_text="does not match")).to_be_visible()
    found["refused"] = await look_everywhere(page, "attachments-refused")
    await page.get_by_label("Add a picture").set_input_files(
        {"name": "logo.gif", "mimeType": "image/gif", "buffer": b"GIF89a"}
    )
    await page.get_by_role("button", name="Upload").click()
    await files.get_by_role("button", name="Remove logo.gif").click()
    await expect(page.get_by_role("status")).to_contain_text("Removed from the message.")
    await page.get_by_role("link", name="Compare and publish").click()
    await expect(page.get_by_text("New: files/hello/one/Our offer.pdf")).to_be_visible()
    found["changes"] = await look_everywhere(page, "attachments-changes")
    await page.get_by_role("button", name="Publish version 2").click()
    await expect(page.get_by_role("status")).to_contain_text("Published.")
    # What is planned is seen as it will arrive.
    await console.api.enrolling.enroll(EntryRequest("hello", "n-1", "p1"))
    await page.goto(f"{console.url}/console/calendar")
    await page.get_by_role("link", name="See it").first.click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_contain_text("Our offer.pdf")
    await expect(dialog.locator("iframe").content_frame.get_by_role("heading", name="Hi Ann")).to_be_visible()
    found["planned"] = await look_everywhere(page, "planned-html")
    assert found == {name: [] for name in found}
    # The page of the file that was refused.
    assert [each for each in wrong if "422" not in each] == []
