"""Mail that is read in processes beside ours, from LMTP to the rows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.side_processes import SideProcesses, WorkLimits
from sequences.errors import UnavailableError
from sequences.inbound.read_incoming import read_incoming
from services.intake.mail import MailIntake
from starter.composition import organisation_of
from tests.support.hostile_mails import HOSTILE
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import reply, reply_address, standing

_LIMITS = WorkLimits()


@asynccontextmanager
async def reading(api: ApiRig, limits: WorkLimits = _LIMITS) -> AsyncIterator[tuple[MailIntake, SideProcesses]]:
    processes = SideProcesses(limits, most=1)
    yield MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake, processes.run), processes
    await processes.close()


async def rows(api: ApiRig) -> list[tuple[str, str, list[str]]]:
    found = await api.fetch("SELECT event, state, detail->'reasons' AS reasons FROM inbound ORDER BY received_at, id")
    return [(row["event"], row["state"], row["reasons"]) for row in found]


async def test_a_reply_is_what_it_is_in_a_thread(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    raw = reply(words="Please stop emailing me and remove me from your list.")
    async with reading(api) as (intake, _):
        assert (await intake.receive(raw, (reply_address(send),))).reaction
        assert not (await mail_intake.receive(bytes(bytearray(raw)), (reply_address(send),))).fresh
    assert {kind for *_, kind in await standing(api)} == {"opt_out"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("read", "why"), [("kills", "process_died"), ("hungry", "out_of_memory"), ("endless", "out_of_time")]
)
async def test_what_ends_its_process_is_kept_for_a_person(api: ApiRig, read: str, why: str) -> None:
    send = await api.sent(await api.enrolled())
    functions: dict[str, Any] = {"kills": os.abort, "hungry": bytearray, "endless": sum}
    arguments: dict[str, tuple[Any, ...]] = {"kills": (), "hungry": (10**10,), "endless": (range(10**12),)}
    async with reading(api, WorkLimits(processor_seconds=0.5)) as (_, processes):

        async def apart(function: Any, /, *args: Any, **named: Any) -> Any:
            if function is read_incoming:
                return await processes.run(functions[read], *arguments[read])
            return await processes.run(function, *args, **named)

        intake = MailIntake(api.database, organisation_of(api.settings), api.clock, api.wake, apart)
        assert (await intake.receive(reply(), (reply_address(send),))).reaction
        assert await rows(api) == [("unreadable", "matched", ["unreadable", "no_own_words", why])]
    async with reading(api) as (intake, _):
        # The next one is read, and so is the same one when whatever it was is mended.
        assert (await intake.receive(reply(words="No, thank you"), (reply_address(send),))).reaction


async def test_a_mail_waits_with_its_sender_while_no_process_can_start(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(api) as (intake, _):
        monkeypatch.setattr("sys.executable", "/nowhere/python")
        with pytest.raises(UnavailableError):
            await intake.receive(reply(), ())
    assert await rows(api) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["parts", "body", "html_nesting", "one_line"])
async def test_what_was_cut_is_marked(api: ApiRig, name: str) -> None:
    async with reading(api) as (intake, _):
        await intake.receive(HOSTILE[name](), ())
        await intake.receive(reply(), ())
    assert sorted(reasons[-1] == "cut" for _, _, reasons in await rows(api)) == [False, True]
    assert [row["size"] <= 1_000_000 for row in await api.fetch("SELECT length(text) AS size FROM inbound")] == [
        True,
        True,
    ]
