"""The queries of ``sql/soft_bounces.sql``.

Written by ``python -m tools.queries`` from ``sql/soft_bounces.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.row import affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_MAILS_RETURNED_BY = """
SELECT count(*) FROM send s
WHERE s.channel = 'email' AND s.undelivered_at IS NOT NULL AND coalesce(s.recipient_key, lower(s.recipient)) = $1
  AND s.undelivered_reason <> ALL($3::text[])
  AND s.undelivered_at > greatest($2::timestamptz, (
      SELECT max(x.lifted_at) FROM suppression x WHERE x.address = $1 AND x.reason = 'soft_bounces'))"""

_LIFT_SOFT_BOUNCES = """
UPDATE suppression SET lifted_at = $2 WHERE address = $1 AND reason = 'soft_bounces' AND lifted_at IS NULL"""


async def mails_returned_by(connection: Connection, *, address: str, since: datetime, ours: Collection[str]) -> int:
    """``mails_returned_by``.

    Mails to an address that did not arrive, but for those that were refused because of us, since then and since
    somebody said that the address works.
    """
    value: int = await connection.fetchval(_MAILS_RETURNED_BY, address, since, ours)
    return value


async def lift_soft_bounces(connection: Connection, *, address: str, at: datetime | None) -> int:
    """Runs ``lift_soft_bounces``."""
    return affected(await connection.execute(_LIFT_SOFT_BOUNCES, address, at))
