"""Scores the words of a reply: each call on a thread, one model for all of them."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import wait
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from adapters.postgres import queries
from sequences.errors import UnavailableError
from sequences.inbound.reports.rejection import REJECTED
from sequences.inbound.trust import DOUBT
from sequences.reactions.sentiment import CalibratedReading, Intent, Label, Probabilities, ReviewReason, Score, decide
from sequences.sms.reading import ASKS_FOR_HELP

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future
    from typing import Any

    from adapters.postgres.database import Database
    from services.ports import Scorer

_Result = TypeVar("_Result")

_TRIES = 3
"""From this attempt on a reply that the model fails on goes to a person."""
_POSTGRES_SECONDS = 90.0
"""For one statement and the wait for a connection; a statement alone is given up by the pool after 60."""
_LOOK_UP_SECONDS = 1.0
"""How soon a thread that waits for the model notices that nobody wants its answer any more."""
_NO_ANSWER = CalibratedReading(Probabilities(float("nan"), float("nan"), float("nan")), {})

_log = logging.getLogger("relance.sentiment")


class ScoreReply:
    """Scores the words that a person wrote, read from Postgres and written back there: Temporal never sees them.

    Args:
        database: its pool belongs to ``loop``; the threads of the activities ask it through that.
        scorer: the model.
        loop: that runs for as long as the process does; None is the running one.
    """

    def __init__(self, database: Database, scorer: Scorer, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._database = database
        self._scorer = scorer
        self._loop = loop or asyncio.get_running_loop()

    def score(self, reaction: str, attempt: int, still_wanted: Callable[[], None]) -> None:
        """Scores one reply. Many run at once and wait for one model; scoring twice gives the same row.

        Args:
            reaction: id of the reply.
            attempt: counted from 1.
            still_wanted: asked again and again while the model works; raises what ends the wait.

        Raises:
            UnavailableError: Postgres does not answer, or the model failed and may not the next time.
        """
        row = self._in_loop(self._read(reaction))
        if row is None or row.handled_at is not None or row.label is not None:
            return
        # Nothing but a quote or a forward: the whole text is scored, and being ours it says nothing about the person.
        text = row.reply_text or row.full_text or ""
        answer = _answered(self._scorer.submit(text), still_wanted)
        if error := answer.exception():
            _give_up(reaction, attempt, error)
            score = opted_out(text)
        else:
            score = answer.result()
        known = row.detail.get("reasons", ())
        score = settled(
            score, wished=bool(row.opt_out), refused=REJECTED in known, asks_for_help=ASKS_FOR_HELP in known
        )
        self._in_loop(self._write(row, score))

    def _in_loop(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        answer = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return answer.result(_POSTGRES_SECONDS)
        except TimeoutError:
            answer.cancel()
            raise UnavailableError("Postgres did not answer in time") from None

    async def _read(self, reaction: str) -> queries.ReactionRow | None:
        async with self._database.statement() as connection:
            return await queries.reaction_row(connection, id=reaction)

    async def _write(self, row: queries.ReactionRow, score: Score | None) -> None:
        no_own_words, wished = row.no_own_words, bool(row.opt_out)
        reasons = list(score.reasons) if score else [ReviewReason.NO_ANSWER.value]
        if row.wish_in_other_words:
            reasons.append(ReviewReason.WISH_IN_OTHER_WORDS.value)
        doubt = row.detail.get(DOUBT)
        if doubt is not None:
            reasons.append(ReviewReason(doubt).value)
        async with self._database.statement() as connection:
            await queries.score_reaction(
                connection,
                id=row.id,
                label=score.label.value if score else None,
                confidence=score.confidence if score else None,
                intent=score.intent.value if score else None,
                # Words of a quote are ours: our own footer must not opt anybody out. A person reads it. What was
                # obeyed when the reply was stored stays obeyed: that looked at the person's own words alone. What may
                # be somebody else's word opts nobody out before a person has said so.
                opt_out=wished or bool(score and score.opt_out and not no_own_words and doubt is None),
                held=score is None
                or score.needs_review
                or no_own_words
                or row.wish_in_other_words
                or doubt is not None,
                reasons=reasons,
            )


def _answered(answer: Future[Score], still_wanted: Callable[[], None]) -> Future[Score]:
    while not wait((answer,), _LOOK_UP_SECONDS).done:
        try:
            still_wanted()
        except BaseException:
            answer.cancel()
            raise
    return answer


def _give_up(reaction: str, attempt: int, error: BaseException) -> None:
    """Returns when another try is of no use. The words of the error may quote the reply: type only.

    Raises:
        UnavailableError: it is worth another try.
    """
    name = type(error).__name__
    if attempt < _TRIES:
        raise UnavailableError(f"the sentiment model failed on this reply ({name}); it is retried") from None
    _log.error("sentiment: %s on reaction %s, attempt %d: needs review", name, reaction, attempt)


def settled(score: Score | None, *, wished: bool, refused: bool, asks_for_help: bool = False) -> Score | None:
    """A score that agrees with what is known without the model.

    Args:
        score: the model's, or None.
        wished: the reviewed list found a wish not to be contacted when the reply was stored.
        refused: the mail was refused by a filter: no attitude but one speaks from that, and a person reads the words.
        asks_for_help: a text is the word for help: somebody must answer, whatever a model makes of one word.
    """
    if score is None or not (wished or refused or asks_for_help):
        return score
    if wished:
        return replace(score, label=Label.NEGATIVE, intent=Intent.OPT_OUT)
    if asks_for_help:
        return replace(score, label=Label.NEUTRAL, intent=Intent.QUESTION, opt_out=False, needs_review=True)
    intent = Intent.OPT_OUT if score.opt_out else Intent.DECLINE
    return replace(score, label=Label.NEGATIVE, intent=intent, needs_review=True)


def opted_out(text: str) -> Score | None:
    """The opt-out (it needs review) that the reviewed list alone finds in a text that cannot be scored; or None."""
    try:
        score = decide(_NO_ANSWER, text, threshold=1.0)
    except Exception as error:  # noqa: BLE001 - it may be the very text that broke the model
        _log.error("sentiment: the list of opt-outs fails on the same reply (%s)", type(error).__name__)
        return None
    return score if score.opt_out else None
