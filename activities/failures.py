"""The one place where our errors become Temporal's, and where nothing personal gets through.

A provider's or a database's message may quote an address or a name, and Temporal keeps failures for weeks: only our own
errors, which are written for that, keep their words. Everything else keeps its type; the words are in the worker's log.
"""

from __future__ import annotations

import logging
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from sequences.errors import RefusedError, RelanceError

_log = logging.getLogger("relance.activities")
_WORTH_A_LINE = 3
"""Attempts."""


class FailureInterceptor(Interceptor):
    """Wraps every activity of a worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Puts the mapping around the activity."""
        return _Mapping(next)


class _Mapping(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except FailureError:
            raise
        except RelanceError as error:
            _note(error)
            # Reason and detail apart, as ``adapters.temporal.client_calls.refusal_in`` reads them.
            apart = (error.reason, error.detail) if isinstance(error, RefusedError) else ()
            raise ApplicationError(
                str(error), *apart, type=type(error).__name__, non_retryable=error.permanent
            ) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, its words must not reach Temporal
            info = activity.info()
            _log.exception("%s of %s failed, attempt %d", info.activity_type, info.workflow_id, info.attempt)
            name = type(error).__name__
            raise ApplicationError(
                f"{name} in {info.activity_type}; the worker's log has the words", type=name
            ) from None


def _note(error: RelanceError) -> None:
    """One line for what is not tried again, and for what has failed before: a single hiccup is nobody's business."""
    info = activity.info()
    if error.permanent:
        _log.warning("%s of %s failed for good: %s", info.activity_type, info.workflow_id, error)
    elif info.attempt >= _WORTH_A_LINE:
        _log.warning("%s of %s failed, attempt %d: %s", info.activity_type, info.workflow_id, info.attempt, error)
