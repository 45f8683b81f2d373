"""Work in processes of their own: what it costs, how it ends, and what it knows of us."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from adapters.mail.incoming.providers import PayloadError, postmark
from adapters.side_processes import SideProcesses, WorkLimits
from sequences.errors import UnavailableError, UnfinishedError
from sequences.inbound.model import InboundEvent
from sequences.inbound.parse import parse_mail
from tests.support.waiting import until

MAIL = b"From: a@client.example\r\nSubject: Hi\r\n\r\nYes, call me.\r\n"


@pytest_asyncio.fixture
async def processes() -> AsyncIterator[SideProcesses]:
    found = SideProcesses(WorkLimits(processor_seconds=0.5, memory=200_000_000, per_byte=0), most=1)
    yield found
    await found.close()


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_function_is_called_as_in_a_thread(processes: SideProcesses) -> None:
    mail = await processes.run(parse_mail, MAIL, keep_signature=True)
    assert (mail.event, mail.reply_text) == (InboundEvent.HUMAN, "Yes, call me.")
    [first] = processes.resting
    assert await processes.run(quote, "a b") == "a%20b"
    assert processes.resting == (first,)


async def test_our_errors_come_through_and_those_of_others_by_name_alone(processes: SideProcesses) -> None:
    with pytest.raises(PayloadError, match="RawEmail"):
        await processes.run(postmark.read, b"{}")
    with pytest.raises(UnfinishedError) as failed:
        await processes.run(int, "secret words")
    assert failed.value.why == "ValueError"
    assert "secret" not in str(failed.value)


@pytest.mark.slow
async def test_what_takes_too_long_is_ended_by_its_own_processor_time(processes: SideProcesses) -> None:
    with pytest.raises(UnfinishedError) as failed:
        await processes.run(sum, range(10**11))
    assert failed.value.why == "out_of_time"
    assert await processes.run(quote, "a b") == "a%20b"


async def test_what_hangs_without_working_is_ended_too() -> None:
    processes = SideProcesses(WorkLimits(seconds=0.2), most=1)
    with pytest.raises(UnfinishedError) as failed:
        await processes.run(time.sleep, 3_600)
    assert failed.value.why == "out_of_time"
    await processes.close()


async def test_what_takes_too_much_memory_is_ended_and_costs_us_nothing(processes: SideProcesses) -> None:
    with pytest.raises(UnfinishedError) as failed:
        await processes.run(bytes, 2_000_000_000)
    assert failed.value.why == "out_of_memory"
    assert processes.resting == ()
    assert await processes.run(quote, "a b") == "a%20b"


async def test_one_that_is_killed_is_replaced_and_the_work_is_done(processes: SideProcesses) -> None:
    await processes.run(quote, "a")
    [first] = processes.resting
    os.kill(first, signal.SIGKILL)
    assert await processes.run(quote, "a b") == "a%20b"
    assert processes.resting != (first,)


async def test_work_that_kills_its_process_is_tried_twice(processes: SideProcesses) -> None:
    with pytest.raises(UnfinishedError) as failed:
        await processes.run(os._exit, 3)
    assert failed.value.why == "process_died"
    assert await processes.run(quote, "a b") == "a%20b"


async def test_whoever_does_not_wait_any_more_ends_the_work(processes: SideProcesses) -> None:
    await processes.run(quote, "a")
    [pid] = processes.resting
    work = asyncio.create_task(processes.run(time.sleep, 3_600))
    await until(lambda: processes.resting == ())
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert _gone(pid)
    assert await processes.run(quote, "a b") == "a%20b"


async def test_one_without_work_ends_by_itself() -> None:
    processes = SideProcesses(idle=0.1)
    await asyncio.gather(*(processes.run(quote, "a b") for _ in range(6)))
    pids = processes.resting
    assert 1 <= len(pids) <= 2
    await until(lambda: processes.resting == () and all(map(_gone, pids)))


async def test_it_has_no_secret_and_does_not_hear_the_signals_of_our_group(
    processes: SideProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELANCE_TOKEN_KEYS", "a secret of ours")
    known = await processes.run(os.getenv, "RELANCE_TOKEN_KEYS")
    assert known is None
    [pid] = processes.resting
    assert os.getpgid(pid) != os.getpgid(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert await processes.run(quote, "a b") == "a%20b"
    assert processes.resting == (pid,)


async def test_one_is_small(processes: SideProcesses) -> None:
    await processes.run(parse_mail, MAIL)
    [pid] = processes.resting
    status = (Path("/proc") / str(pid) / "status").read_text()
    resident = int(status.partition("VmRSS:")[2].split()[0])
    assert resident < 45_000, "kilobytes; it was 23,000"


async def test_a_process_that_cannot_start_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    processes = SideProcesses()
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(UnavailableError):
        await processes.run(quote, "a")
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(UnavailableError):
        await processes.run(quote, "a")
