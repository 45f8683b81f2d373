"""The activity that tries disconnected mailboxes again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import activity

from sequences.mailboxes.retry import RetryMailboxesCall, RetryMailboxesPass
from sequences.names import RETRY_MAILBOXES

if TYPE_CHECKING:
    from services.mailboxes.retry_mailboxes import RetryMailboxes


class MailboxRetryActivities:
    """What ``MailboxRetryWorkflow`` calls."""

    def __init__(self, retrying: RetryMailboxes) -> None:
        self._retrying = retrying

    @activity.defn(name=RETRY_MAILBOXES)
    async def retry_mailboxes(self, call: RetryMailboxesCall) -> RetryMailboxesPass:
        """One try of each mailbox that is due."""
        return await self._retrying.pass_over(call.now, activity.is_worker_shutdown)
