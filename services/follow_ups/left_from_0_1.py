"""What 0.1 left waiting: its steps and the ends of its runs wrote webhooks and enrollments that nobody delivered."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.number_words import number_of
from sequences.sending.deliveries import DELIVERY_PROBLEM, lasts_words

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from adapters.postgres.database import Database

_log = logging.getLogger("relance.deliveries")

_A_PAGE = 500


class LeftBehind:
    """Closes what is too old to be delivered without a word; what is younger goes the way of everything else."""

    def __init__(self, database: Database, lasts: timedelta) -> None:
        self._database = database
        self._lasts = lasts

    async def close(self, now: datetime) -> bool:
        """Closes a page of what waited when this version came and is older than the deadline; True when there is more.

        Nobody wants a person enrolled, or told of, weeks late. Each owner hears of it once, and may deliver them.
        """
        words = f"left by Relance 0.1 and older than {lasts_words(self._lasts)}"
        async with self._database.transaction() as connection:
            closed = await queries.close_left_behind(
                connection, before=now - self._lasts, result=words, at=now, limit=_A_PAGE
            )
            by_owner: dict[str, list[str]] = {}
            for row in closed:
                if row.owner_id:
                    by_owner.setdefault(row.owner_id, []).append(row.id)
            for owner, closed_ids in by_owner.items():
                await queries.add_notification(
                    connection,
                    id=ids.left_behind_notice_id(owner, min(closed_ids)),
                    owner_id=owner,
                    kind=DELIVERY_PROBLEM,
                    title=number_of(
                        len(closed_ids),
                        "webhook or enrollment of an old run was never delivered",
                        "webhooks or enrollments of old runs were never delivered",
                    )
                    + "; `relance deliveries --dead` lists them",
                    enrollment_id=None,
                    person_id=None,
                    created_at=now,
                )
        if closed:
            _log.warning("%d deliveries left by Relance 0.1 are dead; `relance deliveries --dead`", len(closed))
        return len(closed) == _A_PAGE
