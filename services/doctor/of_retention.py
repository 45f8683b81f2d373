"""How long data is kept: what nobody has decided, what is kept without an end, and what is announced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.retention import DEFAULTS, FOREVER, RetentionClass
from services.doctor.findings import HealthFinding, HealthSeverity
from services.retention.notice import notices

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime

    from adapters.postgres.database import Database

_COMMAND: Final = "relance retention"
_HELP: Final = "see Retention in docs/operations.md"


def undecided(periods: Mapping[RetentionClass, str], chosen: Collection[RetentionClass]) -> list[HealthFinding]:
    """What the settings say: nothing, or that something is kept without an end.

    Args:
        periods: by class, as the settings have them.
        chosen: classes whose setting somebody has written.
    """
    found = []
    if not any(kind.is_announced for kind in chosen):
        words = (
            f"no RELANCE_RETAIN_... is set, so the defaults hold, such as {DEFAULTS[RetentionClass.BODIES]} for the"
            f" words of messages and {DEFAULTS[RetentionClass.AUDIT]} for the audit log: check them"
        )
        found.append(HealthFinding("retention", words, _COMMAND, severity=HealthSeverity.HINT))
    endless = [f"RELANCE_RETAIN_{kind.upper()}" for kind, period in periods.items() if period == FOREVER]
    if endless:
        words = f"personal data is kept without an end: {', '.join(endless)}"
        found.append(HealthFinding("retention", words, _HELP, len(endless), HealthSeverity.HINT))
    return found


async def announced(database: Database, periods: Mapping[RetentionClass, str], now: datetime) -> list[HealthFinding]:
    """What will be removed for the first time, and from when: a line for each day (UTC).

    Args:
        database: Postgres.
        periods: by class, as the settings have them.
        now: UTC.
    """
    async with database.transaction() as connection:
        told = await notices(connection, periods, now)
        # Before a worker has stored them nothing is announced, and no date is known.
        stored = {row.kind for row in await queries.retention_rows(connection)}
    coming: dict[date, list[str]] = {}
    for at, kind in sorted((each.starts_at, kind) for kind, each in told.items() if each.starts_at is not None):
        if kind in stored:
            coming.setdefault(at.date(), []).append(f"{kind.replace('_', ' ')} older than {periods[kind]}")
    return [
        HealthFinding(
            "retention",
            f"from {day:%Y-%m-%d} on this is removed: {', '.join(kinds)}",
            _COMMAND,
            severity=HealthSeverity.HINT,
        )
        for day, kinds in coming.items()
    ]
