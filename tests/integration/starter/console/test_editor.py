"""The editor as pages: a draft is written, compared and published; two users at once lose nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio

from sequences.access.role import PeopleVisible, Role
from services.access.audit import CLI
from services.drafts.draft import mark_of
from services.enrolling.enroll import EntryRequest
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from starter.local.mail_capture import MailCapture, list_mail
from tests.support.rigs.api import settings_for
from tests.support.screens.html import parse
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.samples import LEAD
from tests.support.screens.written import ONE, SOURCE, TEMPLATES, TWO, publish_written

EDIT = "/sequences/hello/edit"


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, LEAD) as console:
        await publish_written(console.api)
        yield console


async def marks(console: ConsoleRig) -> dict[str, str]:
    """What a save of each file says, by path."""
    root = parse(await console.page(f"{EDIT}?beside=1"))
    found = {}
    for form in root.xpath("//form[.//textarea[@name='text']]"):
        (path,), (mark,) = form.xpath(".//input[@name='file']/@value"), form.xpath(".//input[@name='mark']/@value")
        found[path] = mark
    return found


async def save(console: ConsoleRig, path: str, text: str, mark: str) -> str:
    # A browser ends lines with two characters.
    answer = await console.act(f"{EDIT}/text", file=path, text=text.replace("\n", "\r\n"), mark=mark)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def mark_of_draft(console: ConsoleRig) -> str:
    page = await console.page(f"{EDIT}/changes")
    found = re.search(r'name="mark" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def test_a_draft_is_written_compared_and_published(console: ConsoleRig) -> None:
    page = await console.page(EDIT)
    assert ("As published: version 1." in page, "no errors" in page) == (True, True)
    assert "The draft says what is published." in await console.page(f"{EDIT}/changes")
    await save(console, TWO, TEMPLATES[TWO].replace("Again", "Once <b>more"), (await marks(console))[TWO])
    page = await console.page(EDIT)
    assert "Draft, saved by somebody, " in page
    assert "Once &lt;b&gt;more" in page
    page = await console.page(f"{EDIT}/changes")
    assert "+ Subject: Once &lt;b&gt;more" in page
    assert "- Subject: Again" in page
    answer = await console.act(f"{EDIT}/publish", mark=await mark_of_draft(console))
    assert answer.headers["location"].endswith("/sequences/hello?view=versions&said=draft_published")
    assert "As published: version 2." in await console.page(EDIT)
    (row,) = await console.api.fetch("SELECT text FROM sequence_source WHERE version = 2")
    assert row["text"] == SOURCE
    (draft,) = await console.api.fetch("SELECT count(*) AS n FROM sequence_draft")
    assert draft["n"] == 0


async def test_mistakes_are_said_where_they_are_and_are_not_published(console: ConsoleRig) -> None:
    wrong = SOURCE.replace("7 days after one", "7 dais after one").replace("email: hello/two", "email: hello/three")
    await save(console, "sequence.yaml", wrong, (await marks(console))["sequence.yaml"])
    page = await console.page(f"{EDIT}?beside=1")
    for words in (
        "has errors",
        "Line 16",
        "did you mean",
        "hello/three.email.txt",
        "not written yet",
        "that no step uses",
    ):
        assert words in page, words
    page = await console.page(f"{EDIT}/changes")
    assert "cannot be published" in page
    assert f"{EDIT}/publish" not in page
    assert (await console.act(f"{EDIT}/publish", mark="any")).status_code == 409
    assert (await console.api.fetch("SELECT max(version) AS n FROM sequence_version"))[0]["n"] == 1


async def test_a_sender_that_is_no_active_mailbox_is_a_warning(console: ConsoleRig) -> None:
    named = SOURCE.replace("record: person\n", "record: person\nsender: pool outreach\n", 1)
    await save(console, "sequence.yaml", named, (await marks(console))["sequence.yaml"])
    words = "No mailbox belongs to the pool"
    assert words in await console.page(EDIT)
    assert words in await console.page(f"{EDIT}/changes"), "and so is it before a publish"
    wanted = MailboxChanges(pool="outreach")
    async with console.api.database.transaction() as connection:
        await KeepMailboxes(()).add(connection, CLI, "out1@agency.example", wanted, console.api.clock())
    assert words not in await console.page(EDIT), "the draft is the same, and the mailboxes are not"
    answer = await console.act(f"{EDIT}/publish", mark=await mark_of_draft(console))
    assert answer.status_code == 303


async def test_two_users_at_once(console: ConsoleRig) -> None:
    seen = (await marks(console))[ONE]
    await save(console, ONE, "Subject: Lea\n\nLea's\n", seen)
    console.see(user_id="u9", name="Max")
    answer = await console.act(f"{EDIT}/text", file=ONE, text="Subject: Max\n\nMax's\n", mark=seen)
    assert answer.status_code == 409
    for words in ("Somebody else changed this meanwhile", "- Lea&#39;s", "+ Max&#39;s", "Keep theirs"):
        assert words in answer.text, words
    # Both texts are on the page, and saving the own one from there counts.
    root = parse(answer.text)
    (form,) = root.xpath("//form[contains(@action, '/edit/text')]")
    (mark,), (text,) = form.xpath(".//input[@name='mark']/@value"), form.xpath(".//textarea/text()")
    await save(console, ONE, text, mark)
    assert "Max&#39;s" in await console.page(EDIT)
    # What somebody looked at is published, and nothing else.
    answer = await console.act(f"{EDIT}/publish", mark="of another draft")
    assert answer.status_code == 409
    assert "somebody changed the draft meanwhile" in answer.text


async def test_a_draft_is_discarded(console: ConsoleRig) -> None:
    await save(console, ONE, "Subject: x\n\nx\n", (await marks(console))[ONE])
    page = await console.page(f"{EDIT}/discard")
    assert "Version 1 stays." in page
    found = re.search(r'name="mark" value="([^"]+)"', page)
    assert found is not None
    assert (await console.act(f"{EDIT}/discard", mark="other")).headers["location"].endswith("said=draft_changed")
    answer = await console.act(f"{EDIT}/discard", mark=found[1])
    assert answer.headers["location"].endswith("/edit?said=draft_discarded")
    assert "As published" in await console.page(EDIT)


async def test_who_may(console: ConsoleRig) -> None:
    console.see(role=Role.RECRUITER)
    assert "Edit" in await console.page("/sequences/hello")
    await save(console, ONE, "Subject: x\n\nx\n", (await marks(console))[ONE])
    assert "Ask a lead or an admin to publish it." in await console.page(f"{EDIT}/changes")
    assert (await console.act(f"{EDIT}/publish", mark="any")).status_code == 403
    console.see(role=Role.AUDITOR)
    assert f"{EDIT}" not in await console.page("/sequences/hello")
    await console.page(EDIT, 403)


async def test_what_is_no_file_of_a_sequence(console: ConsoleRig) -> None:
    for path in ("../../x.email.txt", "x.py", "", "Ä.sms.txt"):
        answer = await console.act(f"{EDIT}/text", file=path, text="x", mark="e3b0c44298fc1c149afb")
        assert answer.status_code == 409, path
    await console.page("/sequences/unknown/edit", 404)
    assert (await console.act("/sequences/unknown/edit/text", file=ONE, text="x", mark="x")).status_code == 404


async def act(console: ConsoleRig, what: str, mark: str, **form: str) -> str:
    """One press on a card; where it leads."""
    answer = await console.act(f"{EDIT}/{what}", fragment=False, mark=mark, **form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def source_of(console: ConsoleRig) -> str:
    (row,) = await console.api.fetch("SELECT files ->> 'sequence.yaml' AS source FROM sequence_draft")
    return str(row["source"])


async def mark_of_file(console: ConsoleRig) -> str:
    return (await marks(console))["sequence.yaml"]


async def test_cards_say_when_and_what(console: ConsoleRig) -> None:
    assert "Written for nobody yet" in await console.text(EDIT)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example")
    await console.api.person("p2", first_name="Ben", last_name="Ray", email="ben@client.example", job_title="Clerk")
    text = await console.text(f"{EDIT}?who=ben")
    for words in (
        *("Written for Ben Ray", "1. E-mail one", "At enrollment", "Tue 4 May 2027, 11:00", "(10:00 there)"),
        *("7 days after one, at 09:30", "Tue 11 May 2027, 10:30", "3. Task for a person ring", "Hello Ben"),
        *("To ben@client.example", "People who lack one of these do not get it: Job title", "A positive reply"),
    ):
        assert words in text, words
    # What somebody lacks is said at the card.
    text = await console.text(f"{EDIT}?person=p1")
    assert "Ann Ray would not get this message." in text
    assert "person.job_title" in text
    # Two of them: a choice.
    assert f'href="/console{EDIT}?person=p2"' in await console.page(f"{EDIT}?who=ray")
    assert "Nobody whom you see matches." in await console.text(f"{EDIT}?who=nobody")
    await console.page(f"{EDIT}?person=unknown", 404)


async def test_a_first_mail_that_cannot_be_read_keeps_only_mails_from_being_shown(console: ConsoleRig) -> None:
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example", job_title="Clerk")
    text = TEMPLATES[ONE].replace("\n", "\nAttach: files/offer.pdf\n", 1)
    await save(console, ONE, text, (await marks(console))[ONE])
    page = await console.page(f"{EDIT}?person=p1")
    for words in ("The folder of templates has no file", "the text of a step before it has an error"):
        assert words in page


async def test_the_html_of_a_mail_is_framed_and_can_do_nothing(console: ConsoleRig) -> None:
    await console.api.person("p1", first_name="<script>x</script>", email="ann@client.example")
    page = await console.page(f"{EDIT}?person=p1")
    (frame,) = parse(page).xpath("//iframe")
    assert (frame.get("sandbox"), "<script>x" in page) == ("", False)
    answer = await console.http.get(frame.get("src"))
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self'; sandbox")
    assert "script" not in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert ("&lt;script&gt;" in answer.text, "<script" in answer.text) == (True, False)
    # Of somebody whom the viewer does not see there is nothing.
    await console.api.execute("UPDATE person SET owner_id = 'o9'")
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert "Written for nobody yet" in await console.text(f"{EDIT}?person=p1")
    assert (await console.http.get(frame.get("src"))).text == ""


async def test_steps_are_moved_timed_added_and_removed(console: ConsoleRig) -> None:
    where = await act(console, "steps/ring/up", await mark_of_file(console), person="p1", beside="1")
    assert where.endswith("/edit?person=p1&beside=1&said=draft_saved#step:ring")
    assert [line.strip() for line in (await source_of(console)).splitlines() if "id:" in line] == [
        "- id: one",
        '- {id: ring, when: 2 days after two, task: "Call {{ person.first_name }}"}',
        "- id: two            # a week later",
    ]
    # What is wrong now is said at its card, and there is a way back.
    assert "has errors" in await console.text(EDIT)
    await act(console, "steps/ring/place", await mark_of_file(console), place="2")
    assert await source_of(console) == SOURCE
    timing = {"amount": "2", "unit": "business days", "at": "10:00"}
    await act(console, "steps/two/timing", await mark_of_file(console), base="step:one", **timing)
    wanted = SOURCE.replace("7 days after one", "2 business days after one").replace("at: 09:30", "at: 10:00")
    assert await source_of(console) == wanted
    await act(console, "steps/two/timing", await mark_of_file(console), base="")
    assert "when: 2 business" not in await source_of(console)
    new = {"name": "Good luck!", "after": "one", "base": "step:one", "amount": "1", "unit": "days"}
    where = await act(console, "steps", await mark_of_file(console), kind="sms", **new)
    assert where.endswith("#step:good-luck")
    assert "  - id: good-luck\n    when: 1 day after one\n    sms: hello/good-luck\n" in await source_of(console)
    assert "hello/good-luck.sms.txt" in await console.page(EDIT)
    await act(console, "steps/good-luck/remove", await mark_of_file(console))
    assert "good-luck" not in await source_of(console)
    assert "1 message that no step uses" in await console.text(EDIT)
    for bad in ("steps/unknown/up", "steps/unknown/remove"):
        assert (await console.act(f"{EDIT}/{bad}", mark=await mark_of_file(console))).status_code == 404
    assert (await console.act(f"{EDIT}/steps", kind="fax", mark=await mark_of_file(console))).status_code == 409
    assert (await console.act(f"{EDIT}/steps/one/eat", mark="x")).status_code == 422


async def test_a_card_of_an_old_page_is_a_conflict_too(console: ConsoleRig) -> None:
    seen = await mark_of_file(console)
    await act(console, "steps/ring/up", seen)
    answer = await console.act(f"{EDIT}/steps/one/remove", mark=seen)
    assert answer.status_code == 409
    assert "-   - id: one" in answer.text
    answer = await console.act(f"{EDIT}/steps", mark=seen, kind="call", name="x", after="one")
    assert answer.status_code == 409


async def test_htmx_gets_the_cards_alone(console: ConsoleRig) -> None:
    part = await console.fragment(EDIT)
    assert part.strip().startswith('<div id="editor"')


async def test_a_file_that_cannot_be_read_is_edited_as_a_file(console: ConsoleRig) -> None:
    await save(console, "sequence.yaml", "steps: [\n", await mark_of_file(console))
    text = await console.text(EDIT)
    assert "The steps cannot be shown as cards until the file can be read." in text
    assert "This is not YAML" in text


@pytest_asyncio.fixture
async def mailing(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[ConsoleRig, MailCapture]]:
    """A console whose mails are captured."""
    capture = MailCapture(tmp_path / "mail")
    await capture.start()
    own: dict[str, Any] = {
        "smtp_port": capture.port,
        "smtp_tls": "none",
        "mail_domain": "agency.example",
        "mailbox_limits": "none",
    }
    settings = settings_for(database_url, public_url="https://relance.agency.example", **own)
    async with open_console_rig(database_url, LEAD, settings=settings) as console:
        await publish_written(console.api)
        yield console, capture
    await capture.stop()


async def test_a_test_goes_to_the_one_who_writes(mailing: tuple[ConsoleRig, MailCapture]) -> None:
    console, capture = mailing
    await console.api.person("p1", first_name="Ann", email="ann@client.example")
    await save(console, ONE, TEMPLATES[ONE].replace("Hello", "From the draft"), (await marks(console))[ONE])
    for _ in range(2):
        answer = await console.act(f"{EDIT}/test/one", key="pressed", to="p1")
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].endswith("said=test_sent#step:one")
    (mail,) = list_mail(capture.folder)
    sent = (capture.folder / mail.file).read_text()
    assert ("To: lea.d@agency.example" in sent, "[Test] From the draft Ann" in sent) == (True, True)
    # Of several wordings, the one that is asked for.
    mark = await mark_of_file(console)
    answer = await console.act(f"{EDIT}/steps/one/form/wordings", mark=mark, do="subject", subject="Another")
    assert answer.status_code == 303, answer.text
    for wording, status in (("second", 303), ("third", 404)):
        assert (await console.act(f"{EDIT}/test/one", to="p1", wording=wording)).status_code == status
    assert any("[Test] Another" in (capture.folder / each.file).read_text() for each in list_mail(capture.folder))
    # A step that sends nothing, a person who lacks a field, and one who is not there.
    for step, person, status in (("ring", "p1", 409), ("two", "p1", 422), ("one", "p9", 404), ("none", "p1", 404)):
        assert (await console.act(f"{EDIT}/test/{step}", to=person)).status_code == status, step
    await console.api.execute("UPDATE person SET owner_id = 'o9'")
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert (await console.act(f"{EDIT}/test/one", to="p1")).status_code == 403


async def test_after_publishing_open_runs_are_offered_to_move(console: ConsoleRig) -> None:
    await console.api.person("p1", first_name="Ann", email="ann@client.example")
    await console.api.enrolling.enroll(EntryRequest("hello", "n-1", "p1"))
    await console.api.execute("UPDATE enrollment SET state = 'active'")
    await save(console, ONE, TEMPLATES[ONE].replace("Hello", "Hi"), (await marks(console))[ONE])
    # For the person of the newest run, when nobody is chosen.
    text = await console.text(EDIT)
    assert "Written for Ann" in text
    assert "1 open run stays on its version" in await console.text(f"{EDIT}/changes")
    answer = await console.act(f"{EDIT}/publish", mark=await mark_of_draft(console))
    assert answer.headers["location"].endswith("/sequences/hello/move?said=draft_published")
    assert "Ann" in await console.page("/sequences/hello/move?said=draft_published")


PDF = b"%PDF-1.7 <script>"


async def attach(console: ConsoleRig, name: str, content: bytes, **form: str) -> httpx.Response:
    """Uploads a file to the first message; the key is new unless one is given."""
    fields = {"key": secrets.token_hex(8), "template": "hello/one", "as": "attached", **form}
    return await console.http.post(f"/console{EDIT}/attachments", data=fields, files={"file": (name, content)})


async def test_a_pdf_goes_with_a_mail(mailing: tuple[ConsoleRig, MailCapture]) -> None:
    console, capture = mailing
    await console.api.person("p1", first_name="Ann", email="ann@client.example")
    for _ in range(2):
        answer = await attach(console, "Offer é.pdf", PDF, key="k" * 20, person="p1")
        assert answer.status_code == 303, answer.text
        where = "/edit?person=p1&said=file_attached#attachments:hello/one"
        assert answer.headers["location"].endswith(where)
    (draft,) = await console.api.fetch("SELECT revision FROM sequence_draft")
    assert draft["revision"] == 1
    page = await console.page(f"{EDIT}?person=p1")
    for words in ("Attach: files/hello/one/Offer é.pdf", "With Offer é.pdf", "17 Bytes", "no errors"):
        assert words in page, words
    # As bytes, whatever is in it: a browser keeps it, and opens nothing.
    (link,) = parse(page).xpath("//a[@download]")
    file = await console.http.get(link.get("href"))
    assert (file.content, file.headers["content-type"]) == (PDF, "application/octet-stream")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''Offer%20%C3%A9.pdf"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-security-policy"].endswith("sandbox")
    # The test has it, and so has what is published.
    await console.act(f"{EDIT}/test/one", to="p1")
    (mail,) = list_mail(capture.folder)
    assert "Content-Disposition: attachment" in (capture.folder / mail.file).read_text()
    changes = await console.text(f"{EDIT}/changes")
    assert "New: files/hello/one/Offer é.pdf" in changes
    await console.act(f"{EDIT}/publish", mark=await mark_of_draft(console))
    assert "New: files/hello/one/Offer é.pdf" in await console.text("/sequences/hello/compare?from=1&to=2")
    # It is there before anybody saves the next draft, and goes with its line.
    assert (await console.http.get(link.get("href"))).content == PDF
    gone = await console.act(f"{EDIT}/attachments/remove", template="hello/one", path="files/hello/one/Offer é.pdf")
    assert gone.headers["location"].endswith("/edit?said=file_detached#attachments:hello/one")
    assert "Gone: files/hello/one/Offer é.pdf" in await console.text(f"{EDIT}/changes")
    assert (await console.http.get(link.get("href"))).status_code == 404


async def test_files_that_are_not_taken(console: ConsoleRig) -> None:
    for name, content, why in (
        ("offer.exe", b"MZ", "cannot be an attachment"),
        ("offer.pdf", b"MZ", "does not match"),
        ("", b"", "Choose a file first"),
    ):
        answer = await attach(console, name, content, person="p1")
        assert (answer.status_code, why.lower() in answer.text.lower()) == (422, True), answer.text
        # To try again, without losing the place.
        (form,) = parse(answer.text).xpath("//main//form")
        fields = {each.get("name"): each.get("value") for each in form.xpath(".//input")}
        assert fields.items() >= {"template": "hello/one", "as": "attached", "person": "p1"}.items()
    assert (await attach(console, "x.pdf", b"x" * (9 * 1024 * 1024))).status_code == 413
    assert (await attach(console, "x.pdf", PDF, template="hello/none")).status_code == 404
    assert (await console.act(f"{EDIT}/attachments", template="hello/one")).status_code == 422
    assert (await console.http.get(f"/console{EDIT}/attachments/{'0' * 64}")).status_code == 404
    assert await console.api.fetch("SELECT FROM sequence_draft") == []
    await save(console, ONE, TEMPLATES[ONE] + "x", (await marks(console))[ONE])
    assert (await console.http.get(f"/console{EDIT}/attachments/{'0' * 64}")).status_code == 404


async def test_pictures_are_in_the_preview(console: ConsoleRig) -> None:
    await console.api.person("p1", first_name="Ann", email="ann@client.example")
    html = "hello/one.email.html"
    await save(console, html, '<p>Hi</p><img src="images/a.png" alt="">\n{{ organisation_footer }}\n', mark_of(""))
    assert "not uploaded yet" in await console.page(EDIT)
    picture = b"\x89PNG\r\n\x1a\n"
    for path in ("images/a.png", ""):
        answer = await attach(console, "b.png", picture, path=path, **{"as": "shown"})
        assert answer.status_code == 303, answer.text
    frame = await console.http.get(f"/console{EDIT}/preview/one?person=p1")
    assert frame.text.count("data:image/png;base64,") == 2
