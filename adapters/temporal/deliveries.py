"""Starts the workflows that deliver follow-ups. Implements ``services.ports.Deliveries``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from adapters.temporal.client_calls import in_time, keywords
from sequences import ids, names

if TYPE_CHECKING:
    from temporalio.client import Client

_GIVE_UP_AFTER = 5.0
_PASS_GIVE_UP = timedelta(minutes=30)


class TemporalDeliveries:
    """Deliveries of one namespace."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def hand_over(self, follow_up: str, kind: str, sequence: str) -> None:
        """Starts the workflow of a follow-up, or makes the one that is open try at once.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        async with in_time("Temporal did not accept the delivery", _GIVE_UP_AFTER):
            await self._client.start_workflow(
                names.DELIVERY_WORKFLOW,
                follow_up,
                id=ids.delivery_workflow_id(follow_up),
                task_queue=names.QUEUE,
                # One that is tried anew after its end has had a workflow of this id.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                start_signal=names.TRY_NOW,
                search_attributes=keywords(RelanceSequence=sequence),
                static_summary=f"{sequence}: {kind}",
                static_details="`relance deliveries` lists waiting deliveries.",
            )

    async def mail_now(self, cause: str) -> None:
        """Starts a pass over replies and answers, besides those of the schedule; the rows are claimed one by one.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        async with in_time("Temporal did not accept the pass over mails", _GIVE_UP_AFTER):
            await self._client.start_workflow(
                names.NOTIFICATION_MAIL_WORKFLOW,
                cause,
                id=ids.mail_pass_workflow_id(cause),
                task_queue=names.QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                # The schedule of each minute is behind it: a pass that no worker takes need not wait.
                execution_timeout=_PASS_GIVE_UP,
                static_summary="mail now",
            )
