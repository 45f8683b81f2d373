"""The files that go with the messages of a draft, as the editor lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.templates.attach_lines import attached_files, named_files, shown_files
from adapters.templates.source import EMAIL_HTML, EMAIL_TEXT
from adapters.templates.template_files import template_of
from sequences.channels import EMAIL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.console.editor import EditedFile
    from services.drafts.draft import SequenceDraft


@dataclass(frozen=True)
class NamedFile:
    """A file that a message names.

    Attributes:
        path: as the message names it.
        sha256: of its content; None: the draft has no such file.
        size: in bytes.
    """

    path: str
    sha256: str | None
    size: int = 0

    @property
    def name(self) -> str:
        """Without its folder."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class MailAttachments:
    """The files of one e-mail.

    Attributes:
        template: name of the e-mail.
        attached: what arrives beside the words.
        shown: pictures in the HTML.
        has_html: there is an HTML that can show pictures.
    """

    template: str
    attached: tuple[NamedFile, ...]
    shown: tuple[NamedFile, ...]
    has_html: bool


def mail_attachments(draft: SequenceDraft, files: Iterable[EditedFile]) -> tuple[MailAttachments, ...]:
    """The files of each e-mail among the texts of a card; texts that are not written yet have none.

    Args:
        draft: saved or not.
        files: the texts.
    """
    found = (template_of(file.path) for file in files if file.path in draft.files)
    names = dict.fromkeys(each[0] for each in found if each is not None and each[1] == EMAIL.name)
    return tuple(_of_mail(draft, name) for name in names)


def unnamed_attachments(draft: SequenceDraft) -> tuple[NamedFile, ...]:
    """The files of a draft that no message names: they are not published."""
    named = {each for path, text in draft.files.items() for each in named_files(path, text)}
    return tuple(_named(draft, path) for path in sorted(draft.attachments) if path not in named)


def _of_mail(draft: SequenceDraft, name: str) -> MailAttachments:
    text, html = draft.files.get(name + EMAIL_TEXT), draft.files.get(name + EMAIL_HTML)
    head = html if text is None else text
    return MailAttachments(
        name,
        tuple(_named(draft, path) for path in attached_files(head or "")),
        tuple(_named(draft, path) for path in shown_files(name + EMAIL_HTML, html or "")),
        html is not None,
    )


def _named(draft: SequenceDraft, path: str) -> NamedFile:
    file = draft.attachments.get(path)
    return NamedFile(path, file.sha256 if file else None, file.size if file else 0)
