"""What Relance did about replies: the follow-ups of the rule, or of a review."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from services.reading.run_story_words import follow_up_words

if TYPE_CHECKING:
    from collections.abc import Collection

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class FollowedBy:
    """One thing that was done about a reply.

    Attributes:
        id: of the follow-up; a task and a lead have the same.
        kind: such as ``create_task``.
        what: in words.
        state: ``done | pending | failed | dead``; of a task ``open | done``.
        at: UTC.
    """

    id: str
    kind: str
    what: str
    state: str
    at: datetime

    @property
    def line(self) -> str:
        """What was done, with the state where it is not done yet."""
        return self.what if self.state in ("done", "open") else f"{self.what} ({self.state})"


async def what_followed(connection: Connection, replies: Collection[str]) -> dict[str, list[FollowedBy]]:
    """By id of the reply, in order; a reply that led to nothing is not in it."""
    found: dict[str, list[FollowedBy]] = defaultdict(list)
    for row in await queries.followed_replies(connection, ids=list(replies)):
        words = follow_up_words(row, row.task_title)
        found[row.reply_id].append(FollowedBy(row.id, row.kind, words, row.task_state or row.state, row.at))
    return found


async def lines_of(connection: Connection, reply: str) -> list[str]:
    """The same of one reply, a line each."""
    found = await what_followed(connection, [reply])
    return [each.line for each in found.get(reply, ())]
