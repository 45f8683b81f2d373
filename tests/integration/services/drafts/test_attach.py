"""Files of drafts: kept once, within limits, gone with the draft, published, and compared."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.templates.files import MAX_FILE
from sequences.errors import NotFoundError, RefusedError, TemplateError
from services.drafts import attach
from services.drafts.attach import NamedAttachment, NewAttachment, attach_file, detach_file
from services.drafts.check_draft import check_draft
from services.drafts.compare import compare_versions, compare_with_published
from services.drafts.draft import DraftFile, SavedBy, SequenceDraft, discard_draft, find_draft, save_file
from services.drafts.new_draft import NewSequence, begin_sequence_draft
from services.drafts.publish_draft import PublishDraft, Publishing
from services.publishing.preview import asking
from tests.support.rigs.api import ApiRig, open_api_rig, settings_for
from tests.support.screens.written import ONE, TEMPLATES, TWO, publish_written

PDF, PNG = b"%PDF-1.7 offer", b"\x89PNG\r\n\x1a\n logo"
ONE_HTML = "hello/one.email.html"
OFFER = "files/hello/one/offer.pdf"


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url) as api:
        await publish_written(api)
        yield api


async def find(api: ApiRig, sequence: str = "hello") -> SequenceDraft:
    async with api.database.transaction() as connection:
        return await find_draft(connection, api.versions, sequence)


async def upload(api: ApiRig, name: str, content: bytes, template: str = "hello/one", **more: object) -> SequenceDraft:
    new = NewAttachment(template, name, content, bool(more.get("shown")), str(more.get("path", "")))
    async with api.database.transaction() as connection:
        return await attach_file(connection, api.versions, "hello", new, SavedBy("u1", api.now))


async def detach(api: ApiRig, template: str, path: str) -> SequenceDraft:
    async with api.database.transaction() as connection:
        named = NamedAttachment(template, path)
        return await detach_file(connection, api.versions, "hello", named, SavedBy("u1", api.now))


async def write(api: ApiRig, path: str, text: str) -> None:
    draft = await find(api)
    async with api.database.transaction() as connection:
        wanted = DraftFile(path, text, draft.mark_of(path))
        await save_file(connection, api.versions, "hello", wanted, SavedBy("u1", api.now))


async def problems(api: ApiRig, draft: SequenceDraft) -> list[str]:
    async with api.database.transaction() as connection:
        return [each.message for each in (await check_draft(connection, draft, {})).checked.problems]


async def kept(api: ApiRig) -> list[bytes]:
    rows = await api.fetch("SELECT content FROM draft_file ORDER BY sequence, content")
    return [bytes(row["content"]) for row in rows]


async def test_a_file_is_kept_named_and_published(api: ApiRig) -> None:
    draft = await upload(api, "C:\\docs\\offer.pdf", PDF)
    assert draft.files[ONE] == TEMPLATES[ONE].replace("}}\n", f"}}}}\nAttach: {OFFER}\n", 1)
    # The same again is no revision; the same bytes for another message are kept once.
    assert (await upload(api, "offer.pdf", PDF)).revision == draft.revision == 1
    draft = await upload(api, "offer.pdf", PDF, "hello/two")
    assert (list(draft.attachments), await kept(api)) == ([OFFER, OFFER.replace("one", "two")], [PDF])
    assert await problems(api, draft) == []
    async with api.database.transaction() as connection:
        comparison = await compare_with_published(connection, api.versions, draft)
    assert [(each.path, each.change) for each in comparison.attachments] == [
        (path, "added") for path in sorted(draft.attachments)
    ]
    publishing = Publishing(api.versions, asking(settings_for("postgresql://nobody")), {})
    done = await publishing.publish(api.database, PublishDraft("hello", draft.mark), api.now)
    (row,) = await api.fetch("SELECT templates FROM sequence_version WHERE version = $1", done.version)
    assert row["templates"]["hello/one"]["files"] == [
        {"path": OFFER, "data": base64.b64encode(PDF).decode(), "inline": False}
    ]
    # The draft is gone, and its files with it; the next one begins from what is published.
    assert await kept(api) == []
    draft = await upload(api, "offer.pdf", PDF + b" 2")
    assert sorted(await kept(api)) == [PDF, PDF + b" 2"]
    async with api.database.transaction() as connection:
        (changed,) = (await compare_with_published(connection, api.versions, draft)).attachments
        between = await compare_versions(connection, api.versions, "hello", (1, 2))
    assert (changed.path, changed.change) == (OFFER, "changed")
    assert [each.change for each in between.attachments] == ["added", "added"]
    draft = await detach(api, "hello/two", OFFER.replace("one", "two"))
    assert await kept(api) == [PDF + b" 2"]
    async with api.database.transaction() as connection:
        comparison = await compare_with_published(connection, api.versions, draft)
    assert [each.change for each in comparison.attachments] == ["changed", "dropped"]


async def test_who_publishes_has_seen_the_files_too(api: ApiRig) -> None:
    seen = (await upload(api, "offer.pdf", PDF)).mark
    await upload(api, "offer.pdf", PDF + b" of somebody else")
    publishing = Publishing(api.versions, asking(settings_for("postgresql://nobody")), {})
    with pytest.raises(RefusedError, match="meanwhile"):
        await publishing.publish(api.database, PublishDraft("hello", seen), api.now)
    async with api.database.transaction() as connection:
        assert not await discard_draft(connection, "hello", seen)
        assert await discard_draft(connection, "hello", (await find_draft(connection, api.versions, "hello")).mark)
    assert await kept(api) == []


async def test_pictures_are_shown_in_the_html(api: ApiRig) -> None:
    with pytest.raises(RefusedError, match="no HTML"):
        await upload(api, "logo.png", PNG, shown=True)
    await write(api, ONE_HTML, '<p>Hi</p>\n<p><img src="images/sign.png" alt=""></p>\n{{ organisation_footer }}\n')
    assert any("images/sign.png" in each for each in await problems(api, await find(api)))
    draft = await upload(api, "any.png", PNG, shown=True, path="images/sign.png")
    assert await problems(api, draft) == []
    draft = await upload(api, "Our logo (2).png", PNG + b"2", shown=True)
    path = "images/hello/one/Our-logo-2-.png"
    assert f'<img src="{path}" alt="Our logo 2"' in draft.files[ONE_HTML]
    assert await problems(api, draft) == []
    with pytest.raises(NotFoundError):
        await upload(api, "any.png", PNG, shown=True, path="images/other.png")
    draft = await detach(api, "hello/one", path)
    draft = await detach(api, "hello/one", "images/sign.png")
    assert (draft.files[ONE_HTML], draft.attachments) == ("<p>Hi</p>\n{{ organisation_footer }}\n", {})


async def test_what_another_message_attaches_stays_as_it_is(api: ApiRig) -> None:
    for path in (ONE, TWO):
        await write(api, path, TEMPLATES[path].replace("\n", "\nAttach: files/terms.pdf\n", 1))
    # Named by both, and not there yet: one upload serves both.
    draft = await upload(api, "x.pdf", PDF, path="files/terms.pdf")
    assert await problems(api, draft) == []
    draft = await upload(api, "terms.pdf", PDF + b" new")
    own = "files/hello/one/terms.pdf"
    assert (f"Attach: {own}\n" in draft.files[ONE], "files/terms.pdf" in draft.files[ONE]) == (True, False)
    assert draft.attachments["files/terms.pdf"].size == len(PDF)
    # No message names it any more: it stays in the draft until somebody removes it.
    await write(api, TWO, TEMPLATES[TWO])
    assert "files/terms.pdf" in (await find(api)).attachments
    assert list((await detach(api, "", "files/terms.pdf")).attachments) == [own]
    # What a message names is not taken away from under it.
    assert list((await detach(api, "", own)).attachments) == [own]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("offer.exe", b"MZ", "'offer.exe' cannot be an attachment; allowed are csv"),
        ("offer", PDF, "cannot be an attachment"),
        ("offer.pdf", b"MZ", "does not match its file name extension"),
        ("offer.pdf", b"", "is empty"),
        ("offer.pdf", PDF + b"x" * MAX_FILE, "5.0 MB are allowed"),
        ("..", PDF, "cannot be an attachment"),
    ],
)
async def test_what_publishing_would_refuse_is_refused_at_once(
    api: ApiRig, name: str, content: bytes, why: str
) -> None:
    with pytest.raises(RefusedError, match=why):
        await upload(api, name, content)
    assert await kept(api) == []


async def test_limits_count_all_files(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attach, "MAX_FILES", 40)
    monkeypatch.setattr(attach, "MOST_OF_DRAFT", 60)
    await upload(api, "a.pdf", PDF + b"a" * 20)
    with pytest.raises(RefusedError, match="files of this mail"):
        await upload(api, "b.pdf", PDF)
    await upload(api, "b.pdf", PDF, "hello/two")
    with pytest.raises(RefusedError, match="files of this sequence"):
        await upload(api, "c.pdf", PDF + b"c" * 10, "hello/two")
    # What it has already counts once.
    await upload(api, "c.pdf", PDF, "hello/two")
    monkeypatch.setattr(attach, "MOST_FILES", 1)
    with pytest.raises(RefusedError, match="at most 1 files"):
        await upload(api, "d.txt", b"d", "hello/two")
    with pytest.raises(NotFoundError):
        await upload(api, "a.pdf", PDF, "hello/three")
    await write(api, ONE, "no subject\n")
    with pytest.raises(TemplateError):
        await upload(api, "c.txt", b"c")


async def test_a_copy_has_the_files_of_the_draft(api: ApiRig) -> None:
    await upload(api, "offer.pdf", PDF)
    async with api.database.transaction() as connection:
        wanted = NewSequence("again", "Again", copy_of="hello")
        draft = await begin_sequence_draft(connection, api.versions, wanted, SavedBy("u1", api.now))
    assert await kept(api) == [PDF, PDF]
    assert await problems(api, draft) == []
