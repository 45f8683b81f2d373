"""Names of activities and queues, and their time-outs: the only thing workflows know of activities.

Workflows call activities by name, so that the sandbox never imports asyncpg, jinja2, twilio or flair.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy

from sequences.names import (
    BEGIN_RUN,
    CARRY_OUT_COMMAND,
    DELIVER_FOLLOW_UPS,
    FINISH_RUN,
    HANDLE_REACTION,
    QUEUE,
    SCORE_REPLY,
    SEND_QUEUE,
    SENTIMENT_QUEUE,
    TAKE_STEP,
)

__all__ = [
    "BEGIN_RUN",
    "CARRY_OUT_COMMAND",
    "DELIVER_FOLLOW_UPS",
    "FINISH_RUN",
    "HANDLE_REACTION",
    "HEARTBEAT",
    "PATIENT",
    "QUEUE",
    "SCORE_REPLY",
    "SCORING",
    "SENDING",
    "SEND_QUEUE",
    "SENTIMENT_QUEUE",
    "SHORT",
    "TAKE_STEP",
]

SHORT = timedelta(seconds=60)
# RFC 5321 section 4.5.3.2.6 has a client wait ten minutes for the answer to the final dot.
SENDING = timedelta(minutes=12)
SCORING = timedelta(minutes=5)
HEARTBEAT = timedelta(seconds=20)
"""A worker that died in the middle of an activity is noticed after this, not after ``SHORT`` or ``SENDING``."""

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
"""Retries for ever: Postgres or a worker that is down delays a run and never ends it."""
