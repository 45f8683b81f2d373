"""What Mailgun, Postmark and SendGrid tell of mails that they sent: double, late, in any order, forged, of others.

SES tells by SNS: test_inbound_ses.py has that.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.support.delivery_events import ADDRESS, MAKERS, mailgun_event, mailgun_post
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import LOGINS, basic, serving, standing

PROVIDERS = ["mailgun", "postmark", "sendgrid"]
LOGIN = basic("provider:pass:word-of-tests")


@pytest_asyncio.fixture
async def rig(api: ApiRig, database_url: str) -> AsyncIterator[ApiRig]:
    async with serving(api, database_url, **LOGINS) as made:
        yield made


async def tell(
    rig: ApiRig, provider: str, *events: dict[str, Any], headers: dict[str, str] | None = None
) -> httpx.Response:
    """Posts events as the provider does: SendGrid many at once."""
    body: Any = list(events) if provider == "sendgrid" else events[0]
    if provider == "mailgun":
        body = mailgun_post(events[0]) if "event-data" not in events[0] else events[0]
    return await rig.http.post(f"/inbound/{provider}/events", json=body, headers=LOGIN if headers is None else headers)


async def fresh(rig: ApiRig, provider: str, what: str, message_id: str, **more: Any) -> int:
    answer = await tell(rig, provider, MAKERS[provider](what, message_id, **more))
    assert answer.status_code == 200, answer.text
    return int(answer.json()["fresh"])


async def mail_of(rig: ApiRig, person: str = "p1") -> tuple[str, str]:
    """A run that has written, and the Message-ID of its mail."""
    enrollment = await rig.enrolled(person)
    send = await rig.sent(enrollment)
    return enrollment, f"<{send}@relance.example>"


async def reactions(rig: ApiRig) -> list[str]:
    return [row["kind"] for row in await rig.fetch("SELECT kind FROM reaction ORDER BY received_at, id")]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    ("what", "kind", "suppressed"),
    [
        ("bounce", "bounced", {(None, ADDRESS, "email", "bounced")}),
        ("complaint", "complained", {("p1", None, "all", "complained"), (None, ADDRESS, "email", "complained")}),
        ("unsubscribed", "unsubscribed", {("p1", None, "email", "unsubscribed")}),
    ],
)
async def test_each_makes_one_reaction_and_is_obeyed_at_once_however_often_it_is_told(
    rig: ApiRig, provider: str, what: str, kind: str, suppressed: set[Any]
) -> None:
    _, message_id = await mail_of(rig)
    assert await fresh(rig, provider, what, message_id) == 1
    found = await standing(rig)
    assert found & suppressed, found
    for _ in range(3):
        assert await fresh(rig, provider, what, message_id) == 0
    assert await reactions(rig) == [kind]
    (row,) = await rig.fetch("SELECT state, matched_by, event FROM inbound")
    assert (row["state"], row["matched_by"]) == ("matched", "message_id")
    assert await standing(rig) == found


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_in_whichever_order_they_come_the_same_follows(rig: ApiRig, provider: str) -> None:
    ends = set()
    for number, order in enumerate(itertools.permutations(["delivered", "delayed", "bounce", "opened"]), 1):
        if number % 4 != 1:
            continue
        enrollment, message_id = await mail_of(rig, f"p{number}")
        named = {"Email": 0, "Recipient": 0, "email": 0, "recipient": 0}
        for what in order:
            event = MAKERS[provider](what, message_id, ident=f"{number}-{what}")
            event |= {name: f"p{number}@client.example" for name in named if name in event}
            assert (await tell(rig, provider, event)).status_code == 200
        kinds = await rig.fetch("SELECT kind FROM reaction WHERE enrollment_id = $1", enrollment)
        gone = await rig.fetch(
            "SELECT channel, reason FROM suppression WHERE address = $1", f"p{number}@client.example"
        )
        ends.add((tuple(row["kind"] for row in kinds), tuple((row["channel"], row["reason"]) for row in gone)))
    assert ends == {(("bounced",), (("email", "bounced"),))}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_full_mailbox_loses_no_address_and_the_owner_reads_of_it(rig: ApiRig, provider: str) -> None:
    _, message_id = await mail_of(rig)
    assert await fresh(rig, provider, "full", message_id) == 1
    assert (await reactions(rig), await standing(rig)) == ([], set())
    (row,) = await rig.fetch("SELECT undelivered_reason FROM send")
    assert row["undelivered_reason"] == "mailbox full"


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_that_the_provider_has_a_mail_proves_that_a_mail_in_doubt_went_out_and_stores_nothing(
    rig: ApiRig, provider: str
) -> None:
    _, message_id = await mail_of(rig)
    await rig.execute("UPDATE send SET state = 'unknown'")
    assert await fresh(rig, provider, "delivered", message_id) == 0
    assert [row["state"] for row in await rig.fetch("SELECT state FROM send")] == ["sent"]
    for what in ("delayed", "opened", "unknown"):
        assert await fresh(rig, provider, what, message_id) == 0
    assert await rig.fetch("SELECT FROM inbound") == []


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_comes_late_is_noted_though_the_run_is_over(rig: ApiRig, provider: str) -> None:
    enrollment, message_id = await mail_of(rig)
    await rig.row("end_run", id=enrollment, state="finished", reason="finished", at=rig.now)
    assert await fresh(rig, provider, "complaint", message_id) == 1
    assert ("p1", None, "all", "complained") in await standing(rig)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_the_mails_of_other_programs_are_no_business_of_ours(rig: ApiRig, provider: str) -> None:
    await mail_of(rig)
    theirs = "<newsletter-1@shop.example>"
    # The postmark id of a mail is not in doubt either: nobody here knows it.
    for what in ("bounce", "full", "delivered"):
        assert await fresh(rig, provider, what, theirs) == 0
    assert (await rig.fetch("SELECT FROM inbound"), await standing(rig)) == ([], set())
    # But whoever wants no more mail is left alone, if we know them.
    assert await fresh(rig, provider, "unsubscribed", theirs) == 1
    assert await standing(rig) == {(None, ADDRESS, "email", "opt_out")}


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_an_event_about_another_recipient_is_not_ours(rig: ApiRig, provider: str) -> None:
    _, message_id = await mail_of(rig)
    event = MAKERS[provider]("bounce", message_id)
    event |= {name: "other@client.example" for name in ("Email", "email", "recipient") if name in event}
    assert (await tell(rig, provider, event)).json() == {"fresh": 0}
    assert await standing(rig) == set()


async def test_many_at_once_are_each_taken_for_themselves(rig: ApiRig) -> None:
    _, message_id = await mail_of(rig)
    make = MAKERS["sendgrid"]
    events: list[Any] = [make("delivered", message_id), make("bounce", message_id), make("unknown", message_id), "x", 7]
    events += [make("bounce", message_id), make("bounce", "<other@shop.example>", ident="other")]
    assert (await tell(rig, "sendgrid", *events)).json() == {"fresh": 1}


async def test_the_signature_of_mailgun_is_asked_for(rig: ApiRig) -> None:
    _, message_id = await mail_of(rig)
    event = mailgun_event("complaint", message_id)
    posted = mailgun_post(event)
    bad = [
        mailgun_post(event, key="another"),
        mailgun_post(event, at=-50_000),
        mailgun_post(event, at=1_000),
        {"event-data": event},
        {"event-data": event, "signature": "x"},
        {"event-data": event, "signature": {"timestamp": [], "token": {}, "signature": None}},
    ]
    for each in bad:
        assert (await tell(rig, "mailgun", each)).status_code == 403, each
    assert await standing(rig) == set()
    assert (await tell(rig, "mailgun", posted)).json() == {"fresh": 1}
    # The signature is not over the event: whoever saw one cannot have another believed.
    forged = posted | {"event-data": mailgun_event("bounce", message_id)}
    assert (await tell(rig, "mailgun", forged)).status_code == 403
    assert (await tell(rig, "mailgun", posted)).json() == {"fresh": 0}


@pytest.mark.parametrize("provider", ["postmark", "sendgrid"])
async def test_the_login_of_the_others_is_asked_for(rig: ApiRig, provider: str) -> None:
    _, message_id = await mail_of(rig)
    event = MAKERS[provider]("complaint", message_id)
    for headers in ({}, basic("provider:wrong")):
        answer = await tell(rig, provider, event, headers=headers)
        assert answer.status_code == 401
    assert await standing(rig) == set()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_what_is_no_event_is_refused_in_words(rig: ApiRig, provider: str) -> None:
    for body in (b"", b"{", b"7", b'"x"', b"[" * 100_000, json.dumps([{}] * 5_001).encode()):
        answer = await rig.http.post(f"/inbound/{provider}/events", content=body, headers=LOGIN)
        assert answer.status_code == 422, body[:40]
    large = await rig.http.post(f"/inbound/{provider}/events", content=b"x" * 2_000_001, headers=LOGIN)
    assert large.status_code == 413


async def test_without_its_keys_mailgun_is_told_what_to_set(api: ApiRig, database_url: str) -> None:
    async with serving(api, database_url) as rig:
        answer = await tell(rig, "mailgun", mailgun_event("bounce", "<x@y>"))
        assert (answer.status_code, "RELANCE_MAILGUN_SIGNING_KEYS" in answer.text) == (403, True)
