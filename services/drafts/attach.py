"""Attaches files to the messages of a draft, and takes them away: the file is kept, and the message names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.templates.attach_lines import (
    attached_files,
    named_files,
    shown_files,
    with_attachment,
    with_picture,
    without_attachment,
    without_picture,
)
from adapters.templates.files import MAX_FILES, MOST_FILES, clean_name, file_problem
from adapters.templates.source import EMAIL_HTML, EMAIL_TEXT
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.drafts.attached_file import AttachedFile
from services.drafts.draft import locked_draft, put_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions
    from services.drafts.draft import SavedBy, SequenceDraft

MOST_OF_DRAFT: Final = 40 * 1024 * 1024
"""Bytes of all files of one draft."""
_NOT_IN_ADDRESSES: Final = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class NewAttachment:
    """A file that somebody uploaded.

    Attributes:
        template: the e-mail that it goes with, such as ``bd/introduce``.
        name: of the file, as it was called on their disk.
        shown: it is a picture in the HTML; otherwise it is attached.
        path: by which the message names it already; empty: it is new.
    """

    template: str
    name: str
    content: bytes
    shown: bool = False
    path: str = ""


@dataclass(frozen=True)
class NamedAttachment:
    """A file as one message names it.

    Attributes:
        template: the e-mail; empty: no message names the file.
        path: of the file.
    """

    template: str
    path: str


async def attach_file(
    connection: Connection, versions: Versions, sequence: str, new: NewAttachment, saved: SavedBy
) -> SequenceDraft:
    """Keeps a file with the draft, and writes its line into the message; the same name again replaces the file.

    Args:
        connection: in a transaction.
        versions: of sequences.
        sequence: its name.
        new: the file.
        saved: by whom.

    Returns:
        The draft as it is now.

    Raises:
        NotFoundError: there is no such e-mail in the draft.
        RefusedError: such a file cannot go with a mail, or there are too many.
        TemplateError: the message has no subject, so that no line can be written into it.
    """
    draft = await locked_draft(connection, versions, sequence)
    mail = _Mail.of(draft, new.template)
    path = mail.place(new)
    problem = file_problem(path, new.content, inline=new.shown)
    if problem is not None:
        raise RefusedError(RequestRefused.INVALID, problem.replace(repr(path), repr(path.rpartition("/")[2])))
    file = AttachedFile.of(new.content)
    files = {**draft.attachments, path: file}
    changed = mail.named(path, shown=new.shown)
    after = replace(draft, files={**draft.files, **changed}, attachments=files)
    _check_limits(after, new.template)
    known = draft.attachments.get(path)
    if not changed and known is not None and known.sha256 == file.sha256:
        return draft
    return await _put(connection, replace(draft, attachments=files), changed, saved)


async def detach_file(
    connection: Connection, versions: Versions, sequence: str, named: NamedAttachment, saved: SavedBy
) -> SequenceDraft:
    """Takes a file away from a message; it goes from the draft too, when no other message names it.

    Args:
        connection: in a transaction.
        versions: of sequences.
        sequence: its name.
        named: the file.
        saved: by whom.

    Raises:
        NotFoundError: there is no such e-mail in the draft.
    """
    draft = await locked_draft(connection, versions, sequence)
    path = named.path
    changed = _Mail.of(draft, named.template).without(path) if named.template else {}
    texts = {**draft.files, **changed}
    files = dict(draft.attachments)
    if not any(path in named_files(file, text) for file, text in texts.items()):
        files.pop(path, None)
    if not changed and len(files) == len(draft.attachments):
        return draft
    return await _put(connection, replace(draft, attachments=files), changed, saved)


async def _put(connection: Connection, draft: SequenceDraft, changed: dict[str, str], saved: SavedBy) -> SequenceDraft:
    after = await put_files(connection, draft, changed, saved)
    kept = sorted({file.sha256 for file in after.attachments.values()})
    await queries.drop_draft_files(connection, sequence=draft.sequence, hashes=kept)
    return after


def _check_limits(draft: SequenceDraft, template: str) -> None:
    mail = _Mail.of(draft, template)
    named = set(mail.attached()) | set(mail.shown())
    if len(named) > MOST_FILES:
        raise RefusedError(RequestRefused.INVALID, f"a mail has at most {MOST_FILES} files")
    sizes = [draft.attachments[path].size for path in named if path in draft.attachments]
    if sum(sizes) > MAX_FILES:
        raise RefusedError(
            RequestRefused.INVALID, f"the files of this mail would have more than {_megabytes(MAX_FILES)} together"
        )
    if sum({file.sha256: file.size for file in draft.attachments.values()}.values()) > MOST_OF_DRAFT:
        raise RefusedError(
            RequestRefused.INVALID,
            f"the files of this sequence would have more than {_megabytes(MOST_OF_DRAFT)} together",
        )


def _megabytes(size: int) -> str:
    return f"{size // 1024 // 1024} MB"


@dataclass(frozen=True)
class _Mail:
    """The texts of one e-mail.

    Attributes:
        head: path of the text that has the subject.
        html: path of its HTML; None: it has none.
    """

    draft: SequenceDraft
    template: str
    head: str
    html: str | None

    @classmethod
    def of(cls, draft: SequenceDraft, template: str) -> _Mail:
        text, html = template + EMAIL_TEXT, template + EMAIL_HTML
        if text not in draft.files and html not in draft.files:
            raise NotFoundError(f"the draft has no e-mail {template}")
        return cls(draft, template, text if text in draft.files else html, html if html in draft.files else None)

    def attached(self) -> tuple[str, ...]:
        return attached_files(self.draft.files[self.head])

    def shown(self) -> tuple[str, ...]:
        return shown_files(self.html, self.draft.files[self.html]) if self.html else ()

    def place(self, new: NewAttachment) -> str:
        """The path of a new file; that of one with the same name, if it is this mail's alone."""
        if new.path:
            if new.path not in (self.shown() if new.shown else self.attached()):
                raise NotFoundError(f"this message does not name {new.path} any more")
            return new.path
        name = clean_name(new.name.replace("\\", "/")) or "file"
        if new.shown:
            if self.html is None:
                raise RefusedError(RequestRefused.INVALID, "this message has no HTML to show a picture in")
            name = _NOT_IN_ADDRESSES.sub("-", name)
        elsewhere = set(self._named_elsewhere())
        for path in self.shown() if new.shown else self.attached():
            if path.rpartition("/")[2] == name and path not in elsewhere:
                return path
        # A folder for each message: what another one attaches under the same name stays as it is.
        return f"{'images' if new.shown else 'files'}/{self.template}/{name}"

    def named(self, path: str, *, shown: bool) -> dict[str, str]:
        """The texts that change when the mail is to name a file."""
        before = self.draft.files
        if shown:
            if self.html is None or path in self.shown():
                return {}
            return {self.html: with_picture(before[self.html], path)}
        # One file of a name: the one of another folder goes.
        text = before[self.head]
        for other in self.attached():
            if other != path and other.rpartition("/")[2] == path.rpartition("/")[2]:
                text = without_attachment(text, other)
        text = with_attachment(text, path)
        return {self.head: text} if text != before[self.head] else {}

    def without(self, path: str) -> dict[str, str]:
        """The texts that change when the mail is not to name a file any more."""
        texts = {self.head: without_attachment(self.draft.files[self.head], path)}
        if self.html is not None:
            html = texts.get(self.html, self.draft.files[self.html])
            texts[self.html] = without_picture(html, path)
        return {each: text for each, text in texts.items() if text != self.draft.files[each]}

    def _named_elsewhere(self) -> Iterator[str]:
        for path, text in self.draft.files.items():
            if path not in (self.head, self.html):
                yield from named_files(path, text)
