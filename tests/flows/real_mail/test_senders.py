"""The border writes what it found about a sender, Postfix hands it over by LMTP, and Relance believes that alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest_asyncio

from adapters.postgres import listings
from tests.support.letters import answer_to, arrived, reactions_of, written_to
from tests.support.rigs.flow import FlowRig
from tests.support.servers.postfix import MailServers

_RESULTS = "Authentication-Results: mx.agency.example; spf={spf} smtp.mailfrom={sender}; dmarc={dmarc}"
_FORGED = "mx.agency.example; dkim=pass header.d=client.example; dmarc=pass header.from=client.example"


@pytest_asyncio.fixture
async def border(real_mail: MailServers) -> AsyncIterator[MailServers]:
    """A Postfix that writes results as a milter would: by the sender of the envelope, which SPF is about."""
    good = _RESULTS.format(spf="pass", sender="client.example", dmarc="pass")
    bad = _RESULTS.format(spf="fail", sender="evil.example", dmarc="fail")
    rules = f"inline:{{ {{client.example = PREPEND {good}}}, {{evil.example = PREPEND {bad}}} }}"
    await real_mail.set_postfix(smtpd_data_restrictions=f"check_sender_access {rules}")
    try:
        yield real_mail
    finally:
        await real_mail.set_postfix(smtpd_data_restrictions="")


def _without_citing(mail: EmailMessage) -> EmailMessage:
    """Of somebody who knows an address, and has never seen a mail of ours."""
    for name in ("In-Reply-To", "References", "To"):
        del mail[name]
    mail["To"] = "jobs@reply.relance.example"
    return mail


async def test_a_proved_answer_acts_and_a_forged_one_waits(checked_flow: FlowRig, border: MailServers) -> None:
    ada, address_of_ada = await written_to(checked_flow, "p36")
    ben, address_of_ben = await written_to(checked_flow, "p37")
    proved = _without_citing(answer_to(await arrived(border, address_of_ada), "Please tell me more"))
    forged = _without_citing(answer_to(await arrived(border, address_of_ben), "Please tell me more"))
    # Who forges From may forge the border's header, too: the border's own stands above it.
    forged["Authentication-Results"] = _FORGED
    border.deliver(proved, address_of_ada, "jobs@reply.relance.example")
    border.deliver(forged, "eve@evil.example", "jobs@reply.relance.example")
    await checked_flow.until_state(ada, "stopped")
    await checked_flow.until_state(ben, "paused")
    [by_ada], [by_ben] = await reactions_of(checked_flow, ada), await reactions_of(checked_flow, ben)
    assert (by_ada["detail"]["authenticated_by"], "doubt" in by_ada["detail"]) == ("dmarc=pass", False)
    assert (by_ben["detail"]["authenticated_by"], by_ben["detail"]["doubt"]) == ("dmarc=fail", "not_authenticated")
    assert sorted(row["title"] for row in await checked_flow.listed(listings.TASKS)) == [
        "Call",
        "Read the reply of Alex Example",
    ]
