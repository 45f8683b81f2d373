"""A wish not to be contacted of which it is not proved whose it is: what it holds, and what ends that."""

from __future__ import annotations

import dataclasses

import pytest
import pytest_asyncio

from sequences.errors import RefusedError, RequestRefused
from sequences.reactions.sentiment import Intent, Label
from sequences.tokens import TokenKind, sign
from services.enrolling.enroll import EntryRequest
from services.intake.mail import MailIntake
from services.operations.attach import dismiss
from services.operations.review import Opinion, review
from services.replies.answer import AnswerAsked
from starter.composition import answering_of, organisation_of
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import claimed, standing

FORGED = "Authentication-Results: mx.agency.example; dmarc=fail\r\n"


@pytest.fixture
def checking(api: ApiRig) -> MailIntake:
    """Believes ``mx.agency.example``."""
    organisation = dataclasses.replace(organisation_of(api.settings), authserv_ids=("mx.agency.example",))
    return MailIntake(api.database, organisation, api.clock, api.wake)


def mail(words: str, *, sender: str, head: str = "", to: str = "jobs@agency.example") -> bytes:
    return (
        f"{head}From: {sender}\r\nTo: {to}\r\nMessage-ID: <1@x.example>\r\nSubject: Re: Hello\r\n\r\n{words}\r\n"
    ).encode()


async def cited(api: ApiRig, enrollment: str) -> str:
    row = await api.row("send_row", id=await api.sent(enrollment))
    assert row is not None
    return f"In-Reply-To: {row['message_id']}\r\n"


async def also_enrolled(api: ApiRig, sequence: str, person: str) -> str:
    await api.publish(sequence)
    accepted = await api.enrolling.enroll(EntryRequest(sequence, f"n-{sequence}-{person}", person))
    await api.execute("UPDATE enrollment SET state = 'active'")
    return accepted.enrollment


@pytest_asyncio.fixture
async def doubted(api: ApiRig, mail_intake: MailIntake) -> str:
    """The reply of somebody at another address, who asks not to be contacted; its run has handled it."""
    head = await cited(api, await api.enrolled())
    await also_enrolled(api, "other", "p1")
    await mail_intake.receive(mail("Please stop e-mailing me.", sender="eve@evil.example", head=head), ())
    await api.execute("UPDATE reaction SET handled_at = $1, decision = 'pause'", api.now)
    [row] = await api.fetch("SELECT id, kind, detail FROM reaction")
    assert (row["kind"], row["detail"]["doubt"], row["detail"]["asks_to_stop"]) == ("replied", "other_sender", "all")
    return str(row["id"])


async def of_other(api: ApiRig) -> str:
    [row] = await api.fetch("SELECT id FROM enrollment WHERE sequence = 'other'")
    return str(row["id"])


async def test_it_holds_every_run_of_the_person_and_of_the_address(api: ApiRig, doubted: str) -> None:
    assert await standing(api) == set()
    assert not await claimed(api, await of_other(api))
    await api.person("p8", email="p1@client.example")
    with pytest.raises(RefusedError):
        await also_enrolled(api, "third", "p8")
    with pytest.raises(RefusedError):
        await also_enrolled(api, "third", "p1")
    await api.execute("UPDATE send SET sender = 'dana@agency.example'")
    asked = AnswerAsked(doubted, "Was that you?")
    async with api.database.transaction() as connection:
        with pytest.raises(RefusedError) as refused:
            await answering_of(api.settings).answer(connection, asked, api.now)
    assert refused.value.reason == RequestRefused.DO_NOT_CONTACT


async def test_a_word_of_a_person_ends_it_either_way(api: ApiRig, doubted: str) -> None:
    for opinion, free, suppressed in (
        (Opinion(Label.NEUTRAL, not_theirs=True), True, set()),
        (Opinion(Label.NEGATIVE, Intent.OPT_OUT), False, {("p1", None, "all", "opt_out")}),
        (Opinion(Label.POSITIVE, not_an_opt_out=True), True, set()),
    ):
        async with api.database.transaction() as connection:
            await review(connection, doubted, opinion, api.now)
        await api.execute("UPDATE reaction SET handled_at = $1", api.now)
        assert await claimed(api, await of_other(api)) is free
        assert await standing(api) == suppressed


async def test_the_unsubscribe_address_of_another_holds_mail_alone(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    to = f"{sign(TokenKind.UNSUBSCRIBE, send, b'token-key-for-tests')}@reply.relance.example"
    await mail_intake.receive(mail("unsubscribe", sender="eve@evil.example", to=to), (to,))
    [hold] = await api.fetch("SELECT people, addresses, channel FROM opt_out_hold")
    assert (hold["people"], hold["channel"]) == (["p1"], "email")
    assert "p1@client.example" in hold["addresses"]
    assert await standing(api) == set()


@pytest.mark.parametrize("proved", [True, False])
async def test_a_stranger_who_is_not_proved_holds_the_address_until_dismissed(
    api: ApiRig, checking: MailIntake, *, proved: bool
) -> None:
    enrollment = await api.enrolled()
    head = "Authentication-Results: mx.agency.example; dmarc=pass\r\n" if proved else FORGED
    await checking.receive(mail("Please stop e-mailing me.", sender="p1@client.example", head=head), ())
    assert not await claimed(api, enrollment)
    assert await standing(api) == ({(None, "p1@client.example", "email", "opt_out")} if proved else set())
    [row] = await api.fetch("SELECT id FROM inbound WHERE state = 'unmatched'")
    async with api.database.transaction() as connection:
        await dismiss(connection, row["id"], by="CLI", now=api.now)
    assert await claimed(api, enrollment) is not proved


async def test_without_the_setting_a_wish_of_the_person_is_obeyed_as_ever(api: ApiRig, mail_intake: MailIntake) -> None:
    head = FORGED + await cited(api, await api.enrolled())
    await mail_intake.receive(mail("Please stop e-mailing me.", sender="p1@client.example", head=head), ())
    assert await standing(api) == {("p1", None, "all", "opt_out")}
    [row] = await api.fetch("SELECT detail FROM reaction")
    assert not {"doubt", "authentication"} & set(row["detail"])


async def test_a_rewritten_from_proves_its_own_domain_alone(api: ApiRig, checking: MailIntake) -> None:
    await api.sent(await api.enrolled())
    head = (
        "Authentication-Results: mx.agency.example; dmarc=pass header.from=evil.example\r\n"
        "List-Id: <all.evil.example>\r\nX-Original-From: p1@client.example\r\n"
    )
    head += await cited(api, (await api.fetch("SELECT id FROM enrollment"))[0]["id"])
    await checking.receive(mail("Yes please", sender="all@evil.example", head=head), ())
    [row] = await api.fetch("SELECT detail FROM reaction")
    assert (row["detail"]["authentication"], row["detail"]["authenticated_by"]) == ("failed", "rewritten From")
