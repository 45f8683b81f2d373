"""The sentiment activity: runs on its own queue, in its own worker process, on a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from temporalio import activity

from adapters.postgres import queries
from sequences.names import SCORE_REPLY
from sequences.run import ReactionCall

if TYPE_CHECKING:
    from activities.ports import Scorer
    from adapters.postgres.database import Database


class ScoringActivities:
    """Scores the words that a person wrote, read from Postgres and written back there: Temporal never sees them."""

    def __init__(self, database: Database, scorer: Scorer) -> None:
        self._database = database
        self._scorer = scorer

    @activity.defn(name=SCORE_REPLY)
    async def score_reply(self, call: ReactionCall) -> None:
        """Scores one reply. The model blocks, so it runs on a thread; scoring twice gives the same row."""
        async with self._database.transaction() as connection:
            row = await queries.row(connection, "reaction_row", id=call.reaction)
        if row is None or row["handled_at"] is not None:
            return
        # Nothing but a quote or a forward: the whole text is scored, and being ours it says nothing about the person.
        text = row["reply_text"] or row["full_text"] or ""
        score = (await asyncio.to_thread(self._scorer.score, [text]))[0]
        async with self._database.transaction() as connection:
            await queries.run(
                connection, "score_reaction", id=call.reaction, label=score.label.value, confidence=score.confidence,
                intent=score.intent.value, opt_out=score.opt_out, held=score.held or row["no_own_words"],
                reasons=list(score.reasons),
            )  # fmt: skip
