"""The providers of a campaign fail as they are told; a double that comes of it is seen by the reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from adapters.clock import utc_now
from adapters.mail.oauth import AccessToken
from adapters.mail.outgoing.http.gmail import GmailApi
from adapters.mail.outgoing.http.mailgun import MailgunApi
from adapters.mail.outgoing.http.transport import HttpTransport
from benchmarks.campaign.captures import Captured, mails
from benchmarks.campaign.evidence import Evidence
from benchmarks.campaign.faults import PROVIDERS
from benchmarks.campaign.plan import TRANSPORTS, plan_faults
from benchmarks.campaign.providers import DOMAIN, ProviderFault, Providers
from benchmarks.campaign.reader import ONCE, read
from benchmarks.campaign.recruiters import BOXES, MIA, RECRUITERS, SAM, recruiter_of
from sequences.sending.outcome import TransportVerdict

ACCEPTED, RETRY, UNKNOWN = TransportVerdict.ACCEPTED, TransportVerdict.RETRY, TransportVerdict.UNKNOWN
PERSON = "p0003"
MAIL = (
    f"From: Mia <{MIA.address}>\r\nTo: {PERSON}@people.example\r\nReply-To: <r+1@reply.example>\r\n"
    "Message-ID: <one@agency.example>\r\nSubject: Hello\r\nContent-Type: text/plain\r\n\r\n"
    f"Words\r\n\r\n[[reach hello {PERSON}]]\r\n"
).encode()


class Granted:
    """The tokens of one mailbox, refreshed at the provider's own word only."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers
        self._kept = AccessToken(providers.grant()[0], datetime.now(UTC))

    async def token(self, _user: str) -> str:
        return self._kept.token

    def refused(self, _user: str, _token: str) -> None:
        self._kept = AccessToken(self._providers.grant()[0], datetime.now(UTC))


@pytest_asyncio.fixture
async def providers(tmp_path: Path) -> AsyncIterator[Providers]:
    providers = Providers(tmp_path)
    await providers.start()
    yield providers
    await providers.stop()


@pytest_asyncio.fixture(params=["mailgun", "gmail"])
async def transport(request: Any, providers: Providers) -> AsyncIterator[tuple[str, HttpTransport]]:
    if request.param == "mailgun":
        made = HttpTransport(MailgunApi(providers.url, DOMAIN, providers.key), utc_now, timeout=20.0)
    else:
        made = HttpTransport(GmailApi(providers.url), utc_now, user="sam", tokens=Granted(providers), timeout=20.0)
    yield request.param, made
    await made.aclose()


async def send(transport: HttpTransport) -> TransportVerdict:
    recipient = f"{PERSON}@people.example"
    done = await transport.send(envelope_from="b@reply.example", recipient=recipient, content=MAIL)
    return done.verdict


def taken(folder: Path) -> list[Captured]:
    return [each for box in BOXES for each in mails(folder / box)]


async def test_a_mail_that_is_taken_lies_in_the_box_of_its_recruiter(
    transport: tuple[str, HttpTransport], tmp_path: Path
) -> None:
    kind, sender = transport
    assert await send(sender) is ACCEPTED
    [mail] = taken(tmp_path)
    assert mail.box == {"mailgun": MIA.box, "gmail": SAM.box}[kind]
    assert (mail.person, mail.sequence, mail.step, mail.record) == (PERSON, "reach", "hello", PERSON)
    assert (mail.sender, mail.bounces_to, mail.key) == (MIA.address, "r+1@reply.example", "<one@agency.example>")


@pytest.mark.parametrize(
    ("name", "mailgun", "gmail", "there"),
    [
        ("loses_answers", UNKNOWN, ACCEPTED, 1),
        ("loses_requests", UNKNOWN, UNKNOWN, 0),
        ("refuses", RETRY, RETRY, 0),
        ("fails", UNKNOWN, UNKNOWN, 0),
    ],
)
async def test_what_each_fault_means_for_a_mail(
    transport: tuple[str, HttpTransport],
    providers: Providers,
    tmp_path: Path,
    name: str,
    mailgun: TransportVerdict,
    gmail: TransportVerdict,
    there: int,
) -> None:
    kind, sender = transport
    providers.fault[kind] = PROVIDERS[kind][name]
    # Gmail can be asked what lies among the sent mails.
    assert await send(sender) is {"mailgun": mailgun, "gmail": gmail}[kind]
    assert (len(taken(tmp_path)), providers.met) == (there, 1)


async def test_a_token_that_ends_in_mid_send_is_replaced_and_the_mail_goes_once(
    providers: Providers, tmp_path: Path
) -> None:
    sender = HttpTransport(GmailApi(providers.url), utc_now, user="sam", tokens=Granted(providers), timeout=20.0)
    providers.expire()
    assert await send(sender) is ACCEPTED
    assert (len(taken(tmp_path)), providers.met) == (1, 1)
    await sender.aclose()


async def test_the_reader_notices_who_sends_again_after_a_lost_answer(providers: Providers, tmp_path: Path) -> None:
    """The deliberate break: a transport that takes a doubt for a no, as programs with retries do."""
    sender = HttpTransport(MailgunApi(providers.url, DOMAIN, providers.key), utc_now, timeout=20.0)
    providers.fault["mailgun"] = ProviderFault(takes=True)
    assert await send(sender) is UNKNOWN
    assert [each.promise for each in read(evidence(tmp_path)).broken if each.promise == ONCE] == []
    del providers.fault["mailgun"]
    assert await send(sender) is ACCEPTED
    await sender.aclose()
    [broken] = [each for each in read(evidence(tmp_path)).broken if each.promise == ONCE]
    assert (broken.person, "reach/hello" in broken.what, "2 times" in broken.what) == (PERSON, True, True)


def evidence(folder: Path) -> Evidence:
    names = ("inbound", "reactions", "records", "sends", "due_steps", "notifications", "doubts", "enrollments")
    state: dict[str, Any] = {name: [] for name in (*names, "workflows")}
    return Evidence(messages=taken(folder), state=state | {"at": datetime.now(UTC).isoformat()})


def test_every_recruiter_writes_to_somebody_and_every_transport_meets_its_faults() -> None:
    assert {recruiter_of(f"p{number:04d}") for number in range(1, 31)} == set(RECRUITERS)
    faults = plan_faults(1, 100)
    for transport in TRANSPORTS:
        assert {"loses_answers", "refuses"} <= {each.kind for each in faults if each.part == transport}
    assert {each.kind for each in faults if each.part == "gmail"} >= {"expires", "revokes", "hangs", "hangs_after"}
    # The short form has the two that matter most.
    assert {("loses_answers", "mailgun"), ("revokes", "gmail")} <= {
        (each.kind, each.part) for each in plan_faults(1, 10)
    }
