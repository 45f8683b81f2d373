"""A form file, from text to a checked definition, or to every problem in it."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from sequences.checking import plain_values, pydantic_problems
from sequences.checking.placing import flaws, placed
from sequences.checking.problems import FileProblem, Finding, Severity
from sequences.checking.yaml_document import read_document
from sequences.forms.check_form import check_form
from sequences.forms.definition import FormDefinition, FormField
from sequences.records.catalogue import FieldType, catalogue

_MODELS: pydantic_problems.Models = types.MappingProxyType({"": FormDefinition, "fields": FormField})


@dataclass(frozen=True, slots=True)
class FormReading:
    """What a form file says, good or not.

    Attributes:
        form: None when a problem is an error.
        problems: sorted by position.
        id: as written; empty when that is no text.
        line: of the id, counted from 1.
        column: of the id, counted from 1.
    """

    form: FormDefinition | None
    problems: tuple[FileProblem, ...]
    id: str = ""
    line: int = 1
    column: int = 1


def is_form(text: str) -> bool:
    """True for the text of a form file: it has the key `form`, and is no sequence."""
    data = plain_values.mapping(read_document(text).data)
    return "form" in data and "sequence" not in data


def read_form(text: str, file: str, custom_fields: Mapping[str, FieldType]) -> FormReading:
    """Read and check a form file.

    Args:
        text: the content of the file, YAML 1.2.
        file: its name, only for the problems.
        custom_fields: the organisation's own fields.

    Raises:
        DefinitionError: a custom field has a name that cannot be used.
    """
    document = read_document(text)
    problems = set(flaws(document, file))
    form = None
    if document.readable:
        found: list[Finding] = []
        try:
            form = FormDefinition.model_validate(document.data)
        except ValidationError as error:
            found.extend(pydantic_problems.findings(error, document.data, _MODELS))
        if isinstance(document.data, dict):
            found.extend(check_form(document.data, catalogue(custom_fields)))
        problems.update(placed(document, file, found))
    if any(problem.severity is Severity.ERROR for problem in problems):
        form = None
    said = plain_values.mapping(document.data).get("form")
    line, column = document.values.get(("form",), (0, 0))
    return FormReading(form, tuple(sorted(problems)), said if isinstance(said, str) else "", line + 1, column + 1)
