"""Checks sequence files together with their templates, and publishes what is good."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from adapters.authoring_settings import load_authoring_settings
from adapters.files.bounded import MOST_OF_YAML, read_bounded
from adapters.templates.form_calls import FORM, form_named
from adapters.templates.renderer import Renderer
from adapters.templates.source import TemplateSource, load_templates
from sequences.author_messages import did_you_mean, listed, shown
from sequences.channels import CHANNELS
from sequences.checking import (
    TEMPLATE_TEXT,
    FileProblem,
    FileReading,
    InvalidSequenceError,
    NamedTemplate,
    Severity,
    read_file,
)
from sequences.errors import DefinitionError, GrammarError, TemplateError
from sequences.forms.form_file import is_form, read_form
from sequences.number_words import number_of
from sequences.records.catalogue import BESIDE_FIELDS, BOOKING_LINK, BOOKING_URL, FieldType, catalogue
from sequences.sending.wording import templates_of
from sequences.whatsapp.content import CONTENT_SID
from services.publishing.forms import FormsFolder, load_forms, publish_forms, twin
from services.publishing.long_sms import long_sms, most_segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from adapters.postgres.database import Connection, Database
    from adapters.postgres.versions import Version, Versions
    from sequences.definition.model import SequenceDefinition
    from sequences.forms.definition import FormDefinition
    from sequences.forms.form_file import FormReading

_PLACE = re.compile(r"(?P<file>\S+\.[a-z0-9_]+\.(?:txt|html)):(?:(?P<line>\d+):)? (?P<message>.*)", re.DOTALL)
_TITLE = "title"
_TEMPLATES, _FORMS = "templates", "forms"


@dataclass(frozen=True)
class CheckedFile:
    """What a check found.

    Attributes:
        file: as it was named.
        sequence: None when the file has an error.
        templates: those that could be read, by name.
        problems: of the file and of its templates, sorted; each names its own file.
        required: by template, the fields that it uses without a default: a person who lacks one cannot get it. Without
            those that are always there: ids and the sender's.
        form: of a form file.
        forms: those that its templates name, by id.
        text: of a sequence file, as written; None: it comes from no file.
    """

    file: str
    sequence: SequenceDefinition | None
    templates: Mapping[str, TemplateSource]
    problems: tuple[FileProblem, ...]
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    form: FormDefinition | None = None
    forms: Mapping[str, FormDefinition] = field(default_factory=dict)
    text: str | None = None

    @property
    def good(self) -> bool:
        """No error; warnings do not count."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def _beside(file: Path, folder: str) -> Path:
    """The folder of templates or forms by default: beside a sequence file, or beside the folder that it is in."""
    own = file.absolute().parent / folder
    return own if own.is_dir() else file.absolute().parent.parent / folder


def check_files(
    files: Sequence[Path],
    templates: Path | None,
    *,
    need_templates: bool = False,
    custom_fields: Mapping[str, FieldType] | None = None,
) -> list[CheckedFile]:
    """Checks each file with its templates, and that no two of them are the same sequence or form.

    Args:
        files: sequence and form files.
        templates: folder of the templates; None looks beside each file.
        need_templates: a missing folder is an error; otherwise it is one only when it was named.
        custom_fields: the organisation's own fields, which files and templates may name too.
    """
    custom = custom_fields or {}
    forms = cache(lambda folder: load_forms(folder, custom))
    checking = _Checking(Renderer(), custom, need_templates or templates is not None, forms)
    folders = [templates or _beside(file, _TEMPLATES) for file in files]
    checked = [checking.check(file, folder) for file, folder in zip(files, folders, strict=True)]
    most = most_segments()
    for number, (item, folder) in enumerate(zip(checked, folders, strict=True)):
        long = long_sms(item.templates.values(), folder, most)
        checked[number] = replace(item, problems=tuple(sorted((*item.problems, *long))))
    first: dict[tuple[str, str], str] = {}
    for number, item in enumerate(checked):
        what, name = (
            ("sequence", item.sequence.sequence) if item.sequence else ("form", item.form.form if item.form else "")
        )
        if not name:
            continue
        other = first.setdefault((what, name), item.file)
        if other != item.file:
            twice = FileProblem(item.file, 1, 1, f"{other} has the same {what}.", f"`{name}` twice", "one file each")
            checked[number] = replace(item, problems=tuple(sorted((*item.problems, twice))))
    return checked


