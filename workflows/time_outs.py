"""How long activities may take, and how patiently they are retried. Their names are in ``sequences.names``.

Workflows call activities by name, so that the sandbox never imports asyncpg, jinja2, twilio or flair.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio.common import RetryPolicy

SHORT = timedelta(seconds=60)
# RFC 5321 section 4.5.3.2.6 has a client wait ten minutes for the answer to the final dot.
SENDING = timedelta(minutes=12)
SCORING = timedelta(minutes=5)
HEARTBEAT = timedelta(seconds=20)
"""A worker that died in the middle of an activity is noticed after this, not after ``SHORT`` or ``SENDING``."""

PATIENT = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=5))
"""Retries for ever: Postgres or a worker that is down delays a run and never ends it."""

SOON = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))
"""As patient, with short pauses: for what much waits behind."""
