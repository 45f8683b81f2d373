"""Buttons of the console that were pressed: a second press with the same key does nothing, and is answered the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_ABANDONED: Final = timedelta(minutes=1)
"""An act without an answer for that long was cut off: the next press does it. Services have keys of their own."""


@dataclass(frozen=True)
class Press:
    """What is known of a press.

    Attributes:
        is_new: nobody did this yet: the caller does it, and then calls ``keep_answer`` or ``forget``.
        answer: of the first press, as it was kept; None: it is still being done.
    """

    is_new: bool
    answer: bytes | None = None


async def begin(connection: Connection, digest: bytes, now: datetime) -> Press:
    """Begins an act, or finds what the first press was answered.

    Args:
        connection: in a transaction.
        digest: of the key, who pressed, where, and what the form said.
        now: UTC.
    """
    if await queries.begin_press(connection, digest=digest, now=now, abandoned=now - _ABANDONED) is not None:
        return Press(is_new=True)
    return Press(is_new=False, answer=await queries.press_answer(connection, digest=digest))


async def answer_of(connection: Connection, digest: bytes) -> bytes | None:
    """What was kept for a press; None: nothing yet."""
    return await queries.press_answer(connection, digest=digest)


async def keep_answer(connection: Connection, digest: bytes, answer: bytes) -> None:
    """Keeps what the first press was answered."""
    await queries.keep_press(connection, digest=digest, answer=answer)


async def forget(connection: Connection, digest: bytes) -> None:
    """Nothing was done: the next press tries again."""
    await queries.forget_press(connection, digest=digest)
