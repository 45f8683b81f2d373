"""What every transport that sends by HTTP passes: at most one mail, and an honest end, whatever the provider does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.mail.outgoing.kinds import KINDS, OwnTransport
from sequences.errors import NotReadyError
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from sequences.sending.slots import asks_for_less
from tests.support.servers.mail_http import DROP, DROP_EARLY, GARBAGE, HANG, Answer, MailHttp
from tests.support.transport_stands import STANDS, Played, Stand
from tests.support.waiting import PATIENCE

MESSAGE_ID = "<m1@agency.example>"
MAIL = (
    b"From: Dana Example <dana@agency.example>\r\nTo: Zoe <zoe@client.example>\r\n"
    b"Reply-To: r+1@reply.agency.example\r\nSubject: Hello\r\nDate: Tue, 04 May 2027 09:00:00 +0000\r\n"
    b"Message-ID: <m1@agency.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHi Zoe\r\n'
)
MAILS = [(MESSAGE_ID, "zoe@client.example")]
R, F, U, A = TransportVerdict.RETRY, TransportVerdict.FAILED, TransportVerdict.UNKNOWN, TransportVerdict.ACCEPTED
SHORT = {"timeout": 0.6}
"""Only where a test waits for it."""


@pytest_asyncio.fixture(params=STANDS, ids=lambda stand: stand.name or stand.kind)
async def played(request: pytest.FixtureRequest) -> AsyncIterator[Played]:
    stand: Stand = request.param
    server = MailHttp(stand.good)
    await server.start()
    played = Played(stand, server)
    try:
        yield played
    finally:
        for transport in played.made:
            await transport.aclose()
        await server.stop()


async def send(transport: OwnTransport, handover: HandOver | None = None, **changes: Any) -> TransportOutcome:
    values = {"envelope_from": "b+1@reply.agency.example", "recipient": "zoe@client.example", "content": MAIL} | changes
    async with transport.connection() as ready:
        return await ready.send(**values, handover=handover or HandOver())


def test_every_kind_that_sends_by_http_is_here() -> None:
    assert {stand.kind for stand in STANDS} == set(KINDS) - {"smtp"}


async def test_a_mail_is_taken_once_with_our_message_id(played: Played) -> None:
    handover = HandOver()
    outcome = await send(played.transport(), handover)
    assert (outcome.verdict, outcome.provider_message_id) == (A, played.stand.ident)
    assert handover.may_be_out
    assert played.stand.taken(played.server) == MAILS


async def test_an_international_domain_travels_as_dns_has_it(played: Played) -> None:
    mail = MAIL.replace(b"zoe@client.example", b"zoe@xn--strae-oqa.example")
    outcome = await send(played.transport(), recipient="zoe@straße.example", content=mail)
    assert outcome.verdict is A
    if played.stand.before == "":
        assert played.stand.taken(played.server) == [(MESSAGE_ID, "zoe@xn--strae-oqa.example")]


@pytest.mark.parametrize("recipient", ["jörg@client.example", "no address", "a@b@c"])
async def test_an_address_that_it_cannot_take_costs_no_request(played: Played, recipient: str) -> None:
    handover = HandOver()
    outcome = await send(played.transport(), handover, recipient=recipient)
    assert (outcome.verdict, handover.may_be_out) == (F, False)
    assert recipient not in outcome.reason
    assert played.server.seen == []


async def test_nobody_listens(played: Played) -> None:
    await played.server.stop()
    handover, transport = HandOver(), played.transport()
    outcome = await send(transport, handover)
    assert (outcome.verdict, outcome.stage, outcome.away, handover.may_be_out) == (R, "connect", True, False)
    assert outcome.retry_after
    # The next one looks whether it is back, and no two do so at once.
    async with transport.connection() as first:
        with pytest.raises(NotReadyError):
            async with transport.connection():
                pass
        assert first is not None


async def test_the_connection_ends_before_the_body_was_read(played: Played) -> None:
    # Large enough that the whole of it cannot be on its way already.
    large = MAIL + b"x" * 70 + b"\r\n"
    large += (b"y" * 76 + b"\r\n") * 30_000
    path = played.stand.before or played.stand.hand_over
    played.server.script(DROP_EARLY, path=path)
    handover = HandOver()
    outcome = await send(played.transport(), handover, content=large)
    assert (outcome.verdict, outcome.away, handover.may_be_out) == (R, True, False)
    assert played.stand.taken(played.server) == []


@pytest.mark.parametrize("fault", [HANG, DROP, GARBAGE])
async def test_no_answer_after_the_hand_over_is_unknown(played: Played, fault: str) -> None:
    played.server.script(fault, path=played.stand.hand_over)
    handover = HandOver()
    outcome = await send(played.transport(**(SHORT if fault == HANG else {})), handover)
    assert (outcome.verdict, handover.may_be_out) == (U, True)
    # Nobody repeats it.
    assert played.stand.taken(played.server) == MAILS


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_server_that_fails_may_have_the_mail(played: Played, status: int) -> None:
    played.server.script(Answer(status, b"<html>zoe@client.example</html>"), path=played.stand.hand_over)
    outcome = await send(played.transport())
    assert (outcome.verdict, outcome.code) == (U, str(status))
    assert "zoe" not in outcome.reason
    assert played.stand.taken(played.server) == MAILS


async def test_503_with_a_time_to_wait_handled_nothing(played: Played) -> None:
    played.server.script(Answer(503, b"", {"Retry-After": "120"}), path=played.stand.hand_over)
    outcome = await send(played.transport())
    assert (outcome.verdict, outcome.away, (outcome.retry_after or 0) >= 120) == (R, True, True)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"null", b'{"id": 5.5}', b"[" * 100_000])
async def test_a_yes_that_is_not_of_the_contract_is_unknown(played: Played, body: bytes) -> None:
    status = 204 if played.stand.good(_any(played)).status != 204 else 200
    played.server.script(Answer(status, body if status != 204 else b""), path=played.stand.hand_over)
    assert (await send(played.transport())).verdict is U
    # The right status, and nonsense in it.
    right = played.stand.good(_any(played))
    if right.body:
        played.server.script(Answer(right.status, body), path=played.stand.hand_over)
        assert (await send(played.transport())).verdict is U


async def test_a_redirect_is_not_followed(played: Played) -> None:
    elsewhere = f"{played.server.url}/elsewhere"
    played.server.script(Answer(302, b"", {"Location": elsewhere}), path=played.stand.hand_over)
    outcome = await send(played.transport())
    assert (outcome.verdict, outcome.away) == (R, True)
    assert not any(each.path == "/elsewhere" for each in played.server.seen)


async def test_refused_for_good(played: Played) -> None:
    for answer in played.stand.never:
        played.server.script(answer, path=played.stand.hand_over)
        outcome = await send(played.transport())
        assert (outcome.verdict, outcome.away) == (F, False), answer
        assert "@" not in f"{outcome.reason}{outcome.code}"
        assert str(answer.status) in (outcome.code or "")


async def test_not_let_in_waits_and_no_mail_is_lost(played: Played) -> None:
    for answer in played.stand.not_let_in:
        # Twice: a token is replaced once.
        played.server.script(answer, answer, path=played.stand.hand_over)
        outcome = await send(played.transport())
        assert (outcome.verdict, outcome.stage, outcome.away) == (R, "auth", True), answer
        assert outcome.reason
        assert "@" not in outcome.reason
        played.server.scripts.clear()


async def test_a_token_that_is_refused_in_the_middle_is_replaced_once(played: Played) -> None:
    if not played.stand.tokens:
        pytest.skip("it has a key")
    refused = Answer(401, {"error": {"code": "InvalidAuthenticationToken"}})
    transport = played.transport()
    async with transport.connection() as ready:
        played.server.script(refused, path=played.stand.hand_over)
        outcome = await ready.send(
            envelope_from="b@reply.example", recipient="zoe@client.example", content=MAIL, handover=HandOver()
        )
    assert outcome.verdict is A
    asked = [each for each in played.server.seen if each.path == played.stand.hand_over]
    assert [each.headers["authorization"] for each in asked] == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_that_cannot_be_had_hands_nothing_over(played: Played) -> None:
    if not played.stand.tokens:
        pytest.skip("it has a key")

    async def none(_user: str) -> str:
        from sequences.errors import MailboxDisconnectedError

        raise MailboxDisconnectedError("the mailbox is disconnected")

    played.tokens.token = none  # type: ignore[method-assign]
    with pytest.raises(NotReadyError) as waits:
        await send(played.transport())
    assert (waits.value.outcome.stage, waits.value.outcome.away) == ("auth", True)
    assert "disconnected" in waits.value.outcome.reason
    assert played.server.seen == []


async def test_busy_backs_the_mailbox_off_for_as_long_as_it_says(played: Played) -> None:
    for answer in played.stand.busy:
        played.server.script(answer, path=played.stand.hand_over)
        outcome = await send(played.transport())
        assert (outcome.verdict, outcome.retry_after, outcome.away) == (R, 30.0, False), answer
        assert asks_for_less(outcome.code)


async def test_cancelled_before_and_after_the_hand_over(played: Played) -> None:
    path = played.stand.before or played.stand.hand_over
    played.server.script(HANG, path=path)
    handover = HandOver()
    work = asyncio.ensure_future(send(played.transport(), handover))
    await asyncio.wait_for(played.server.got.wait(), PATIENCE)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    # A draft is nobody's mail yet.
    assert handover.may_be_out is (not played.stand.before)


async def test_what_went_before_it_never_sends_anything(played: Played) -> None:
    if not played.stand.before:
        pytest.skip("there is one request only")
    for fault in (HANG, DROP, Answer(500), Answer(201, b"no json")):
        played.server.script(fault, path=played.stand.before)
        handover = HandOver()
        outcome = await send(played.transport(**SHORT), handover)
        assert (outcome.verdict, handover.may_be_out) == (R, False), fault
    assert played.stand.taken(played.server) == []


async def test_the_mailbox_looks_whether_a_mail_in_doubt_went_out(played: Played) -> None:
    if played.stand.kind != "gmail" and not played.stand.before:
        pytest.skip("it cannot be asked")
    played.server.script(DROP, path=played.stand.hand_over)
    if played.stand.kind == "gmail":
        found, path = Answer(200, {"messages": [{"id": "18f2", "threadId": "18f1"}]}), "/gmail/v1/users/me/messages"
    else:
        found, path = Answer(200, {"isDraft": False}), "/v1.0/me/messages/AAMk%2F1%3D"
    played.server.script(found, path=path)
    outcome = await send(played.transport())
    assert (outcome.verdict, outcome.provider_message_id) == (A, played.stand.ident)
    assert played.stand.taken(played.server) == MAILS


async def test_ten_at_once_are_ten_mails(played: Played) -> None:
    transport = played.transport()
    outcomes = await asyncio.gather(*(send(transport) for _ in range(10)))
    assert {each.verdict for each in outcomes} == {A}
    assert len(played.stand.taken(played.server)) == 10


def _any(played: Played) -> Any:
    from tests.support.servers.mail_http import Seen

    return Seen("POST", played.stand.hand_over, {}, b"")
