"""What a draft changes in what is published, file by file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.templates.attach_lines import named_files
from sequences.line_diff import DiffLine, line_diff
from services.drafts.draft import SEQUENCE_FILE
from services.drafts.published_files import published_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from services.drafts.attached_file import AttachedFile
    from services.drafts.draft import SequenceDraft
    from services.drafts.published_files import PublishedFiles


@dataclass(frozen=True)
class FileDiff:
    """What differs in one file.

    Attributes:
        path: of the file, as in a draft.
    """

    path: str
    lines: tuple[DiffLine, ...]

    @property
    def added(self) -> int:
        """How many lines only the newer text has."""
        return sum(line.sign == "+" for line in self.lines)

    @property
    def removed(self) -> int:
        """How many lines only the older text has."""
        return sum(line.sign == "-" for line in self.lines)


@dataclass(frozen=True)
class AttachmentDiff:
    """A file that goes with a mail, and is another one now.

    Attributes:
        path: of the file, as templates name it.
        before: None: it is new.
        after: None: no mail names it any more.
    """

    path: str
    before: AttachedFile | None
    after: AttachedFile | None

    @property
    def change(self) -> str:
        """``added | changed | dropped``."""
        if self.before is None:
            return "added"
        return "changed" if self.after is not None else "dropped"


@dataclass(frozen=True)
class Comparison:
    """What differs.

    Attributes:
        texts: the sequence and its messages.
        attachments: the files that go with mails.
    """

    texts: tuple[FileDiff, ...]
    attachments: tuple[AttachmentDiff, ...]

    def __bool__(self) -> bool:
        return bool(self.texts or self.attachments)


def attachment_diffs(
    before: Mapping[str, AttachedFile], after: Mapping[str, AttachedFile]
) -> tuple[AttachmentDiff, ...]:
    """The files that differ, by path."""
    diffs = (AttachmentDiff(path, before.get(path), after.get(path)) for path in sorted({*before, *after}))
    return tuple(diff for diff in diffs if _hash(diff.before) != _hash(diff.after))


def _hash(file: AttachedFile | None) -> str | None:
    return file.sha256 if file else None


def file_diffs(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[FileDiff, ...]:
    """The files that differ, the sequence itself first; of a file that is not there every line is new or gone."""
    paths = sorted({*before, *after}, key=lambda path: (path != SEQUENCE_FILE, path))
    diffs = (FileDiff(path, line_diff(before.get(path, ""), after.get(path, ""))) for path in paths)
    return tuple(diff for diff in diffs if diff.lines)


async def compare_versions(
    connection: Connection, versions: Versions, sequence: str, numbers: tuple[int, int]
) -> Comparison:
    """What differs between two published versions.

    Args:
        connection: reads only.
        versions: of sequences.
        sequence: its name.
        numbers: of the older and the newer version.

    Raises:
        NotFoundError: there is no such version.
    """
    before, after = [await published_files(connection, versions, sequence, number) for number in numbers]
    return Comparison(
        file_diffs(_all_of(before), _all_of(after)), attachment_diffs(before.attachments, after.attachments)
    )


def _all_of(files: PublishedFiles) -> Mapping[str, str]:
    return {SEQUENCE_FILE: files.source, **files.templates}


async def compare_with_published(connection: Connection, versions: Versions, draft: SequenceDraft) -> Comparison:
    """What publishing the draft would change in the newest version; everything is new where there is none.

    Args:
        connection: reads only.
        versions: of sequences.
        draft: saved or not.
    """
    # What no message names is not published.
    named = {each for path, text in draft.files.items() for each in named_files(path, text)}
    attached = {path: file for path, file in draft.attachments.items() if path in named}
    if await queries.newest_number(connection, sequence=draft.sequence) is None:
        return Comparison(file_diffs({}, draft.files), attachment_diffs({}, attached))
    published = await published_files(connection, versions, draft.sequence)
    return Comparison(file_diffs(_all_of(published), draft.files), attachment_diffs(published.attachments, attached))
