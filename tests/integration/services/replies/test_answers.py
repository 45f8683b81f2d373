"""A recruiter answers a reply: in the thread, at most once, and never to somebody who said no."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import pytest_asyncio

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError
from sequences.runs.bulk import BulkOrder
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.intake.sms import SmsIntake
from services.operations.bulk import add_hold
from services.replies.send_answers import SendAnswers, Transports
from services.sending.send_waiting import Passing
from services.sending.suppress import NewSuppression, suppress
from tests.support.away import AwayDatabase
from tests.support.rigs.replies import RepliesRig, replies_rig
from tests.support.rigs.send import NOW, ORGANISATION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database
    from services.ports import EmailTransport
    from starter.local.mail_capture import OpenedMail


@pytest_asyncio.fixture
async def rig(database_url: str, tmp_path: Path) -> AsyncIterator[RepliesRig]:
    async with replies_rig(database_url, tmp_path) as rig:
        yield rig


async def replied(rig: RepliesRig) -> tuple[OpenedMail, str]:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "Yes, call me"))
    return mail, (await rig.replies())[0]["id"]


async def suppressed(rig: RepliesRig, reason: str, channel: str = "all") -> None:
    async with rig.database.transaction() as connection:
        await suppress(connection, NewSuppression(channel, reason, "test", NOW, person="p1"))


async def test_an_answer_is_in_the_thread_and_its_answer_comes_back(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    written = await rig.ask(reply, "Monday at ten?")
    assert (written.state, written.channel, written.repeated) == ("planned", "email", False)
    assert await rig.send_answers() == 1
    answer = rig.mails_to(mail.mail.recipient)[-1]
    assert answer.header("From") == "Dana Owner <dana@agency.example>"
    assert answer.mail.subject == "Re: Hello Alex"
    assert answer.header("In-Reply-To") == "<answer-1@client.example>"
    assert (answer.header("References") or "").split() == [mail.mail.message_id, "<answer-1@client.example>"]
    assert (answer.text or "").strip() == "Monday at ten?"
    assert answer.header("Reply-To") == mail.header("Reply-To")
    assert answer.mail.sender == mail.mail.sender
    assert answer.header("Auto-Submitted") is None
    assert await rig.answer_states() == [("sent", "accepted")]
    # What the person says next is a reply of the same run, also where the token was lost.
    await rig.receive(rig.answer(answer, "Ten is fine"), ORGANISATION.sender_address)
    lost = rig.answer(answer, "Or eleven")
    lost.replace_header("To", ORGANISATION.sender_address)
    lost.replace_header("References", answer.mail.message_id)
    await rig.receive(lost)
    assert len({row["enrollment_id"] for row in await rig.replies()}) == 1
    assert len(await rig.replies()) == 3
    (event,) = await rig.rows(
        "SELECT kind, lineage FROM person_event WHERE kind = 'last_contacted' AND source LIKE 'a%'"
    )
    assert event["lineage"] == []


async def test_its_own_copy_is_nobodys_reply(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    await rig.ask(reply, "Monday at ten?")
    await rig.send_answers()
    await rig.receive(rig.mails_to(mail.mail.recipient)[-1].raw, ORGANISATION.sender_address)
    assert len(await rig.replies()) == 1


async def test_asked_for_twice_it_goes_once(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    first = await rig.ask(reply, "Monday at ten?")
    again = await rig.ask(reply, "Monday at ten?")
    assert (again.answer, again.repeated) == (first.answer, True)
    keyed = await rig.ask(reply, "Monday at ten?", "second")
    assert keyed.answer != first.answer
    with pytest.raises(RefusedError) as refused:
        await rig.ask(reply, "Tuesday then", "second")
    assert refused.value.reason == "key_used"
    assert await rig.send_answers() == 2
    assert await rig.send_answers() == 0
    assert len(rig.mails_to(mail.mail.recipient)) == 3


async def test_while_everything_is_on_hold_it_waits_and_then_goes_once(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    before = await rig.ask(reply, "Monday at ten?")
    hold = BulkOrder("order", "pause", "wrong template")
    async with rig.database.transaction() as connection:
        await add_hold(connection, "everything", "all", hold, NOW)
    assert not before.on_hold
    assert (await rig.ask(reply, "Or eleven?")).on_hold
    assert await rig.send_answers() == 0
    # Who looked for it before the hold does not get it either.
    async with rig.database.transaction() as connection:
        assert await queries.claim_answer(connection, id=before.answer, claimer="test", now=NOW, never=[]) is None
    async with rig.database.transaction() as connection:
        await queries.end_hold(connection, scope="everything", key="all", at=NOW, by="Dana", due=None)
    assert await rig.send_answers() == 2
    assert await rig.send_answers() == 0
    assert len(rig.mails_to(mail.mail.recipient)) == 3


async def test_a_hold_on_a_sequence_keeps_no_answer_back(rig: RepliesRig) -> None:
    _, reply = await replied(rig)
    async with rig.database.transaction() as connection:
        await add_hold(connection, "owner", "dana", BulkOrder("order", "pause"), NOW)
    assert not (await rig.ask(reply, "Monday at ten?")).on_hold
    assert await rig.send_answers() == 1


@pytest.mark.parametrize("words", ["", "  \n", "x" * 100_001])
async def test_words_that_cannot_be_sent(rig: RepliesRig, words: str) -> None:
    _, reply = await replied(rig)
    with pytest.raises(RefusedError) as refused:
        await rig.ask(reply, words)
    assert refused.value.reason == "invalid"


async def test_what_is_no_reply_cannot_be_answered(rig: RepliesRig) -> None:
    _, reply = await replied(rig)
    with pytest.raises(NotFoundError):
        await rig.ask("raaaaaaaaaaaaaaaa", "Hello")
    await rig.execute("UPDATE reaction SET kind = 'clicked' WHERE id = $1", reply)
    with pytest.raises(RefusedError) as refused:
        await rig.ask(reply, "Hello")
    assert refused.value.reason == "not_a_reply"


async def test_who_opted_out_gets_none_unless_it_is_wanted(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    await suppressed(rig, "opt_out")
    with pytest.raises(RefusedError, match="--anyway") as refused:
        await rig.ask(reply, "Monday?")
    assert refused.value.reason == "do_not_contact"
    assert (await rig.ask(reply, "You are off all lists.", anyway=True)).state == "planned"
    assert await rig.send_answers() == 1
    assert len(rig.mails_to(mail.mail.recipient)) == 2


@pytest.mark.parametrize("reason", ["complained", "stop_word"])
async def test_some_wishes_no_answer_passes(rig: RepliesRig, reason: str) -> None:
    _, reply = await replied(rig)
    await suppressed(rig, reason)
    with pytest.raises(RefusedError):
        await rig.ask(reply, "Sorry!", anyway=True)


async def test_who_says_no_before_it_goes_gets_none(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    await rig.ask(reply, "Monday?")
    await suppressed(rig, "opt_out")
    assert await rig.send_answers() == 0
    assert await rig.answer_states() == [("refused", "suppressed: opt_out")]
    assert len(rig.mails_to(mail.mail.recipient)) == 1


class Killed(BaseException):
    """What SIGKILL does: nothing after it happens."""


@dataclass
class DiesAfterHandOver:
    """Hands over for real, and is gone before anybody hears of it."""

    real: EmailTransport

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[DiesAfterHandOver]:
        yield self

    async def send(self, **message: Any) -> Any:
        async with self.real.connection() as ready:
            await ready.send(**message)
        raise Killed


async def test_killed_in_the_middle_it_is_unknown_until_somebody_cites_it(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    await rig.ask(reply, "Monday at ten?")
    with pytest.raises(Killed):
        await rig.send_answers(email=DiesAfterHandOver(rig.smtp))
    assert await rig.send_answers(30) == 0
    assert await rig.answer_states() == [("unknown", "the worker died while it was sent")]
    assert len(rig.mails_to(mail.mail.recipient)) == 2
    proof = rig.answer(rig.mails_to(mail.mail.recipient)[-1], "Fine")
    proof.replace_header("To", ORGANISATION.sender_address)
    await rig.receive(proof)
    assert [state for state, _ in await rig.answer_states()] == ["sent"]


async def test_what_the_server_said_is_kept_while_postgres_is_away(
    rig: RepliesRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sending.stored.AGAIN", (0.0, 0.0))
    mail, reply = await replied(rig)
    await rig.ask(reply, "Monday at ten?")
    away = AwayDatabase(rig.database, lambda: len(rig.mails_to(mail.mail.recipient)) > 1)
    ways = Transports(rig.smtp, rig.send.wire, rig.send.composer.status_url)
    assert await SendAnswers(cast("Database", away), ways).pass_over(Passing(NOW, "pass")) == 1
    assert away.times == 0
    assert await rig.answer_states() == [("sent", "accepted")]


async def test_a_server_that_is_away_is_waited_for(rig: RepliesRig) -> None:
    _, reply = await replied(rig)
    await rig.ask(reply, "Monday at ten?")
    await rig.server.stop()
    assert await rig.send_answers() == 0
    assert await rig.answer_states() == [("planned", None)]
    await rig.server.start()
    assert await rig.send_answers(1) == 1


@dataclass
class Provider:
    """Takes texts."""

    texts: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, **text: Any) -> TransportOutcome:
        self.texts.append(text)
        return TransportOutcome(TransportVerdict.ACCEPTED, stage="http", provider_message_id="SM1")


async def test_a_text_is_answered_by_text(rig: RepliesRig) -> None:
    await rig.send.publish("texts", channel="sms")
    context = await rig.send.ready("texts")
    await rig.send.send(context)
    number = str(context.view.person["phone"])
    intake = SmsIntake(rig.database, ORGANISATION, lambda: NOW, lambda: None)
    form = {"MessageSid": "SM0", "From": number, "To": ORGANISATION.sms_sender, "Body": "Who is this?"}
    await intake.receive(form)
    (reply,) = await rig.replies()
    with pytest.raises(RefusedError):
        await rig.ask(reply["id"], "x" * 1_601)
    written = await rig.ask(reply["id"], "Dana, of Our agency")
    provider = Provider()
    assert await rig.send_answers(sms=provider) == 1
    (text,) = provider.texts
    assert (text["recipient"], text["body"], text["sender"]) == (number, "Dana, of Our agency", ORGANISATION.sms_sender)
    # The status page of our texts knows it too.
    assert text["status_callback"] == rig.send.composer.status_url(written.answer)
    assert await intake.status(
        written.answer, {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    )
    assert await rig.answer_states() == [("failed", "the provider reports: undelivered")]


async def test_two_dispatchers_send_it_once(rig: RepliesRig) -> None:
    mail, reply = await replied(rig)
    await rig.ask(reply, "Monday at ten?")
    async with rig.database.transaction() as connection:
        (waiting,) = await queries.answers_to_send(connection, channel="email", now=NOW, limit=10)
    claims = []
    for claimer in ("one", "two"):
        async with rig.database.transaction() as connection:
            claims.append(await queries.claim_answer(connection, id=waiting, claimer=claimer, now=NOW, never=[]))
    assert [claim is not None for claim in claims] == [True, False]
    assert await rig.send_answers(int(timedelta(hours=1).total_seconds() // 60)) == 0
    assert len(rig.mails_to(mail.mail.recipient)) == 1
