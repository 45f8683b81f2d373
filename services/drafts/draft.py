"""The draft of a sequence: its texts, kept until they are published or discarded.

Whoever saves a text says which one was changed (``DraftFile.mark``). If another one is there by now, nothing is saved:
somebody has to choose between the two.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.templates.template_files import template_of
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.drafts.attached_file import AttachedFile, keep_contents, read_contents
from services.drafts.published_files import published_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions

SEQUENCE_FILE: Final = "sequence.yaml"
"""Path of the sequence itself; all others are templates."""
_MOST_FILES: Final = 500
_LONGEST: Final = 256 * 1024
"""Characters of one text: more than a sequence file or a template may have."""


@dataclass(frozen=True)
class SequenceDraft:
    """What is written of a sequence, saved or as published.

    Attributes:
        revision: counts how often it was saved; 0: it is what is published.
        files: texts by path: ``sequence.yaml``, and templates such as ``bd/introduce.email.txt``.
        attachments: what templates attach or show, by path; of a saved draft without their contents.
        based_on: newest version when it was begun; None: none was published.
        newest: newest version now.
        changed_by: name of who saved it last.
        changed_at: UTC.
    """

    sequence: str
    revision: int
    files: Mapping[str, str]
    attachments: Mapping[str, AttachedFile] = field(default_factory=dict)
    based_on: int | None = None
    newest: int | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None

    @property
    def source(self) -> str:
        """The text of the sequence itself."""
        return self.files.get(SEQUENCE_FILE, "")

    @property
    def overtaken(self) -> bool:
        """A version was published since it was begun, and it knows nothing of that."""
        return self.revision > 0 and self.newest is not None and self.newest != self.based_on

    @property
    def mark(self) -> str:
        """Of all texts and files: who publishes says with it what was looked at."""
        texts = [f"{path}\x1f{text}" for path, text in sorted(self.files.items())]
        return mark_of(
            "\x1e".join([*texts, *(f"{path}\x1f{file.sha256}" for path, file in sorted(self.attachments.items()))])
        )

    def mark_of(self, path: str) -> str:
        """Of one text."""
        return mark_of(self.files.get(path, ""))


@dataclass(frozen=True)
class DraftFile:
    """A text that somebody wants to save.

    Attributes:
        path: of the file.
        text: the new one; None: the file goes.
        mark: of the text that was changed.
    """

    path: str
    text: str | None
    mark: str


class DraftConflictError(RefusedError):
    """Somebody else saved another text meanwhile; nothing was saved.

    Attributes:
        theirs: the draft as it is now.
        mine: what was to be saved.
    """

    def __init__(self, theirs: SequenceDraft, mine: DraftFile) -> None:
        super().__init__(RequestRefused.CHANGED_MEANWHILE, f"somebody else changed {mine.path} meanwhile")
        self.theirs = theirs
        self.mine = mine


def mark_of(text: str) -> str:
    """Stands for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


async def find_draft(connection: Connection, versions: Versions, sequence: str) -> SequenceDraft:
    """The draft of a sequence, else what is published, as a draft that nobody has saved.

    Raises:
        NotFoundError: there is neither.
    """
    row = await queries.draft_of(connection, sequence=sequence)
    newest = await queries.newest_number(connection, sequence=sequence)
    if row is not None:
        return replace(_of_row(row), newest=newest)
    if newest is None:
        raise NotFoundError(f"there is no sequence {sequence!r}")
    text = await published_files(connection, versions, sequence, newest)
    files = {SEQUENCE_FILE: text.source, **text.templates}
    return SequenceDraft(sequence, 0, files, text.attachments, based_on=newest, newest=newest)


def _of_row(row: queries.DraftOfRow) -> SequenceDraft:
    return SequenceDraft(
        row.sequence,
        row.revision,
        row.files,
        {path: AttachedFile.from_json(file) for path, file in row.attachments.items()},
        based_on=row.based_on,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )


async def with_contents(connection: Connection, draft: SequenceDraft) -> SequenceDraft:
    """The draft with the contents of its attachments.

    Raises:
        NotFoundError: it was published or discarded meanwhile.
    """
    return replace(draft, attachments=await read_contents(connection, draft.sequence, draft.attachments))