@dataclass(frozen=True)
class _Place:
    """A sequence file, and what lies beside it."""

    file: str
    templates: Path
    forms: FormsFolder


@dataclass(frozen=True)
class _Checking:
    """Checks files, one after the other.

    Attributes:
        custom: the organisation's own fields.
        needed: a missing folder of templates is an error.
        forms_in: the forms of a folder, which is read once.
    """

    renderer: Renderer
    custom: Mapping[str, FieldType]
    needed: bool
    forms_in: Callable[[Path], FormsFolder]

    def check(self, file: Path, folder: Path) -> CheckedFile:
        name = str(file)
        try:
            text = read_bounded(file, MOST_OF_YAML).decode("utf-8-sig")
        except OSError as error:
            problem = FileProblem(
                name, 1, 1, "The file cannot be read.", error.strerror or "an error", "a readable file"
            )
            return CheckedFile(name, None, {}, (problem,))
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            problem = FileProblem(
                name, line, 1, "The file is not UTF-8.", f"byte 0x{error.object[error.start]:02x}", "UTF-8"
            )
            return CheckedFile(name, None, {}, (problem,))
        if is_form(text):
            return self._check_form(file, read_form(text, name, self.custom))
        reading = read_file(text, name, self.custom, template_fields=self._fields_of_title)
        problems = set(reading.problems)
        templates: dict[str, TemplateSource] = {}
        beside = self.forms_in(_beside(file, _FORMS))
        problems.update(self._forms_of_rules(reading, name, beside))
        problems.update(_unknown_topic(reading, name))
        for found in self._check_templates(reading, name, folder, beside):
            if isinstance(found, FileProblem):
                problems.add(found)
            else:
                templates[found.name] = found
        own_page = reading.sequence is not None and reading.sequence.booking_url is not None
        required = {
            template: self._required(source, own_page=own_page) for template, source in sorted(templates.items())
        }
        named = sorted({form for source in templates.values() for form in self._forms_of(source)})
        for form_id in named:
            problems.update(beside.broken.get(form_id, ()))
        forms = {form: beside.good[form] for form in named if form in beside.good}
        checked = CheckedFile(
            name, reading.sequence, templates, tuple(sorted(problems)), required, forms=forms, text=text
        )
        return checked if checked.good else replace(checked, sequence=None)

    def _check_form(self, file: Path, reading: FormReading) -> CheckedFile:
        """A form file alone; in a folder of forms its id must be its own."""
        beside = file.absolute().parent
        others = self.forms_in(beside).files.get(reading.id, ()) if beside.name == _FORMS else ()
        twins = [twin(reading, str(file), other) for other in others if other.name != file.name]
        problems = tuple(sorted([*reading.problems, *twins]))
        return CheckedFile(str(file), None, {}, problems, form=None if twins else reading.form)

    def _required(self, source: TemplateSource, *, own_page: bool) -> tuple[str, ...]:
        try:
            uses = self.renderer.fields_of(source)
        except TemplateError:
            return ()  # its problems are told already
        needed = {use.name for use in uses if not use.optional}
        always = {name for name in needed if name.startswith("sender.") or name.endswith(".id")} | BESIDE_FIELDS
        found = {name for name in needed - always if form_named(name) is None}
        if BOOKING_LINK in found:
            found = found - {BOOKING_LINK} | (set() if own_page else {BOOKING_URL})
        return tuple(sorted(found))

    def _forms_of(self, source: TemplateSource) -> set[str]:
        try:
            return {form for use in self.renderer.fields_of(source) if (form := form_named(use.name)) is not None}
        except TemplateError:
            return set()  # its problems are told already

    def _forms_of_rules(self, reading: FileReading, file: str, beside: FormsFolder) -> Iterator[FileProblem]:
        """Rules about forms that there are not: they would never apply."""
        known = {*beside.good, *beside.broken}
        for use in reading.forms:
            if use.name not in known:
                message = f"There is no form `{use.name}`.{did_you_mean(use.name, known)}"
                allowed = listed(sorted(known)) or "a form in the folder `forms`"
                yield FileProblem(file, use.line, use.column, message, shown(use.name), allowed, Severity.WARNING)

    def _fields_of_title(self, text: str) -> set[str]:
        """The fields of a task's title or of a subject, read by the engine that will render it."""
        try:
            names = {use.name for use in self.renderer.fields_of(TemplateSource(_TITLE, None, text))}
        except TemplateError as error:
            raise GrammarError(f"This text cannot be used: {_split(error)[2]}.", shown(text), TEMPLATE_TEXT) from None
        if any(form_named(name) for name in names):
            raise GrammarError("The link to a form can be in a template only.", shown(text), TEMPLATE_TEXT)
        return names

    def _check_templates(
        self, reading: FileReading, file: str, folder: Path, beside: FormsFolder
    ) -> Iterator[FileProblem | TemplateSource]:
        if reading.templates and not folder.is_dir():
            severity = Severity.ERROR if self.needed else Severity.WARNING
            message = f"The templates were not checked: there is no folder {folder}."
            count = number_of(len(reading.templates), "template")
            yield FileProblem(file, 1, 1, message, count, "give their folder with --templates", severity)
            return
        for use in reading.templates:
            yield from self._check_template(reading, use, _Place(file, folder, beside))

    def _check_template(
        self, reading: FileReading, use: NamedTemplate, place: _Place
    ) -> Iterator[FileProblem | TemplateSource]:
        file, folder = place.file, place.templates

        def problem_of_use(message: str, should_be: str) -> FileProblem:
            return FileProblem(file, use.line, use.column, message, shown(use.name), should_be)

        try:
            source = load_templates(folder, [use.name], use.channel)[use.name]
        except TemplateError as error:
            where, at, message = _split(error)
            if where is None:
                yield problem_of_use(_sentence(message), "the name of a template")
            else:
                yield FileProblem(str(folder / where), at, 1, _sentence(message), "", "")
            return
        spec = CHANNELS[source.channel]
        # A form with a mistake is told of as such, and not as unknown.
        forms = place.forms.about(reading.record) | place.forms.broken.keys()
        allowed = self._allowed_fields(reading.record) | {f"{FORM}.{name}" for name in forms} | {BOOKING_LINK}
        if use.channel and source.channel != use.channel:
            yield problem_of_use(f"This template is {spec.noun}.", f"`{source.channel}: {use.name}`")
        for problem in self.renderer.check(source, allowed | BESIDE_FIELDS if spec.unsubscribe_link else allowed):
            at = _column(folder / problem.file, problem.line, problem.name)
            yield FileProblem(str(folder / problem.file), problem.line, at, _sentence(problem.message), "", "")
        yield from _approved(source, folder)
        if spec.unsubscribe_link and not reading.exempt and not self._has_unsubscribe(source):
            body = str(folder / source.parts()[0].file)
            example = (
                f"`{{{{ organisation_footer }}}}`, or a line such as `No more {spec.label}s: {{{{ unsubscribe_url }}}}`"
            )
            message = f"This {spec.label} has no unsubscribe line, so the organisation's footer is added to it."
            found = "no `{{ unsubscribe_url }}`"
            yield FileProblem(body, 1, 1, message, found, example, Severity.WARNING)
        yield source

    def _has_unsubscribe(self, source: TemplateSource) -> bool:
        """True for a template that says how to get no more, or has mistakes of its own to be mended first."""
        try:
            return self.renderer.says_how_to_leave(source)
        except TemplateError:
            return True

    def _allowed_fields(self, record: str) -> frozenset[str]:
        fields = catalogue(self.custom).for_record(record)
        return frozenset(field.name for field in fields if field.type is not FieldType.FILE)


