"""An activity that failed for good never ends its workflow alone: one more activity settles the rows first."""

from __future__ import annotations

from dataclasses import replace

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from sequences.names import SETTLE_FAILURE
    from sequences.runs.failures import LONGEST_REASON, FailureCall
    from sequences.runs.state import Decision
    from workflows.calls import call


def why_of(error: ActivityError) -> str:
    """The words of what failed; the worker has made sure that they hold no personal data."""
    cause = error.cause
    words = cause.message if isinstance(cause, ApplicationError) else type(cause or error).__name__
    return words if len(words) <= LONGEST_REASON else words[: LONGEST_REASON - 3] + "..."


def failed_for_good(error: ActivityError) -> str:
    """Notes it in the log, and gives the words.

    Raises:
        ActivityError: it did not fail, the workflow was cancelled.
    """
    if is_cancelled_exception(error):
        raise error
    workflow.logger.warning("%s failed for good: %s", error.activity_type, why_of(error))
    return why_of(error)


async def settled(error: ActivityError, failure: FailureCall) -> Decision:
    """Has the rows settled, for as long as that takes, and says what comes next.

    Raises:
        ActivityError: it did not fail, the workflow was cancelled.
    """
    failed_for_good(error)
    known = replace(failure, activity=error.activity_type, why=why_of(error), now=workflow.now())
    return await call(SETTLE_FAILURE, known, Decision, f"{error.activity_type} failed")
