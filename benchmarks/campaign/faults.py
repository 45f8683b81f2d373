"""Breaks one part of a stack as the script says, and heals it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from benchmarks.campaign.plan import Fault
from benchmarks.campaign.providers import ProviderFault
from benchmarks.campaign.stack import PATIENCE_SECONDS, CampaignStack
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

_HTTP: Final = {
    "loses_answers": ProviderFault(takes=True),
    "loses_requests": ProviderFault(),
    "refuses": ProviderFault(429, wait="2"),
    "fails": ProviderFault(500),
    "hangs": ProviderFault(hangs=PATIENCE_SECONDS + 2),
    "hangs_after": ProviderFault(takes=True, hangs=PATIENCE_SECONDS + 2),
}
PROVIDERS: Final = {"mailgun": _HTTP | {"refuses_login": ProviderFault(401)}, "gmail": _HTTP}
"""What providers do wrong, by the kind of the transport."""


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
            await _until_met(lambda: stack.handed["email"], fault.seconds)
            write_faults(stack.mail_folder, MailFaults())
        case _ if fault.part == "smtp":
            stack.own_server.faults = _MAIL[fault.kind]
            await _until_met(lambda: stack.own_server.met, fault.seconds)
            stack.own_server.faults = MailFaults()
        case "expires":
            stack.providers.expire()
            await _until_met(lambda: stack.providers.met, fault.seconds)
        case "revokes":
            stack.providers.revoke()
            await _until_met(lambda: stack.providers.met, fault.seconds)
            await stack.connect_gmail()
        case _ if fault.part in PROVIDERS:
            stack.providers.fault[fault.part] = PROVIDERS[fault.part][fault.kind]
            await _until_met(lambda: stack.providers.met, fault.seconds)
            del stack.providers.fault[fault.part]
        case _:
            await _tell_twilio(stack, _SMS[fault.kind])
            await _until_met(lambda: stack.handed["sms"], fault.seconds)
            await _tell_twilio(stack, {})


async def _until_met(met: Callable[[], int], seconds: float) -> None:
    """For so long, and until a message met it; nobody waits for ever for one."""
    before, loop = met(), asyncio.get_running_loop()
    end = loop.time() + _MET_SECONDS
    await asyncio.sleep(seconds)
    while met() == before and loop.time() < end:  # noqa: ASYNC110 - another process sends
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
