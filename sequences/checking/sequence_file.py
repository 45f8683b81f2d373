"""A sequence file, from text to a checked definition, or to every problem in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from sequences.channels import CHANNELS
from sequences.checking import plain_values, pydantic_problems
from sequences.checking.check_sequence import check_sequence
from sequences.checking.field_uses import TemplateFields
from sequences.checking.placing import flaws, placed
from sequences.checking.problems import FileProblem, Finding, InvalidSequenceError, Loc, Severity
from sequences.checking.template_fields import fields_in
from sequences.checking.yaml_document import Document, read_document
from sequences.definition.model import SequenceDefinition
from sequences.records.catalogue import FieldType, catalogue

NO_CUSTOM_FIELDS: Mapping[str, FieldType] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NamedTemplate:
    """A template that a file names, and where. ``line`` and ``column`` count from 1; ``channel`` empty: any."""

    name: str
    channel: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Named:
    """A form that a rule names, the topic or the sender, and where it is. ``line`` and ``column`` count from 1."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class FileReading:
    """What a file says, good or not.

    Attributes:
        sequence: None when a problem is an error.
        problems: errors and warnings, sorted by position.
        record: what the sequence is about, as written; empty when that is no text.
        exempt: its mails do not count for the frequency cap.
        templates: what its steps and reactions name, as far as that can be read, in the order of the file.
        forms: what its reaction rules name, likewise.
        topic: what its messages are about.
        sender: as written; None: the file names none.
    """

    sequence: SequenceDefinition | None
    problems: tuple[FileProblem, ...]
    record: str = ""
    exempt: bool = False
    templates: tuple[NamedTemplate, ...] = ()
    forms: tuple[Named, ...] = ()
    topic: Named | None = None
    sender: Named | None = None


@dataclass(frozen=True, slots=True)
class LoadedSequence:
    """A sequence that can be published, and what its author should still think about (sorted by position)."""

    sequence: SequenceDefinition
    warnings: tuple[FileProblem, ...] = ()


def load_file(
    text: str,
    file: str,
    custom_fields: Mapping[str, FieldType] = NO_CUSTOM_FIELDS,
    *,
    template_fields: TemplateFields = fields_in,
) -> LoadedSequence:
    """Read and check a sequence file that should be good. The arguments are those of ``read_file``.

    Raises:
        InvalidSequenceError: with all problems, warnings too, when at least one is an error.
        DefinitionError: a custom field has a name that cannot be used.
    """
    reading = read_file(text, file, custom_fields, template_fields=template_fields)
    if reading.sequence is None:
        raise InvalidSequenceError(reading.problems)
    return LoadedSequence(reading.sequence, reading.problems)


def read_file(
    text: str,
    file: str,
    custom_fields: Mapping[str, FieldType] = NO_CUSTOM_FIELDS,
    *,
    template_fields: TemplateFields = fields_in,
) -> FileReading:
    """Read and check a sequence file.

    Args:
        text: the content of the file, YAML 1.2.
        file: its name, only for the problems.
        custom_fields: the organisation's own fields, see ``sequences.records.catalogue.catalogue``.
        template_fields: names the fields in a short template such as the title of a task. The default knows
            ``{{ field }}`` with filters and needs no template engine.

    Raises:
        DefinitionError: a custom field has a name that cannot be used.
    """
    fields = catalogue(custom_fields)
    document = read_document(text)
    data = plain_values.mapping(document.data)
    problems = set(flaws(document, file))
    sequence = None
    if document.readable:
        found: list[Finding] = []
        try:
            sequence = SequenceDefinition.model_validate(document.data)
        except ValidationError as error:
            found.extend(pydantic_problems.findings(error, document.data))
        if isinstance(document.data, dict):
            found.extend(check_sequence(data, fields, template_fields))
        problems.update(placed(document, file, found))
    if any(problem.severity is Severity.ERROR for problem in problems):
        sequence = None
    record = data.get("record")
    return FileReading(
        sequence,
        tuple(sorted(problems)),
        record if isinstance(record, str) else "",
        data.get("frequency_cap") == "exempt",
        (*_named_templates(document), *_answers(document)),
        tuple(_named_forms(document)),
        _named(document, "topic"),
        _named(document, "sender"),
    )


def _named(document: Document, key: str) -> Named | None:
    name = plain_values.mapping(document.data).get(key)
    return Named(name, *_counted(document, (key,))) if isinstance(name, str) else None


def _named_forms(document: Document) -> Iterator[Named]:
    for index, rule in plain_values.mappings(plain_values.mapping(document.data).get("reactions")):
        if isinstance(name := rule.get("form"), str):
            yield Named(name, *_counted(document, ("reactions", index, "form")))


def _answers(document: Document) -> Iterator[NamedTemplate]:
    """What reactions send; its channel is that of the template."""
    for loc, kind, name in plain_values.follow_ups(plain_values.mapping(document.data)):
        if kind == "send" and loc[0] == "reactions" and isinstance(name, str):
            yield NamedTemplate(name, "", *_counted(document, loc))


def _named_templates(document: Document) -> Iterator[NamedTemplate]:
    for index, step in plain_values.mappings(plain_values.mapping(document.data).get("steps")):
        for channel in CHANNELS:
            if step.get(channel) is None:
                continue
            named: list[tuple[Loc, object]] = [(("steps", index, channel), step[channel])]
            for number, variant in plain_values.mappings(step.get("variants")):
                named.append((("steps", index, "variants", number, "template"), variant.get("template")))
            for loc, name in named:
                if isinstance(name, str):
                    yield NamedTemplate(name, channel, *_counted(document, loc))


def _counted(document: Document, loc: Loc) -> tuple[int, int]:
    """Line and column of a value, which count from 1."""
    line, column = document.values.get(loc, (0, 0))
    return line + 1, column + 1
