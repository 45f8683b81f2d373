"""Edits of the sequence file of a draft: saved unless another one is there than was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.drafts.draft import SEQUENCE_FILE, DraftConflictError, DraftFile, locked_draft, put_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from services.drafts.draft import SavedBy, SequenceDraft


@dataclass(frozen=True)
class SourceEdits:
    """Edits the sequence file of one draft.

    Attributes:
        versions: of sequences.
        sequence: its name.
        mark: of the sequence file that was looked at.
        saved: by whom.
    """

    versions: Versions
    sequence: str
    mark: str
    saved: SavedBy

    async def save(
        self, connection: Connection, edited: Callable[[SequenceDraft], Mapping[str, str | None]]
    ) -> SequenceDraft:
        """Saves what ``edited`` makes of the draft.

        Args:
            connection: in a transaction.
            edited: the new texts by path, that of the sequence file among them.

        Raises:
            NotFoundError: there is neither a draft nor a version, or not what was to be edited.
            DraftConflictError: another text is there by now.
            DefinitionError: the file has to be edited for that.
        """
        draft = await locked_draft(connection, self.versions, self.sequence)
        files = edited(draft)
        text = files[SEQUENCE_FILE]
        if text == draft.source:
            return draft
        if draft.mark_of(SEQUENCE_FILE) != self.mark:
            raise DraftConflictError(draft, DraftFile(SEQUENCE_FILE, text, self.mark))
        return await put_files(connection, draft, files, self.saved)