async def begin_draft(connection: Connection, draft: SequenceDraft, saved: SavedBy) -> SequenceDraft:
    """Keeps the first draft of a sequence that is not published.

    Args:
        connection: in a transaction.
        draft: with its files; ``revision`` counts for nothing.
        saved: by whom.

    Raises:
        RefusedError: there is a draft or a version of that name already, or a text cannot be taken.
    """
    await queries.lock_sequence(connection, sequence=draft.sequence)
    taken = await queries.draft_of(connection, sequence=draft.sequence) is not None
    if taken or await queries.newest_number(connection, sequence=draft.sequence) is not None:
        raise RefusedError(RequestRefused.ALREADY_EXISTS, f"there is a sequence {draft.sequence} already")
    for path, text in draft.files.items():
        check_text(path, text)
    return await _put(connection, draft, saved)


@dataclass(frozen=True)
class SavedBy:
    """Who saves, and when.

    Attributes:
        user: id.
        at: UTC.
    """

    user: str
    at: datetime


async def save_file(
    connection: Connection, versions: Versions, sequence: str, wanted: DraftFile, saved: SavedBy
) -> SequenceDraft:
    """Saves one text of a draft; the first time it makes the draft of what is published.

    Args:
        connection: in a transaction.
        versions: of sequences.
        sequence: its name.
        wanted: what is to be saved.
        saved: by whom.

    Returns:
        The draft as it is now.

    Raises:
        NotFoundError: there is neither a draft nor a version.
        DraftConflictError: another text is there by now.
        RefusedError: the text cannot be taken.
    """
    draft = await locked_draft(connection, versions, sequence)
    if draft.files.get(wanted.path) == wanted.text:
        return draft
    if draft.mark_of(wanted.path) != wanted.mark:
        raise DraftConflictError(draft, wanted)
    return await put_files(connection, draft, {wanted.path: wanted.text}, saved)


async def locked_draft(connection: Connection, versions: Versions, sequence: str) -> SequenceDraft:
    """What ``find_draft`` finds, and nobody saves another one until this transaction is over."""
    await queries.lock_sequence(connection, sequence=sequence)
    return await find_draft(connection, versions, sequence)


async def put_files(
    connection: Connection, draft: SequenceDraft, changed: Mapping[str, str | None], saved: SavedBy
) -> SequenceDraft:
    """Saves texts of a draft of ``locked_draft``; None among them: the file goes.

    Raises:
        RefusedError: a text cannot be taken.
    """
    files = dict(draft.files)
    for path, text in changed.items():
        if text is None:
            files.pop(path, None)
        else:
            check_text(path, text)
            files[path] = text
    if len(files) > _MOST_FILES:
        raise RefusedError(RequestRefused.INVALID, f"a draft has at most {_MOST_FILES} files")
    return await _put(connection, replace(draft, files=files), saved)


async def discard_draft(connection: Connection, sequence: str, mark: str | None = None) -> bool:
    """Drops a draft; False: there is none, or it is not the one that was looked at.

    Args:
        connection: in a transaction.
        sequence: its name.
        mark: of what was looked at; None: whatever it says.
    """
    await queries.lock_sequence(connection, sequence=sequence)
    row = await queries.draft_of(connection, sequence=sequence)
    if row is None or (mark is not None and _of_row(row).mark != mark):
        return False
    await queries.drop_draft(connection, sequence=sequence)
    return True


async def _put(connection: Connection, draft: SequenceDraft, saved: SavedBy) -> SequenceDraft:
    await queries.put_draft(
        connection,
        sequence=draft.sequence,
        revision=draft.revision + 1,
        files=dict(draft.files),
        attachments={path: file.to_json() for path, file in draft.attachments.items()},
        based_on=draft.based_on,
        by=saved.user,
        now=saved.at,
    )
    await keep_contents(connection, draft.sequence, draft.attachments)
    return replace(draft, revision=draft.revision + 1, changed_at=saved.at)


def check_text(path: str, text: str) -> None:
    """Lets a text of a draft pass, or not.

    Raises:
        RefusedError: no template has such a file, or it is too long.
    """
    if path != SEQUENCE_FILE and template_of(path) is None:
        raise RefusedError(
            RequestRefused.INVALID,
            f"no file of a template: paths are {SEQUENCE_FILE}, and such as intro/hello.email.txt",
        )
    if len(text) > _LONGEST:
        raise RefusedError(RequestRefused.INVALID, f"{path} is too long: {len(text)} characters")
