"""What is wrong with a sequence file, where, and what would be right."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sequences.errors import DefinitionError

Loc = tuple[str | int, ...]
"""The way from the root of a file to a value: keys and list indexes."""


class Severity(enum.StrEnum):
    """An error keeps a file from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about the value at ``loc``, before it is known on which line that value stands.

    Attributes:
        target: point at the value, or at its key (for a key that should not be there).
    """

    loc: Loc
    message: str
    found: str
    allowed: str
    severity: Severity = Severity.ERROR
    target: Literal["key", "value"] = "value"


@dataclass(frozen=True, slots=True, order=True)
class FileProblem:
    """One thing that is wrong in a file. ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int
    message: str
    found: str
    allowed: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """The problem on one line, in the form that editors turn into a link."""
        text = f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}"
        text += f" Found: {self.found}." if self.found else ""
        return text + (f" Allowed: {self.allowed}." if self.allowed else "")


class InvalidSequenceError(DefinitionError):
    """A sequence file with at least one error.

    The text of the exception holds positions only, because a wrong value may be an address; ``report`` has everything.

    Attributes:
        problems: errors and warnings, sorted by position.
    """

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(sorted(problems))
        errors = [p for p in self.problems if p.severity is Severity.ERROR]
        where = ", ".join(f"{p.file}:{p.line}:{p.column}" for p in errors[:5])
        more = f" and {len(errors) - 5} more" if len(errors) > 5 else ""
        super().__init__(f"the sequence cannot be used: {len(errors)} error(s) at {where}{more}")

    def report(self) -> str:
        """All problems, one a line, for the author of the file."""
        return "\n".join(str(problem) for problem in self.problems)
