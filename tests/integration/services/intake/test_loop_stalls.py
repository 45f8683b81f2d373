"""The event loop does not wait for what strangers wrote: no callback takes 50 ms, whatever comes in.

Processor time of the loop's thread, not time that passes: a busy machine takes nothing of it.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import random
import smtplib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.mail.incoming.listener import ListenerSettings, MailListener
from adapters.side_processes import SideProcesses
from benchmarks.fuzz.mails import mutated
from services.intake.apart import Apart
from services.intake.mail import MailIntake
from starter.composition import organisation_of
from tests.support.hostile_mails import HOSTILE
from tests.support.mutated_mails import corpus
from tests.support.rigs.api import BEARER, ApiRig
from tests.support.rigs.inbound import reply, reply_address, serving
from tests.support.waiting import PATIENCE

LIMIT = 0.05
COUNT = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 300
_HEAVY = 300_000


@contextmanager
def longest_callback() -> Iterator[list[float]]:
    """The longest processor time of one callback of this thread's loop, while the block runs."""
    longest, measures = [0.0], True
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        # The callback that ends the block collects the garbage of all mails: that is the measure's own.
        if measures:
            longest[0] = max(longest[0], time.thread_time() - began)

    # Garbage of all tests before is no cost of a mail.
    gc.collect()
    gc.disable()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asyncio.Handle, "_run", timed)
        try:
            yield longest
        finally:
            measures = False
            gc.enable()


@functools.cache
def heavy() -> tuple[bytes, ...]:
    """One of each kind that is made to cost much."""
    return tuple(make()[:_HEAVY] for make in HOSTILE.values())


def mails(start: int, count: int) -> Iterator[bytes]:
    """The same ones every time."""
    seeds, costly = corpus(), heavy()
    for number in range(start, start + count):
        if number % 10 == 0 and number // 10 < len(costly):
            yield costly[number // 10]
        else:
            yield mutated(random.Random(f"stalls:{number}"), seeds)


@pytest_asyncio.fixture
async def processes() -> AsyncIterator[SideProcesses]:
    found = SideProcesses()
    yield found
    await found.close()


async def come_in(api: ApiRig, database_url: str, apart: Apart, start: int, count: int) -> tuple[dict[str, int], float]:
    """Hands mails in, by turns over LMTP and over HTTP.

    Returns:
        How many there were by how each was answered, and the longest callback in seconds.
    """
    heavy()
    to = reply_address(await api.sent(await api.enrolled()))
    answers: dict[str, int] = {}

    def hand_over(lmtp: int, http: str, raws: Iterable[bytes]) -> None:
        with httpx.Client(base_url=http, trust_env=False, timeout=PATIENCE) as client:
            for number, raw in enumerate(raws):
                headers = {"Authorization": f"Bearer {BEARER}", "X-Relance-Recipient": to if number % 3 else ""}
                if number % 2:
                    said = f"http {client.post('/inbound/mime', content=raw, headers=headers).status_code}"
                else:
                    said = f"lmtp {by_lmtp(lmtp, raw, to)}"
                answers[said] = answers.get(said, 0) + 1

    def by_lmtp(port: int, raw: bytes, recipient: str) -> int:
        with smtplib.LMTP("127.0.0.1", port, timeout=PATIENCE) as client:
            client.sendmail("a@client.example", [recipient], raw)
        return 250

    async with serving(api, database_url, apart=apart):
        intake = MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake, apart)
        listener = MailListener(intake.receive, ListenerSettings(max_size=60_000_000))
        await listener.start()
        try:
            # What is loaded with the first mail is loaded once.
            await asyncio.to_thread(
                hand_over, listener.port, str(api.http.base_url), [reply(words="1"), reply(words="2")]
            )
            answers.clear()
            with longest_callback() as longest:
                await asyncio.to_thread(hand_over, listener.port, str(api.http.base_url), mails(start, count))
        finally:
            await listener.stop()
    return answers, longest[0]


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_hostile_mails_do_not_stall_the_loop(api: ApiRig, database_url: str, processes: SideProcesses) -> None:
    answers, longest = await come_in(api, database_url, processes.run, 0, COUNT)
    # A mail of nothing but blanks is refused over HTTP.
    refused = answers.pop("http 422", 0)
    assert set(answers) == {"http 200", "lmtp 250"}, answers
    assert sum(answers.values()) + refused == COUNT
    assert refused < COUNT / 20
    assert longest < LIMIT, f"{longest * 1_000:.0f} ms of processor time in one callback"
    print(f"{COUNT} mails: the longest callback took {longest * 1_000:.1f} ms")  # noqa: T201 - seen with -s
    assert len(await api.fetch("SELECT 1 AS x FROM inbound")) > COUNT / 2


@pytest.mark.slow
async def test_the_measure_sees_a_mail_that_is_read_on_the_loop(api: ApiRig, database_url: str) -> None:
    async def on_the_loop(function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    _, longest = await come_in(api, database_url, on_the_loop, 20, 1)
    assert longest > LIMIT
