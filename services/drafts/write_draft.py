"""A draft as programs write it: several texts at once, over what they have read; and a look at them without saving."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.drafts.draft import (
    SEQUENCE_FILE,
    SequenceDraft,
    begin_draft,
    check_text,
    find_draft,
    locked_draft,
    put_files,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from services.drafts.draft import SavedBy


@dataclass(frozen=True)
class DraftTexts:
    """What a program wants to write.

    Attributes:
        files: texts by path; None among them: the file goes. Files that are not named stay.
        mark: of the draft that was read; None: there was none.
    """

    sequence: str
    files: Mapping[str, str | None]
    mark: str | None = None


async def write_draft(connection: Connection, versions: Versions, wanted: DraftTexts, saved: SavedBy) -> SequenceDraft:
    """Saves texts of a draft, and begins it where there is none. The same again changes nothing.

    Args:
        connection: in a transaction.
        versions: of sequences.
        wanted: what.
        saved: by whom, and when.

    Returns:
        The draft as it is now.

    Raises:
        RefusedError: there is a draft or a version that was not read, or a text cannot be taken.
    """
    _must_keep_the_sequence(wanted)
    try:
        draft = await locked_draft(connection, versions, wanted.sequence)
    except NotFoundError:
        return await begin_draft(connection, _new(wanted), saved)
    changed = {path: text for path, text in wanted.files.items() if draft.files.get(path) != text}
    if not changed:
        return draft
    if wanted.mark is None:
        raise RefusedError(
            RequestRefused.ALREADY_EXISTS,
            f"there is a sequence {wanted.sequence} already: read its draft, and send the mark of it",
        )
    if wanted.mark != draft.mark:
        raise RefusedError(
            RequestRefused.CHANGED_MEANWHILE,
            f"the draft of {wanted.sequence} was changed meanwhile: read it again, and send the mark of it",
        )
    return await put_files(connection, draft, changed, saved)


async def as_if_written(connection: Connection, versions: Versions, wanted: DraftTexts) -> SequenceDraft:
    """The draft as it would be; saves nothing.

    Raises:
        RefusedError: there is no sequence, and none is written.
    """
    _must_keep_the_sequence(wanted)
    try:
        draft = await find_draft(connection, versions, wanted.sequence)
    except NotFoundError:
        return _new(wanted)
    kept = {path: text for path, text in draft.files.items() if path not in wanted.files}
    return replace(draft, files={**kept, **_written(wanted)})


def _must_keep_the_sequence(wanted: DraftTexts) -> None:
    if wanted.files.get(SEQUENCE_FILE, "") is None:
        raise RefusedError(RequestRefused.INVALID, f"{SEQUENCE_FILE} is the sequence itself, and cannot go")


def _new(wanted: DraftTexts) -> SequenceDraft:
    files = _written(wanted)
    if SEQUENCE_FILE not in files:
        raise RefusedError(
            RequestRefused.INVALID, f"there is no sequence {wanted.sequence}: a new one begins with {SEQUENCE_FILE}"
        )
    return SequenceDraft(wanted.sequence, 0, files)


def _written(wanted: DraftTexts) -> dict[str, str]:
    written = {path: text for path, text in wanted.files.items() if text is not None}
    for path, text in written.items():
        check_text(path, text)
    return written
