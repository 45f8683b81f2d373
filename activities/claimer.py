"""Who claims a message: one try of one activity."""

from __future__ import annotations

from temporalio import activity

from services.sending.attempt import Claimer


def this_try() -> Claimer:
    """The try of the activity that runs."""
    info = activity.info()
    return Claimer(f"{info.workflow_run_id}:{info.activity_id}:{info.attempt}", activity.is_worker_shutdown)
