"""Names that workflows, activities and clients agree on: activities, queues, workflow types and messages."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

QUEUE: Final = "relance"
SEND_QUEUE: Final = "relance-send"
SENTIMENT_QUEUE: Final = "relance-sentiment"
DELIVERY_QUEUE: Final = "relance-delivery"
"""Worked on by whoever works on ``QUEUE``, with places of its own: a receiver that hangs holds up no run."""

ENROLLMENT_WORKFLOW: Final = "EnrollmentWorkflow"
LATE_REACTION_WORKFLOW: Final = "LateReactionWorkflow"
BULK_CONTROL_WORKFLOW: Final = "BulkControlWorkflow"
REENROLLMENT_WINDOW_WORKFLOW: Final = "ReenrollmentWindowWorkflow"
RULE_WATCHER_WORKFLOW: Final = "RuleWatcherWorkflow"
RULE_SCAN_WORKFLOW: Final = "RuleScanWorkflow"
NOTIFICATION_MAIL_WORKFLOW: Final = "NotificationMailWorkflow"
RECONCILIATION_WORKFLOW: Final = "ReconciliationWorkflow"
MAILBOX_RETRY_WORKFLOW: Final = "MailboxRetryWorkflow"
RUN_WATCH_WORKFLOW: Final = "RunWatchWorkflow"
RETENTION_WORKFLOW: Final = "RetentionWorkflow"
DELIVERY_WORKFLOW: Final = "DeliveryWorkflow"

REACT: Final = "react"
PLAN: Final = "plan"
STATUS: Final = "status"
ORDER: Final = "order"
PROGRESS: Final = "progress"
WAKE: Final = "wake"
CHANGE_WINDOW: Final = "change"
TRY_NOW: Final = "try-now"
WINDOW_MEMO: Final = "window"
"""Key of the memo that says which row of the ledger a window's workflow runs for."""

ENROLLMENT_MEMO: Final = "enrollment"
"""Key of the memo that says which enrollment a run's workflow is for."""

BEGIN_RUN: Final = "begin_run"
TAKE_STEP: Final = "take_step"
HANDLE_REACTION: Final = "handle_reaction"
CARRY_OUT_COMMAND: Final = "carry_out_command"
FINISH_RUN: Final = "finish_run"
DELIVER_FOLLOW_UPS: Final = "deliver_follow_ups"
"""Of histories that 0.1 began; today every follow-up that goes out has a workflow of its own."""
SETTLE_FAILURE: Final = "settle_failure"
DELIVER_FOLLOW_UP: Final = "deliver_follow_up"
SEND_FOLLOW_UP: Final = "send_follow_up"
GIVE_UP_DELIVERY: Final = "give_up_delivery"
SCORE_REPLY: Final = "score_reply"
BEGIN_BULK: Final = "begin_bulk"
CONTROL_PAGE: Final = "control_page"
RELEASE_HOLD: Final = "release_hold"
END_WINDOW: Final = "end_window"
WATCH_CHANGES: Final = "watch_changes"
BEGIN_SCAN: Final = "begin_scan"
SCAN_PAGE: Final = "scan_page"
MAIL_NOTIFICATIONS: Final = "mail_notifications"
RECONCILE_SENDS: Final = "reconcile_sends"
RETRY_MAILBOXES: Final = "retry_mailboxes"
WATCH_RUNS: Final = "watch_runs"
REMOVE_EXPIRED: Final = "remove_expired"

SEARCH_ATTRIBUTES: Final = MappingProxyType(
    {
        "RelanceSequence": "Keyword",
        "RelanceRecord": "Keyword",
        "RelancePerson": "Keyword",
        "RelanceOwner": "Keyword",
        "RelancePhase": "Keyword",
    }
)
"""Name to Temporal type, as ``temporal operator search-attribute create`` wants it. Values never name a person."""
