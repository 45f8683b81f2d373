"""A mapping file, from text to a checked mapping, or to every problem in it."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sequences.checking import pydantic_problems
from sequences.checking.placing import flaws, placed
from sequences.checking.problems import FileProblem, Finding, Severity
from sequences.checking.yaml_document import read_document
from sequences.crm.check_mapping import check_mapping
from sequences.crm.mapping import (
    ConnectPart,
    CrmMapping,
    LeadPart,
    NotePart,
    ReadRule,
    SuppressRule,
    TaskPart,
    WriteRule,
)

if TYPE_CHECKING:
    from sequences.records.catalogue import Catalogue

_MODELS: pydantic_problems.Models = types.MappingProxyType(
    {
        "": CrmMapping,
        "connect": ConnectPart,
        "read": ReadRule,
        "suppress": SuppressRule,
        "write": WriteRule,
        "note": NotePart,
        "task": TaskPart,
        "lead": LeadPart,
    }
)


@dataclass(frozen=True, slots=True)
class MappingReading:
    """What a mapping file says, good or not.

    Attributes:
        mapping: None when a problem is an error.
        problems: sorted by position.
    """

    mapping: CrmMapping | None
    problems: tuple[FileProblem, ...]

    def report(self) -> str:
        """All problems, one a line."""
        return "\n".join(str(problem) for problem in self.problems)


def read_mapping(text: str, file: str, known: Catalogue) -> MappingReading:
    """Reads and checks a mapping file.

    Args:
        text: the content of the file, YAML 1.2.
        file: its name, only for the problems.
        known: the fields of ours.
    """
    document = read_document(text)
    problems = set(flaws(document, file))
    mapping = None
    if document.readable:
        found: list[Finding] = []
        try:
            mapping = CrmMapping.model_validate(document.data)
        except ValidationError as error:
            found.extend(pydantic_problems.findings(error, document.data, _MODELS))
        else:
            found.extend(check_mapping(mapping, known))
        problems.update(placed(document, file, found))
    if any(problem.severity is Severity.ERROR for problem in problems):
        mapping = None
    return MappingReading(mapping, tuple(sorted(problems)))
