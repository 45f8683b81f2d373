"""Tells an outage (trying again helps) from a fault of ours, whatever library reports it."""

from __future__ import annotations

import traceback

import asyncpg

from sequences.errors import UnavailableError

_AWAY = (
    UnavailableError,
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.DeadlockDetectedError,
    # The driver, about a connection that was cut in the middle of a question.
    asyncpg.InternalClientError,
)


def is_outage(error: BaseException) -> bool:
    """True when a server that we need does not answer, or has too much to do."""
    if isinstance(error, _AWAY):
        return True
    # The pool reports a connection that was cut under it with the class it also uses for wrong calls.
    return isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError) and "clos" in str(error)


def where(error: BaseException) -> str:
    """Type and place of an error, for logs; not its words: Postgres quotes values, and values are people's data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
