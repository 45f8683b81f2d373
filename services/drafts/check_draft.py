"""Checks a draft as its files would be checked: by the same code, in a folder that is gone afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.versions import Version
from sequences.checking import FileProblem, NamedTemplate, Severity, read_file
from sequences.definition.yaml_text import plain_yaml
from sequences.editing.outline import outline
from sequences.forms.definition import FormDefinition
from sequences.mailboxes.sender_trouble import sender_trouble
from services.drafts.draft import SEQUENCE_FILE, with_contents
from services.publishing.check_and_publish import CheckedFile, check_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from sequences.checking import Named
    from sequences.definition.model import SequenceDefinition
    from sequences.mailboxes.own_mailbox import MailboxDirectory
    from sequences.records.catalogue import FieldType
    from services.drafts.draft import SequenceDraft

_TEMPLATES: Final = "templates"


@dataclass(frozen=True)
class CheckedDraft:
    """What is right and wrong with a draft.

    Attributes:
        checked: as ``relance check`` found it; its files are those of the draft.
        readable: the definition without a look at templates; None: the sequence file has an error.
        named: the templates that steps and reactions name, in the order of the file.
        forms: those that its messages may link to: title by id.
        sender: from where it sends, where the file says so.
    """

    draft: SequenceDraft
    checked: CheckedFile
    readable: SequenceDefinition | None
    named: tuple[NamedTemplate, ...]
    forms: Mapping[str, str] = field(default_factory=dict)
    sender: Named | None = None

    @property
    def good(self) -> bool:
        """It can be published."""
        return self.checked.good and self.checked.sequence is not None

    @property
    def name(self) -> str:
        """What people call it, also while the file has errors; its id while the name cannot be read."""
        if self.readable is not None:
            return self.readable.name
        said = (part.values for part in outline(self.draft.source) if part.key == "name")
        return next((each for each in said if isinstance(each, str) and each), self.draft.sequence)

    @property
    def version(self) -> Version | None:
        """As if it were published, with the templates that can be read."""
        if self.readable is None:
            return None
        templates = {name: source.to_json() for name, source in self.checked.templates.items()}
        return Version(self.draft.sequence, 0, self.readable, templates)


async def check_draft(
    connection: Connection, draft: SequenceDraft, custom_fields: Mapping[str, FieldType]
) -> CheckedDraft:
    """Checks a draft with the forms that are published; reads only.

    Args:
        connection: of a transaction.
        draft: saved or not.
        custom_fields: the organisation's own fields.
    """
    return await check_with_forms(
        await with_contents(connection, draft), await published_forms(connection), custom_fields
    )


async def published_forms(connection: Connection) -> dict[str, FormDefinition]:
    """The newest version of each form, by its id."""
    return {row.form: FormDefinition.model_validate(row.definition) for row in await queries.newest_forms(connection)}


async def check_with_forms(
    draft: SequenceDraft, forms: Mapping[str, FormDefinition], custom_fields: Mapping[str, FieldType]
) -> CheckedDraft:
    """As ``check_draft``, with the forms of ``published_forms``; the draft is one of ``with_contents``."""
    # Reading and rendering templates takes the processor for a moment, and others ask meanwhile.
    return await asyncio.to_thread(_check, draft, forms, custom_fields)


def beside_mailboxes(found: CheckedDraft, known: MailboxDirectory) -> CheckedDraft:
    """The check with what is odd about the sender; ``relance check``, which asks no server, cannot say that."""
    named = found.sender
    trouble = sender_trouble(named.name, known) if named is not None else None
    if named is None or trouble is None:
        return found
    words = f"{trouble.message} {trouble.advice}"
    problem = FileProblem(SEQUENCE_FILE, named.line, named.column, words, f"`{named.name}`", "", Severity.WARNING)
    return replace(found, checked=replace(found.checked, problems=tuple(sorted([*found.checked.problems, problem]))))


def _check(draft: SequenceDraft, forms: Mapping[str, FormDefinition], custom: Mapping[str, FieldType]) -> CheckedDraft:
    with tempfile.TemporaryDirectory(prefix="relance-draft-") as name:
        folder = Path(name)
        file = _laid_out(folder, draft, forms)
        (found,) = check_files([file], folder / _TEMPLATES, need_templates=True, custom_fields=custom)
    problems = [_relative(problem, file, folder) for problem in found.problems]
    reading = read_file(draft.source, SEQUENCE_FILE, custom)
    if reading.sequence is not None and reading.sequence.sequence != draft.sequence:
        problems.append(_renamed(reading.sequence.sequence, draft.sequence))
    # Its forms are published already, and a newer version of one is not to be replaced by what was read here.
    checked = replace(found, file=SEQUENCE_FILE, problems=tuple(sorted(problems)), forms={}, text=draft.source)
    if not checked.good:
        checked = replace(checked, sequence=None)
    titles = {form: definition.title for form, definition in sorted(forms.items())}
    return CheckedDraft(draft, checked, reading.sequence, reading.templates, titles, reading.sender)


def _laid_out(folder: Path, draft: SequenceDraft, forms: Mapping[str, FormDefinition]) -> Path:
    """Writes the files of a draft; the path of the sequence file."""
    templates = folder / _TEMPLATES
    templates.mkdir()
    (folder / "forms").mkdir()
    for form, definition in forms.items():
        (folder / "forms" / f"{form}.yaml").write_text(
            plain_yaml(definition.model_dump(mode="json", exclude_defaults=True)), "utf-8"
        )
    for path, text in draft.files.items():
        if path != SEQUENCE_FILE:
            _write(templates, path, text.encode())
    for path, attached in draft.attachments.items():
        _write(templates, path, attached.read())
    file = folder / SEQUENCE_FILE
    file.write_text(draft.source, "utf-8")
    return file


def _write(folder: Path, path: str, content: bytes) -> None:
    file = folder.joinpath(path)
    if ".." in Path(path).parts or not file.is_relative_to(folder):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _relative(problem: FileProblem, file: Path, folder: Path) -> FileProblem:
    """The same about the files of the draft."""

    def without(text: str) -> str:
        return text.replace(str(file), SEQUENCE_FILE).replace(f"{folder / _TEMPLATES}/", "").replace(f"{folder}/", "")

    return replace(
        problem,
        file=without(problem.file),
        message=without(problem.message),
        found=without(problem.found),
        allowed=without(problem.allowed),
    )


def _renamed(now: str, name: str) -> FileProblem:
    message = "The id of a sequence never changes: make a new sequence for another one."
    return FileProblem(SEQUENCE_FILE, 1, 1, message, f"`sequence: {now}`", f"`sequence: {name}`")
