"""Drafts: begun from what is published, saved by two at once, discarded, and published."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sequences.errors import NotFoundError, RefusedError
from services.drafts.check_draft import check_draft
from services.drafts.compare import compare_with_published
from services.drafts.draft import (
    SEQUENCE_FILE,
    DraftConflictError,
    DraftFile,
    SavedBy,
    SequenceDraft,
    begin_draft,
    discard_draft,
    find_draft,
    save_file,
)
from services.drafts.publish_draft import PublishDraft, Publishing
from services.publishing.preview import asking
from tests.support.rigs.api import ApiRig, open_api_rig, settings_for
from tests.support.screens.written import ONE, SOURCE, TEMPLATES, TWO, publish_written


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url) as api:
        await publish_written(api)
        yield api


async def find(api: ApiRig, sequence: str = "hello") -> SequenceDraft:
    async with api.database.transaction() as connection:
        return await find_draft(connection, api.versions, sequence)


async def save(api: ApiRig, path: str, text: str | None, mark: str, by: str = "u1") -> SequenceDraft:
    async with api.database.transaction() as connection:
        wanted = DraftFile(path, text, mark)
        return await save_file(connection, api.versions, "hello", wanted, SavedBy(by, api.now))


async def test_it_begins_from_what_is_published_letter_by_letter(api: ApiRig) -> None:
    draft = await find(api)
    assert (draft.revision, draft.newest, draft.files) == (0, 1, {SEQUENCE_FILE: SOURCE, **TEMPLATES})
    with pytest.raises(NotFoundError):
        await find(api, "unknown")
    # Of a version without its file, the text is made.
    await api.execute("DELETE FROM sequence_source")
    made = await find(api)
    assert "# office hours" not in made.source
    async with api.database.transaction() as connection:
        assert (await check_draft(connection, made, {})).good


async def test_it_is_saved_and_counts_its_revisions(api: ApiRig) -> None:
    draft = await find(api)
    await save(api, ONE, "Subject: Hi\n\nHi\n", draft.mark_of(ONE))
    again = await find(api)
    assert (again.revision, again.files[ONE], again.files[TWO]) == (1, "Subject: Hi\n\nHi\n", TEMPLATES[TWO])
    # The same again is no revision, whatever it was made from.
    await save(api, ONE, "Subject: Hi\n\nHi\n", draft.mark_of(ONE))
    assert (await find(api)).revision == 1
    assert TWO not in (await save(api, TWO, None, draft.mark_of(TWO))).files
    for path in ("../x.sms.txt", "x.exe", ""):
        with pytest.raises(RefusedError):
            await save(api, path, "x", SequenceDraft("x", 0, {}).mark_of("x"))


async def test_two_change_the_same_text(api: ApiRig) -> None:
    draft = await find(api)
    await save(api, ONE, "Subject: A\n\nA\n", draft.mark_of(ONE))
    with pytest.raises(DraftConflictError) as refused:
        await save(api, ONE, "Subject: B\n\nB\n", draft.mark_of(ONE), "u2")
    theirs = refused.value.theirs
    assert (theirs.files[ONE], refused.value.mine.text) == ("Subject: A\n\nA\n", "Subject: B\n\nB\n")
    # Another file of the same draft is nobody's conflict.
    await save(api, TWO, "Subject: B\n\nB\n", draft.mark_of(TWO), "u2")
    # Who has seen both may choose.
    await save(api, ONE, "Subject: B\n\nB\n", theirs.mark_of(ONE), "u2")
    assert (await find(api)).revision == 3


async def test_a_draft_that_was_published_or_discarded_meanwhile(api: ApiRig) -> None:
    draft = await find(api)
    saved = await save(api, ONE, "Subject: A\n\nA\n", draft.mark_of(ONE))
    async with api.database.transaction() as connection:
        assert not await discard_draft(connection, "hello", "another")
        assert await discard_draft(connection, "hello", saved.mark)
        assert not await discard_draft(connection, "hello")
    with pytest.raises(DraftConflictError):
        await save(api, ONE, "Subject: B\n\nB\n", saved.mark_of(ONE))
    await save(api, TWO, "Subject: B\n\nB\n", draft.mark_of(TWO))
    await publish_written(api, one="Subject: From a file\n\nHi {{ person.first_name }}\n")
    assert (await find(api)).overtaken


async def test_the_first_draft_of_a_new_sequence(api: ApiRig) -> None:
    new = SequenceDraft("fresh", 0, {SEQUENCE_FILE: SOURCE.replace("hello\n", "fresh\n", 1), **TEMPLATES})
    async with api.database.transaction() as connection:
        await begin_draft(connection, new, SavedBy("u1", api.now))
    assert (await find(api, "fresh")).based_on is None
    for name in ("fresh", "hello"):
        with pytest.raises(RefusedError):
            async with api.database.transaction() as connection:
                await begin_draft(connection, replace(new, sequence=name), SavedBy("u1", api.now))


async def test_it_is_checked_as_files_are(api: ApiRig) -> None:
    draft = await find(api)
    async with api.database.transaction() as connection:
        assert (await check_draft(connection, draft, {})).good
        files = {**draft.files, SEQUENCE_FILE: SOURCE.replace("email: hello/two", "email: hello/three")}
        files[ONE] = files[ONE].replace("first_name", "frist_name")
        found = await check_draft(connection, replace(draft, files=files), {})
        assert not found.good
        problems = [(each.file, each.line, each.message) for each in found.checked.problems]
        assert (ONE, 1, "Unknown field 'person.frist_name', did you mean 'person.first_name'?") in problems
        assert any(file == SEQUENCE_FILE and line == 18 and "hello/three" in words for file, line, words in problems)
        assert not any("/tmp" in words for _, _, words in problems)
        renamed = {**draft.files, SEQUENCE_FILE: SOURCE.replace("sequence: hello", "sequence: bye")}
        assert not (await check_draft(connection, replace(draft, files=renamed), {})).good
        assert not (await check_draft(connection, replace(draft, files={SEQUENCE_FILE: "a: [\n"}), {})).good


async def test_it_is_compared_and_published(api: ApiRig) -> None:
    publishing = Publishing(api.versions, asking(settings_for("postgresql://nobody")), {})
    draft = await find(api)
    async with api.database.transaction() as connection:
        assert not await compare_with_published(connection, api.versions, draft)
    draft = await save(api, TWO, TEMPLATES[TWO].replace("Again", "Once more"), draft.mark_of(TWO))
    async with api.database.transaction() as connection:
        (diff,) = (await compare_with_published(connection, api.versions, draft)).texts
    assert (diff.path, diff.added, diff.removed) == (TWO, 1, 1)
    with pytest.raises(RefusedError):
        await publishing.publish(api.database, PublishDraft("hello", "another"), api.now)
    done = await publishing.publish(api.database, PublishDraft("hello", draft.mark), api.now)
    assert (done.version, done.new) == (2, True)
    after = await find(api)
    assert (after.revision, after.newest, after.source) == (0, 2, SOURCE)
    # Pressed twice: nothing is published again.
    done = await publishing.publish(api.database, PublishDraft("hello", after.mark), api.now)
    assert (done.version, done.new) == (2, False)


async def test_a_draft_with_an_error_is_not_published(api: ApiRig) -> None:
    publishing = Publishing(api.versions, asking(settings_for("postgresql://nobody")), {})
    draft = await find(api)
    draft = await save(api, ONE, "no subject\n", draft.mark_of(ONE))
    with pytest.raises(RefusedError):
        await publishing.publish(api.database, PublishDraft("hello", draft.mark), api.now)
    assert (await find(api)).revision == 1
