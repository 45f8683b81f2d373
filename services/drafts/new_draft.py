"""The first draft of a sequence: an example to change, or a copy of another sequence with its messages."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.definition.scalar_types import SLUG_ALLOWED, SLUG_PATTERN
from sequences.errors import DefinitionError
from services.drafts.draft import SEQUENCE_FILE, SavedBy, SequenceDraft, begin_draft, find_draft, with_contents
from services.publishing.new_sequence import sequence_outline, yaml_scalar

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions

_SEQUENCE: Final = re.compile(r"^sequence:[ \t]*[^\s#]+", re.MULTILINE)
_NAME: Final = re.compile(r"^name:.*$", re.MULTILINE)


@dataclass(frozen=True)
class NewSequence:
    """What somebody wants to write.

    Attributes:
        sequence: its id.
        title: what people call it.
        record: ``person | placement``; of a copy it is that of the original.
        copy_of: the sequence whose draft or newest version is copied; empty: the example.
    """

    sequence: str
    title: str
    record: str = "person"
    copy_of: str = ""


async def begin_sequence_draft(
    connection: Connection, versions: Versions, wanted: NewSequence, saved: SavedBy
) -> SequenceDraft:
    """Keeps the first draft of a sequence.

    Args:
        connection: in a transaction.
        versions: of sequences.
        wanted: what.
        saved: by whom, and when.

    Raises:
        DefinitionError: the name cannot be an id.
        NotFoundError: there is nothing to copy.
        RefusedError: there is a sequence of that name already.
    """
    if re.fullmatch(SLUG_PATTERN, wanted.sequence, re.ASCII) is None:
        raise DefinitionError(f"name: {wanted.sequence!r} cannot be an id; use {SLUG_ALLOWED}")
    if wanted.copy_of:
        original = await with_contents(connection, await find_draft(connection, versions, wanted.copy_of))
        source = renamed(original.source, wanted.sequence, wanted.title)
        files = {**original.files, SEQUENCE_FILE: source}
        draft = SequenceDraft(wanted.sequence, 0, files, original.attachments)
    else:
        source, templates = sequence_outline(wanted.sequence, wanted.title, wanted.record, SEQUENCE_FILE)
        draft = SequenceDraft(wanted.sequence, 0, {SEQUENCE_FILE: source, **templates})
    return await begin_draft(connection, draft, saved)


def id_of_title(title: str) -> str:
    """An id made of what people call a sequence: Latin letters and digits, with hyphens. Empty: it has none of them."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].rstrip("-")


def renamed(source: str, sequence: str, title: str) -> str:
    """A sequence file with another id and another name; everything else stays as it is, comments too."""
    text = _SEQUENCE.sub(lambda _: f"sequence: {sequence}", source, count=1)
    return _NAME.sub(lambda _: f"name: {yaml_scalar(title)}", text, count=1)
