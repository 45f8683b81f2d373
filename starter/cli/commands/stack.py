"""``relance up``, ``demo``, ``serve``, ``dispatch`` and ``worker``: what starts and stays. The work is elsewhere."""

# ruff: noqa: PLC0415 - servers, Temporal and torch are imported by the commands that need them.
from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from sequences.names import QUEUE, SEND_QUEUE, SENTIMENT_QUEUE

QUEUES = (QUEUE, SEND_QUEUE, SENTIMENT_QUEUE)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    for command in (up, demo, serve, dispatch, worker):
        app.command()(command)


def up() -> None:
    """Start everything on this machine; Ctrl-C stops it.

    The data is kept for the next time.
    """
    from starter.local.up import up as start

    raise typer.Exit(start())


def demo() -> None:
    """Play three weeks on example data in a minute, and check it.

    Time is skipped. Exit status 0 only if every expectation was met.
    """
    from starter.demo.run import demo as play

    raise typer.Exit(play())


def serve(
    dispatch: Annotated[
        bool, typer.Option(help="Also tell Temporal what Postgres knows; not where `relance dispatch` runs.")
    ] = True,
) -> None:
    """Serve the HTTP hooks and the listener of incoming mail."""
    from adapters.settings import load_settings
    from starter.server.serve import serve as serve_all

    asyncio.run(serve_all(load_settings(), dispatch=dispatch))


def dispatch() -> None:
    """Tell Temporal what Postgres knows, beside `relance serve`.

    Any number of these processes share the work.
    """
    from adapters.settings import load_settings
    from starter.server.dispatch import dispatch as empty_the_outbox

    asyncio.run(empty_the_outbox(load_settings()))


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
) -> None:
    """Run a Temporal worker for all or some task queues."""
    from adapters.settings import load_settings
    from worker import run

    asyncio.run(run(load_settings(), _split(queues)))
