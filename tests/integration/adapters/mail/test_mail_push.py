"""What is asked of Microsoft and Google so that they tell of new mail, by the published contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from adapters.mail.incoming.api.asking import MailboxAsking, ReadingError
from adapters.mail.incoming.api.gmail_push import GmailPush
from adapters.mail.incoming.api.graph_push import GraphPush
from adapters.mail.incoming.api.push import Pushing
from adapters.mail.incoming.reading_loop import AskedToWaitError
from sequences.errors import UnavailableError
from tests.support.api_mailbox import ADDRESS, NOW
from tests.support.servers.mail_http import HANG, Answer, MailHttp, Seen
from tests.support.transport_stands import CountedTokens

OURS = "https://hooks.agency.example/relance/mail-push/microsoft/mx1"
TOPIC = "projects/agency/topics/relance"
SUBSCRIPTION = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07"
ENDS = datetime(2027, 5, 7, 9, 0, tzinfo=UTC)


def answered(seen: Seen) -> Answer:
    if seen.path == "/gmail/v1/users/me/watch":
        return Answer(200, {"historyId": "1234567890", "expiration": str(int(ENDS.timestamp() * 1000))})
    # Microsoft writes seven digits.
    body = {"id": SUBSCRIPTION, "expirationDateTime": "2027-05-07T09:00:00.0000000Z", "clientState": None}
    return Answer(201 if seen.method == "POST" else 200, body)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[MailHttp]:
    server = MailHttp(answered)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def asking(server: MailHttp) -> AsyncIterator[MailboxAsking]:
    asking = MailboxAsking("Microsoft Graph", server.url, ADDRESS, CountedTokens(), lambda: NOW, timeout=20.0)
    yield asking
    await asking.aclose()


def graph(asking: MailboxAsking) -> GraphPush:
    return GraphPush(asking, OURS, lambda: NOW)


async def test_microsoft_is_asked_to_tell_of_all_new_messages(server: MailHttp, asking: MailboxAsking) -> None:
    assert await graph(asking).begin("a-secret") == Pushing(SUBSCRIPTION, ENDS)
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("POST", "/v1.0/subscriptions")
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["authorization"] == "Bearer token-1"
    assert seen.json == {
        "changeType": "created",
        "notificationUrl": OURS,
        "lifecycleNotificationUrl": OURS,
        "resource": "/me/messages",
        "expirationDateTime": "2027-05-07T09:00:00Z",
        "clientState": "a-secret",
    }


async def test_it_is_renewed_at_microsoft(server: MailHttp, asking: MailboxAsking) -> None:
    assert await graph(asking).renew(SUBSCRIPTION) == Pushing(SUBSCRIPTION, ENDS)
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("PATCH", f"/v1.0/subscriptions/{SUBSCRIPTION}")
    assert seen.json == {"expirationDateTime": "2027-05-07T09:00:00Z"}


async def test_what_microsoft_no_longer_knows_is_gone(server: MailHttp, asking: MailboxAsking) -> None:
    server.script(Answer(404, {"error": {"code": "ResourceNotFound"}}))
    assert await graph(asking).renew(SUBSCRIPTION) is None


async def test_google_is_asked_to_watch_what_is_read(server: MailHttp, asking: MailboxAsking) -> None:
    push = GmailPush(asking, TOPIC)
    for _ in range(2):
        assert await push.begin("no-matter") == Pushing("", ENDS)
    assert await push.renew("") == Pushing("", ENDS)
    assert len(server.seen) == 3
    for seen in server.seen:
        assert (seen.method, seen.target) == ("POST", "/gmail/v1/users/me/watch")
        assert seen.json == {
            "topicName": TOPIC,
            "labelIds": ["SENT", "DRAFT", "CHAT", "TRASH"],
            "labelFilterBehavior": "EXCLUDE",
        }


async def test_microsoft_and_google_are_asked_to_tell_no_more(server: MailHttp, asking: MailboxAsking) -> None:
    server.script(Answer(204), Answer(404, {"error": {"code": "ResourceNotFound"}}), Answer(204))
    # One that has ended is no error.
    for _ in range(2):
        await graph(asking).end(SUBSCRIPTION)
    await GmailPush(asking, TOPIC).end("")
    assert [(seen.method, seen.target, seen.body) for seen in server.seen] == [
        ("DELETE", f"/v1.0/subscriptions/{SUBSCRIPTION}", b""),
        ("DELETE", f"/v1.0/subscriptions/{SUBSCRIPTION}", b""),
        ("POST", "/gmail/v1/users/me/stop", b""),
    ]
    server.script(Answer(403))
    with pytest.raises(ReadingError):
        await graph(asking).end(SUBSCRIPTION)


async def test_a_refused_token_is_replaced_once(server: MailHttp, asking: MailboxAsking) -> None:
    server.script(Answer(401))
    await graph(asking).begin("a-secret")
    assert [each.headers["authorization"] for each in server.seen] == ["Bearer token-1", "Bearer token-2"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        # Our address did not answer Microsoft as it should.
        (Answer(400, {"error": {"code": "ValidationError"}}), ReadingError),
        (Answer(403, {}), ReadingError),
        (Answer(404, {}), ReadingError),
        (Answer(500, {}), UnavailableError),
        (Answer(429, {}, {"Retry-After": "30"}), AskedToWaitError),
        (Answer(201, b"no JSON"), ReadingError),
        (Answer(201, {"id": SUBSCRIPTION}), ReadingError),
        (Answer(201, {"id": SUBSCRIPTION, "expirationDateTime": "soon"}), ReadingError),
        (Answer(201, {"id": SUBSCRIPTION, "expirationDateTime": "2027-05-07T09:00:00"}), ReadingError),
        (Answer(201, {"id": 7, "expirationDateTime": "2027-05-07T09:00:00Z"}), ReadingError),
    ],
)
async def test_whatever_microsoft_answers(
    server: MailHttp, asking: MailboxAsking, answer: Answer, error: type[Exception]
) -> None:
    server.script(answer)
    with pytest.raises(error):
        await graph(asking).begin("a-secret")
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", [{}, {"expiration": "never"}, {"expiration": [1]}, {"expiration": "9" * 40}])
async def test_whatever_google_answers(server: MailHttp, asking: MailboxAsking, body: Any) -> None:
    server.script(Answer(200, body))
    with pytest.raises(ReadingError, match="invalid answer"):
        await GmailPush(asking, TOPIC).begin("")


async def test_a_provider_that_says_nothing_is_not_waited_for(server: MailHttp) -> None:
    # Short: the fault makes one wait for it.
    asking = MailboxAsking("Microsoft Graph", server.url, ADDRESS, CountedTokens(), lambda: NOW, timeout=0.3)
    server.script(HANG)
    with pytest.raises(UnavailableError, match="does not answer"):
        await graph(asking).begin("a-secret")
    await asking.aclose()
