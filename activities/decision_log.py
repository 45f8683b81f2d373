"""One line in the log for every decision about a run: ids, what was decided, and nobody's words."""

from __future__ import annotations

import logging
from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from sequences.runs.state import CommandCall, Decision, ReactionCall

_log = logging.getLogger("relance.decisions")


class DecisionInterceptor(Interceptor):
    """Wraps every activity of a worker."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Puts the line behind the activity."""
        return _Telling(next)


class _Telling(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        result = await super().execute_activity(input)
        call = input.args[0] if input.args else None
        if isinstance(result, Decision) and isinstance(call, ReactionCall):
            ids = {"reaction": call.reaction, "run": call.enrollment}
            _log.info("%s of %s: %s (%s)", *ids.values(), result.then, result.reason, extra={"ids": ids})
        elif isinstance(result, Decision) and isinstance(call, CommandCall):
            # The reason of a command is what somebody typed.
            what = "refused" if result.refused else result.then
            _log.info("%s of %s: %s", call.command.kind, call.enrollment, what, extra={"ids": {"run": call.enrollment}})
        return result
