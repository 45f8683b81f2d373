"""What people ask of the rules in Temporal: scans, their schedule, a wake-up. Rows in Postgres come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.postgres import queries
from adapters.postgres.versions import not_published
from adapters.temporal.client import connect
from adapters.temporal.rule_workflows import TemporalRules
from sequences.errors import NotFoundError, RefusedError, RequestRefused, UnavailableError

if TYPE_CHECKING:
    from adapters.postgres.database import Connection, Database
    from adapters.settings import Settings
    from sequences.auto_enroll.messages import Origin, ScanState


class RuleOrders(Protocol):
    """Where orders go; ``adapters.temporal.rule_workflows`` in production."""

    async def wake(self) -> None:
        """Tells the watcher that something waits.

        Raises:
            UnavailableError: Temporal does not answer; the watcher looks by itself within half a minute.
        """
        ...

    async def start_scan(self, sequence: str, origin: Origin) -> str:
        """Starts a scan, and gives the id of its workflow; one that still runs is left alone.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def scanned(self, sequence: str) -> ScanState:
        """How far the newest scan by hand is, or what became of it.

        Raises:
            NotFoundError: there never was one, or it is long over.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        ...

    async def ensure_schedule(self, sequence: str, *, wanted: bool = True) -> None:
        """Makes sure that the sequence is scanned every day, or (not ``wanted``) that it is not.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...


async def orders(settings: Settings) -> RuleOrders:
    """Temporal, for commands.

    Raises:
        UnavailableError: it does not answer.
    """
    return TemporalRules(await connect(), settings.scan_clock(), settings.organisation_timezone)


async def reach(settings: Settings) -> RuleOrders | None:
    """As ``orders``, for commands that work without it too: None when it does not answer."""
    try:
        return await orders(settings)
    except UnavailableError:
        return None


async def ensure_schedules(database: Database, orders: RuleOrders) -> int:
    """Gives every sequence whose rules are on its daily scan, and no other: a publish may have found Temporal away.

    Returns:
        How many sequences have rules that are on.

    Raises:
        UnavailableError: Temporal does not answer.
    """
    async with database.transaction() as connection:
        rows = await queries.explain_rules_switched_on(connection)
    for row in rows:
        await orders.ensure_schedule(row.sequence, wanted=row.on)
    return sum(row.on for row in rows)


async def require_rules(connection: Connection, sequence: str) -> None:
    """Refuses a scan that could find nobody.

    Raises:
        NotFoundError: no such sequence is published.
        RefusedError: it has no rules, or they are not on or broken.
    """
    if await queries.newest_version(connection, sequence=sequence) is None:
        raise NotFoundError(await not_published(connection, sequence))
    state = await queries.rule_state_row(connection, sequence=sequence)
    if state is None:
        raise RefusedError(
            RequestRefused.RULES_OFF, f"rules: no rules of {sequence} are on; publish it with auto_enroll"
        )
    if state.broken:
        raise RefusedError(RequestRefused.RULES_BROKEN, f"rules: those of {sequence} are broken: {state.broken}")
