"""Clicks and unsubscribes: what arrives at the links of our mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from activities.contacts import prove_sent
from activities.intake.arrivals import Arrival, add_reaction
from adapters.postgres import queries
from sequences.clicks import Hit, is_human
from sequences.reactions import ReactionKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database


class LinkIntake:
    """Takes hits of tracked links and one-click unsubscribes in. Tokens were checked before."""

    def __init__(self, database: Database, clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    async def click(self, link: str, hit: Hit) -> str | None:
        """Stores a hit with its verdict and returns the frozen target; None when there is no such link.

        Only the first human click of a mail is a reaction; every hit is kept.
        """
        async with self._database.transaction() as connection:
            row = await queries.row(connection, "link_row", id=link)
            if row is None:
                return None
            human = is_human(hit, row["claimed_at"])
            await queries.run(
                connection, "add_hit", link_id=link, at=hit.at, method=hit.method, user_agent=hit.user_agent[:500],
                address=hit.address, verdict="human" if human else "machine",
            )  # fmt: skip
            if human:
                await self._react(connection, row["send_id"], f"click:{row['send_id']}", ReactionKind.CLICKED)
        self._wake()
        return str(row["target"])

    async def unsubscribe(self, send_id: str) -> bool:
        """Records an unsubscribe by link (RFC 8058); False when there is no such send. Repeating changes nothing."""
        async with self._database.transaction() as connection:
            found = await self._react(connection, send_id, f"unsubscribe:{send_id}", ReactionKind.UNSUBSCRIBED)
            if found is not None:
                await queries.value(
                    connection, "add_suppression", person_id=found["person_id"], address=None, channel="email",
                    reason="unsubscribed", source=send_id, since=self._clock(),
                )  # fmt: skip
        self._wake()
        return found is not None

    async def _react(self, connection: Any, send_id: str, key: str, kind: ReactionKind) -> queries.Row | None:
        send = await queries.row(connection, "send_row", id=send_id)
        if send is not None:
            await prove_sent(connection, send, self._clock())
            arrival = Arrival(key, "web", b"", kind.value, self._clock(), send=send, kind=kind)
            await add_reaction(connection, arrival, send, None)
        return send
