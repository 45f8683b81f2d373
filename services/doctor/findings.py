"""What is wrong, as findings: each with what it means and the command that helps. Health is among them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from sequences.number_words import number_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.reading.health import Check, Outbox, StackHealth


class HealthSeverity(enum.StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Something does not work, or will lose or repeat something."""
    WARNING = "warning"
    """It works, and somebody should change it."""
    HINT = "hint"
    """It may be meant so, or it could not be looked at from here."""


@dataclass(frozen=True)
class HealthFinding:
    """Something that somebody should look at.

    Attributes:
        what: its name; a key of the texts ``health.means_...``, or the name of a server.
        words: what was found.
        command: what helps, or shows more; empty: nothing that Relance has.
        number: how many; 0: it is not counted.
    """

    what: str
    words: str
    command: str = ""
    number: int = 0
    severity: HealthSeverity = HealthSeverity.ERROR


@dataclass(frozen=True)
class DoctorReport:
    """What was found, as programs get it.

    Attributes:
        good: no finding is an error.
        counts: findings by severity.
        findings: the worst first.
    """

    good: bool
    counts: Mapping[HealthSeverity, int]
    findings: tuple[HealthFinding, ...]

    @classmethod
    def of(cls, found: Iterable[HealthFinding]) -> Self:
        """The same findings, counted."""
        several = tuple(found)
        counts = {each: sum(finding.severity is each for finding in several) for each in HealthSeverity}
        return cls(not counts[HealthSeverity.ERROR], counts, several)


_COMMANDS: Final = {
    "Postgres": "relance health",
    "dispatcher": "relance serve",
    "Temporal": "relance health",
    "hooks": "relance serve",
    "sends": "relance unknown",
    "retention": "relance retention",
}


def findings(found: StackHealth) -> tuple[HealthFinding, ...]:
    """What is wrong, in the order in which it was asked."""
    wrong = [_of_check(check) for check in found.checks if not check.good]
    return (*wrong, *_counted(found.unknown, found.dead))


def known_findings(box: Outbox, dispatcher: Check) -> int:
    """How many of them Postgres alone knows: a badge must not ask servers."""
    wrong = [*box.outages, dispatcher]
    return sum(not check.good for check in wrong) + len(_counted(box.unknown, box.dead))


def _of_check(check: Check) -> HealthFinding:
    if check.name.startswith("worker on "):
        queue = check.name.removeprefix("worker on ")
        return HealthFinding(check.name, check.words, f"relance worker --queues {queue}")
    return HealthFinding(check.name, check.words, _COMMANDS.get(check.name, "relance mail"))


def _counted(unknown: int, dead: int) -> list[HealthFinding]:
    found = []
    if unknown:
        words = f"{number_of(unknown, 'send')} may or may not have gone out"
        found.append(HealthFinding("unknown", words, "relance unknown", unknown, HealthSeverity.WARNING))
    if dead:
        words = f"{number_of(dead, 'follow-up')} given up"
        found.append(HealthFinding("dead", words, "relance deliveries --dead", dead, HealthSeverity.WARNING))
    return found
