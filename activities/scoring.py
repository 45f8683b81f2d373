"""The sentiment activity: runs on its own queue, in its own worker process, each call on a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.exceptions import CancelledError

from sequences.errors import UnavailableError
from sequences.names import SCORE_REPLY
from sequences.runs.state import ReactionCall

if TYPE_CHECKING:
    from services.reactions.score_reply import ScoreReply


class ScoringActivities:
    """What a run calls when a reply has words."""

    def __init__(self, scoring: ScoreReply) -> None:
        self._scoring = scoring

    # An exception thrown into the thread from outside could hit it between any two lines, with a lock in its hands:
    # it looks for a cancellation itself.
    @activity.defn(name=SCORE_REPLY, no_thread_cancel_exception=True)
    def score_reply(self, call: ReactionCall) -> None:
        """Scores one reply."""
        self._scoring.score(call.reaction, activity.info().attempt, _still_wanted)


def _still_wanted() -> None:
    """Raises when the activity is cancelled.

    Raises:
        CancelledError: the run is over, and nobody waits for the score.
        UnavailableError: the worker is shutting down. Said as cancelled, it would never be tried again.
    """
    if not activity.is_cancelled():
        return
    details = activity.cancellation_details()
    if details is not None and details.cancel_requested:
        raise CancelledError("this score is no longer needed")
    raise UnavailableError("the worker is shutting down; another one takes the reply")
