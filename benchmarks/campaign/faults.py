"""Breaks one part of a stack as the script says, and heals it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from typing import Any, Final

import httpx

from benchmarks.campaign.plan import Fault
from benchmarks.campaign.stack import CampaignStack
from starter.local.mail_capture import MailFaults
from starter.local.stand_in import write_faults

_STEP_SECONDS: Final = 0.15
_MET_SECONDS: Final = 25.0
_MAIL: Final = {
    "loses_answers": MailFaults(lose_answer=True),
    "refuses": MailFaults(refuse="451 4.3.0 try again later"),
    "answers_late": MailFaults(delay_seconds=1.5),
}
_SMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "loses_answers": {"lose_answer": True},
    "loses_requests": {"lose_request": True},
    "refuses": {"answer_status": 503},
    "answers_late": {"delay_seconds": 1.5},
    "reorders": {"reorder_callbacks": True, "duplicate_callbacks": True, "answer_last": True},
}


async def strike(stack: CampaignStack, fault: Fault) -> None:
    """Does it, and returns once the part is well again."""
    match fault.kind:
        case "kill":
            await stack.kill(fault.part, fault.seconds)
        case "freeze":
            stack.signal(fault.part, signal.SIGSTOP)
            try:
                await asyncio.sleep(fault.seconds)
            finally:
                stack.signal(fault.part, signal.SIGCONT)
        case "slow":
            await _slow(stack, fault)
        case _ if fault.part == "mail":
            write_faults(stack.mail_folder, _MAIL[fault.kind])
            await _until_met(stack, "email", fault.seconds)
            write_faults(stack.mail_folder, MailFaults())
        case _:
            await _tell_twilio(stack, _SMS[fault.kind])
            await _until_met(stack, "sms", fault.seconds)
            await _tell_twilio(stack, {})


async def _until_met(stack: CampaignStack, channel: str, seconds: float) -> None:
    """For so long, and until a message met it; nobody waits for ever for one."""
    before, loop = stack.handed[channel], asyncio.get_running_loop()
    end = loop.time() + _MET_SECONDS
    await asyncio.sleep(seconds)
    while stack.handed[channel] == before and loop.time() < end:  # noqa: ASYNC110 - another process sends
        await asyncio.sleep(_STEP_SECONDS)


async def _slow(stack: CampaignStack, fault: Fault) -> None:
    """Works for a moment, stands for two."""
    loop = asyncio.get_running_loop()
    end = loop.time() + fault.seconds
    while loop.time() < end:
        stack.signal(fault.part, signal.SIGSTOP)
        try:
            await asyncio.sleep(2 * _STEP_SECONDS)
        finally:
            stack.signal(fault.part, signal.SIGCONT)
        await asyncio.sleep(_STEP_SECONDS)


async def _tell_twilio(stack: CampaignStack, faults: Mapping[str, Any]) -> None:
    """Until it listens: it may have been killed a moment ago."""
    login = (stack.secrets.twilio_account_sid, stack.secrets.twilio_auth_token)
    url = f"http://127.0.0.1:{stack.ports.standin}/_standin/faults"
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        while True:
            try:
                answer = await http.put(url, json=dict(faults), auth=login)
            except httpx.HTTPError:
                await asyncio.sleep(_STEP_SECONDS)
                continue
            answer.raise_for_status()
            return
