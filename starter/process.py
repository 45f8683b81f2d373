"""A long-running command as a process: how it is asked to end, and what its memory holds for good."""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def set_by_signals(asked: asyncio.Event) -> Iterator[None]:
    """Sets ``asked`` at SIGTERM or SIGINT, as long as the block lasts; afterwards they do what they did before."""
    loop = asyncio.get_running_loop()
    handled = (signal.SIGTERM, signal.SIGINT)
    for number in handled:
        loop.add_signal_handler(number, asked.set)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def set_aside_what_stays() -> None:
    """Takes everything loaded so far out of the garbage collector's rounds: it lives as long as the process.

    A full round stops every thread. With a thousand runs in the cache and other work on the machine it came near the
    two seconds after which the SDK takes a workflow for deadlocked (docs/decisions.md).
    """
    gc.collect()
    gc.freeze()
