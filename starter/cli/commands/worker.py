"""``relance worker``: a Temporal worker."""

# ruff: noqa: PLC0415 - servers, Temporal and torch are imported by the commands that need them.
from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from sequences.names import QUEUE, SEND_QUEUE, SENTIMENT_QUEUE

QUEUES = (QUEUE, SEND_QUEUE, SENTIMENT_QUEUE)


def _queues(given: str) -> str:
    unknown = [name for name in _split(given) if name not in QUEUES]
    if unknown or not _split(given):
        raise typer.BadParameter(f"unknown queue {', '.join(unknown) or repr(given)}; there are {', '.join(QUEUES)}")
    return given


def _split(given: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in given.split(",") if name.strip()))


def worker(
    queues: Annotated[
        str, typer.Option(help="Task queues, separated by commas; the sentiment queue loads torch.", callback=_queues)
    ] = ",".join(QUEUES),
    starts: Annotated[
        bool, typer.Option(help="Also start the runs that wait for it; not where other workers of the queue do.")
    ] = True,
) -> None:
    """Run a Temporal worker for all or some task queues."""
    from adapters.settings import load_sentiment_worker_settings, load_settings
    from worker import judge, run

    wanted = _split(queues)
    # It reads what strangers write, with a hundred packages: it is not given the keys of everything.
    if wanted == (SENTIMENT_QUEUE,):
        asyncio.run(judge(load_sentiment_worker_settings()))
    else:
        asyncio.run(run(load_settings(), wanted, starts=starts))
