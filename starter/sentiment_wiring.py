"""The sentiment worker's insides: a warm model, the thread it runs on, and the threads of those who ask it."""

from __future__ import annotations

import asyncio
import logging
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from adapters.sentiment.batching import MOST, BatchingScorer
from adapters.sentiment.choose import open_scorer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from adapters.sentiment.batching import Model
    from adapters.sentiment.by_language import ByLanguage
    from adapters.sentiment.scorer import FlairScorer
    from adapters.sentiment.settings import SentimentSettings

AT_ONCE: Final = 2 * MOST
"""Replies in the hands of one worker: a batch in the model, and the next one that gathers meanwhile."""

_Loaded = TypeVar("_Loaded", bound="Model")
_log = logging.getLogger("relance.sentiment")


@dataclass(frozen=True)
class Scoring:
    """What a sentiment worker scores with: the model, and the executor on whose threads it is asked."""

    scorer: BatchingScorer
    executor: ThreadPoolExecutor


def sentiment_model(settings: SentimentSettings) -> FlairScorer | ByLanguage:
    """The models that the settings name, warmed: the first reply costs what every other does. Blocks for seconds.

    Raises:
        ModelError: it cannot be loaded.
    """
    scorer = open_scorer(settings)
    scorer.warm_up()
    return scorer


async def loaded(load: Callable[[], _Loaded]) -> _Loaded:
    """The model, loaded and warmed on a thread; says in the log what that took.

    Raises:
        ModelError: it cannot be loaded.
    """
    _log.info("sentiment: loading")
    begun = time.monotonic()
    model = await asyncio.to_thread(load)
    seconds, name = time.monotonic() - begun, getattr(model, "name", "own")
    _log.info("sentiment: ready in %.1f s, profile %s, %d MB", seconds, name, peak_megabytes())
    return model


@asynccontextmanager
async def scoring_with(model: Model) -> AsyncIterator[Scoring]:
    """Serves a warm model until the block ends; what was asked is answered before. Enter it before the worker."""
    async with AsyncExitStack() as stack:
        scorer = BatchingScorer(model)
        # Both wait for threads that wait for this loop: not on it.
        stack.push_async_callback(asyncio.to_thread, scorer.close)
        executor = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="score-reply")
        stack.push_async_callback(asyncio.to_thread, executor.shutdown)
        yield Scoring(scorer, executor)


def peak_megabytes() -> int:
    """The most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # In kilobytes, but for macOS.
    return int(peak // 2**20 if sys.platform == "darwin" else peak // 2**10)
