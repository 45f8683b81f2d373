"""How many people the rules of a published sequence would enroll now: what an act that lets them in asks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.rules.evaluator import Rules, ScanScope
from adapters.postgres.versions import Versions
from sequences.auto_enroll.messages import Origin
from sequences.errors import UnavailableError
from services.console.looking import looking
from services.publishing.preview import rule_alone

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.publishing.preview import Asking


async def rule_reach(database: Database, asking: Asking, sequence: str, now: datetime) -> int | None:
    """Of the newest version, as far as one statement knows; 0 without rules that can be read.

    Args:
        database: Postgres.
        asking: what a look at rules needs.
        sequence: its name.
        now: UTC.

    Returns:
        None: it takes too long to count them.

    Raises:
        NotFoundError: it was never published.
    """
    try:
        async with looking(database) as connection:
            version = await Versions().get(connection, sequence)
            if version.definition.auto_enroll is None:
                return 0
            rule = rule_alone(asking, version, now)
            if rule.compiled is None:
                return 0
            counts = await Rules().count(connection, rule, ScanScope(Origin.EXISTING, now, now))
    except UnavailableError:
        return None
    return counts.get("", 0)