def _approved(source: TemplateSource, folder: Path) -> Iterator[FileProblem]:
    """What is wrong with the approved template that words stand for."""
    spec = CHANNELS[source.channel]
    if spec.approved_by is None:
        return
    file = str(folder / source.parts()[0].file)
    named = {key: (line, value) for key, line, value in source.head}
    allowed = f"`{spec.approved_by.capitalize()}: HX...`, the ContentSid of the approved template"
    if spec.approved_by not in named:
        hours = round(spec.free_for.total_seconds() / 3600) if spec.free_for is not None else 0
        message = (
            f"This {spec.label} names no approved template: it goes only within {hours} hours after the person wrote."
        )
        found = "variables" if named else "words alone"
        yield FileProblem(file, 1, 1, message, found, allowed, Severity.ERROR if named else Severity.WARNING)
        return
    line, sid = named.pop(spec.approved_by)
    if CONTENT_SID.fullmatch(sid) is None:
        yield FileProblem(file, line, 1, "This is no ContentSid.", shown(sid), allowed)
    numbers = sorted(map(int, named))
    if numbers != list(range(1, len(numbers) + 1)):
        message = "The variables are numbered from 1, without a gap."
        yield FileProblem(file, line, 1, message, listed(list(map(str, numbers))), "`1:`, `2:` and so on")


