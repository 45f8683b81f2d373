"""A sequence file, from text to a checked definition, or to every problem in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import ValidationError

from sequences.checking import check_sequence, pydantic_problems
from sequences.checking.check_fields import TemplateFields
from sequences.checking.problems import FileProblem, Finding, InvalidSequenceError, Severity
from sequences.checking.template_fields import fields_in
from sequences.checking.yaml_document import Document, Place, read_document
from sequences.definition.model import SequenceDefinition
from sequences.records.catalogue import FieldType, catalogue

NO_CUSTOM_FIELDS: Mapping[str, FieldType] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A sequence that can be published, and what its author should still think about (sorted by position)."""

    sequence: SequenceDefinition
    warnings: tuple[FileProblem, ...] = ()


def load(
    text: str,
    file: str,
    custom_fields: Mapping[str, FieldType] = NO_CUSTOM_FIELDS,
    *,
    template_fields: TemplateFields = fields_in,
) -> Loaded:
    """Read and check a sequence file.

    Args:
        text: the content of the file, YAML 1.2.
        file: its name, only for the problems.
        custom_fields: the organisation's own fields, see ``sequences.records.catalogue.catalogue``.
        template_fields: names the fields in a short template such as the title of a task. The default knows
            ``{{ field }}`` with filters and needs no template engine.

    Raises:
        InvalidSequenceError: with all problems, warnings too, when at least one is an error.
        DefinitionError: a custom field has a name that cannot be used.
    """
    fields = catalogue(custom_fields)
    document = read_document(text)
    problems = {
        FileProblem(file, flaw.place[0] + 1, flaw.place[1] + 1, flaw.message, flaw.found, flaw.allowed)
        for flaw in document.flaws
    }
    sequence = None
    if document.readable:
        found: list[Finding] = []
        try:
            sequence = SequenceDefinition.model_validate(document.data)
        except ValidationError as error:
            found.extend(pydantic_problems.findings(error, document.data))
        if isinstance(document.data, dict):
            found.extend(check_sequence.check(document.data, fields, template_fields))
        problems.update(_placed(document, file, found))
    if sequence is None or any(problem.severity is Severity.ERROR for problem in problems):
        raise InvalidSequenceError(problems)
    return Loaded(sequence, tuple(sorted(problems)))


def _placed(document: Document, file: str, found: Iterable[Finding]) -> Iterable[FileProblem]:
    for item in found:
        line, column = _place(document, item)
        yield FileProblem(file, line + 1, column + 1, item.message, item.found, item.allowed, item.severity)


def _place(document: Document, item: Finding) -> Place:
    places = (document.keys, document.values) if item.target == "key" else (document.values, document.keys)
    loc = item.loc
    while loc:
        for place in places:
            if loc in place:
                return place[loc]
        loc = loc[:-1]
    return document.values.get((), (0, 0))
