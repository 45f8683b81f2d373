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

from sequences.errors import RelanceError

_log = logging.getLogger("relance.activities")


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
            raise ApplicationError(str(error), type=type(error).__name__, non_retryable=error.permanent) from None
        except Exception as error:  # noqa: BLE001 - whatever it is, its words must not reach Temporal
            info = activity.info()
            _log.exception("activity failed", extra={"activity": info.activity_type, "workflow": info.workflow_id})
            name = type(error).__name__
            raise ApplicationError(
                f"{name} in {info.activity_type}; the worker's log has the words", type=name
            ) from None