def _column(file: Path, line: int, name: str) -> int:
    """Where a name stands in a line of a file, counted from 1; 1 if it does not stand there as it is."""
    words = read_bounded(file, MOST_OF_YAML).decode("utf-8-sig").split("\n")[line - 1 : line]
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", words[0]) if words and name else None
    return found.start() + 1 if found else 1


def _unknown_topic(reading: FileReading, file: str) -> Iterator[FileProblem]:
    """A topic that the settings do not name: people would see it on their page beside the right one."""
    known, named = load_authoring_settings().topic_names(), reading.topic
    if known and named is not None and named.name not in known:
        message = f"There is no topic `{named.name}`.{did_you_mean(named.name, known)}"
        allowed = f"{listed(known)} (RELANCE_TOPICS)"
        yield FileProblem(file, named.line, named.column, message, shown(named.name), allowed)


def _split(error: TemplateError) -> tuple[str | None, int, str]:
    match = _PLACE.fullmatch(str(error))
    if match is None:
        return None, 1, str(error)
    return match["file"], int(match["line"] or 1), match["message"]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + ("" if text.endswith("?") else ".")


async def publish(database: Database, versions: Versions, checked: CheckedFile, at: datetime) -> tuple[Version, bool]:
    """Publishes a checked file with its forms and templates, in a transaction of its own; see ``publish_in``.

    Rules are not switched on: ``services.publishing.switch_rules.publish_all`` does that too.
    """
    async with database.transaction() as connection:
        await publish_forms(connection, checked.forms.values(), at)
        return await publish_in(connection, versions, checked, at)


async def publish_in(
    connection: Connection, versions: Versions, checked: CheckedFile, at: datetime
) -> tuple[Version, bool]:
    """Publishes a checked file with the templates it uses; its forms are published beside it (``publish_forms``).

    Args:
        connection: in a transaction.
        versions: where versions are kept.
        checked: by ``check_files``.
        at: UTC.

    Returns:
        The version, and whether it is new: the same content again publishes nothing.

    Raises:
        InvalidSequenceError: the check found an error.
        DefinitionError: a template that the sequence uses was not checked.
    """
    from adapters.postgres import queries  # noqa: PLC0415 - Postgres to publish, never to check a file

    sequence = checked.sequence
    if sequence is None or not checked.good:
        raise InvalidSequenceError(checked.problems)
    used = templates_of(sequence)
    if missing := used - checked.templates.keys():
        raise DefinitionError(f"{checked.file}: not every template was checked: {', '.join(sorted(missing))}")
    templates = {name: checked.templates[name].to_json() for name in sorted(used)}
    version, new = await versions.publish(connection, sequence, templates, at)
    if checked.text is not None:
        await queries.put_source(connection, sequence=version.sequence, version=version.version, text=checked.text)
    return version, new
