"""Health as findings: only what is wrong, each with what it means and the command that helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from services.reading.health import Check, Outbox, StackHealth


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
        found.append(HealthFinding("unknown", "", "relance unknown", unknown))
    if dead:
        found.append(HealthFinding("dead", "", "relance deliveries --dead", dead))
    return found
