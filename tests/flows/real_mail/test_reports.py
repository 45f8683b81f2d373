"""What mailboxes and mail servers say by themselves: rejections, full mailboxes, expiry, absences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres import listings
from tests.support.letters import TWO, arrived, reactions_of, written_to
from tests.support.rigs.flow import FlowRig
from tests.support.servers.postfix import MailServers, until

WISH = "I do not take mail from recruiters. Please remove me from your list."
NO_WISH = "This mailbox is for invoices."


async def _suppressed(flow: FlowRig, who: str) -> list[tuple[str, str]]:
    rows = await flow.rows("suppressions_of", person_id=who, email=f"{who}@client.example", phone=None)
    return [(row["reason"], row["channel"]) for row in rows]


async def test_a_rejection_that_asks_to_be_removed_is_obeyed(flow: FlowRig, real_mail: MailServers) -> None:
    real_mail.sieve("p30@client.example", f'require ["reject"];\nreject "{WISH}";\n')
    accepted, _ = await written_to(flow, "p30")
    await flow.until_state(accepted, "stopped")
    assert "opt_out" in {reason for reason, _ in await _suppressed(flow, "p30")}


async def test_a_rejection_without_a_wish_is_an_answer(flow: FlowRig, real_mail: MailServers) -> None:
    real_mail.sieve("p31@client.example", f'require ["reject"];\nreject "{NO_WISH}";\n')
    accepted, _ = await written_to(flow, "p31")
    await flow.until_state(accepted, "stopped")
    assert [row["kind"] for row in await reactions_of(flow, accepted)] == ["replied"]
    assert await _suppressed(flow, "p31") == []
    assert (await flow.steps(accepted))["two"] == "cancelled"


@pytest_asyncio.fixture
async def returned(
    request: pytest.FixtureRequest, flow: FlowRig, real_mail: MailServers
) -> AsyncIterator[tuple[Any, str]]:
    """A run whose first mail came back for good: its name, and the mailbox."""
    how, who = request.param
    address = f"{who}@client.example"
    if how == "redirected":
        real_mail.sieve(address, 'redirect "moved-away@agency.example";\n')
    elif how == "expired":
        address = f"{who}@late.example"
        await real_mail.set_postfix(maximal_queue_lifetime="0", bounce_queue_lifetime="0")
    await flow.publish("two", TWO)
    await flow.person(who, email=address)
    accepted = await flow.enroll("two", who)
    await flow.until_step(accepted, "one")
    yield accepted, who
    await real_mail.set_postfix(maximal_queue_lifetime="1d", bounce_queue_lifetime="1d")


@pytest.mark.parametrize("returned", [("full", "full"), ("redirected", "p33"), ("expired", "p34")], indirect=True)
async def test_a_mail_that_came_back_for_good_is_told_and_not_reminded_of(
    flow: FlowRig, returned: tuple[Any, str]
) -> None:
    accepted, who = returned

    async def told() -> bool:
        return any(row["person_id"] == who for row in await flow.listed(listings.NOTIFICATIONS))

    await flow.until(told)
    assert await _suppressed(flow, who) == []
    await flow.skip(accepted, days=2, hours=1)
    await flow.until_step(accepted, "two", "skipped")


async def test_an_absence_is_not_told_to_a_mail_with_list_headers(flow: FlowRig, real_mail: MailServers) -> None:
    # RFC 5230 section 4.6; docs/writing-sequences.md says so.
    real_mail.sieve("away@client.example", 'require ["vacation"];\nvacation "I am away until 14 December 2026.";\n')
    accepted, address = await written_to(flow, "away")
    mail = await arrived(real_mail, address)
    assert mail["List-Unsubscribe"]
    await until(lambda: "discarding vacation response" in real_mail.log(), "the absence is kept back")
    assert await reactions_of(flow, accepted) == []
