"""Replies reach the owner: once, in a thread, without loops; on a real Postgres and a real mail server."""

from __future__ import annotations

import email
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres import queries
from sequences.reactions.sentiment import Intent, Label
from sequences.replies.way import MARK
from services.operations.review import Opinion, review
from services.replies.forward_replies import ForwardReplies
from tests.support.rigs.replies import DANA, RepliesRig, replies_rig
from tests.support.rigs.send import NOW, ORGANISATION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.ports import EmailTransport
    from starter.local.mail_capture import OpenedMail


@pytest_asyncio.fixture
async def rig(database_url: str, tmp_path: Path) -> AsyncIterator[RepliesRig]:
    async with replies_rig(database_url, tmp_path) as rig:
        yield rig


async def judged_reply(rig: RepliesRig, words: str = "Yes, call me on Monday") -> tuple[OpenedMail, str]:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, words))
    (reply,) = [row for row in await rig.replies() if row["handled_at"] is None]
    await rig.judge(reply["id"])
    return mail, reply["id"]


async def test_a_reply_is_forwarded_in_the_thread_with_the_person_as_reply_to(rig: RepliesRig) -> None:
    mail, reply = await judged_reply(rig)
    done = await rig.pass_over()
    assert (done.replies, done.sent) == (1, 1)
    (forwarded,) = rig.mails_to(DANA)
    person = mail.mail.recipient
    assert forwarded.header("From") == f'"Alex (reply)" <{ORGANISATION.sender_address}>'
    assert forwarded.header("Reply-To") == person
    assert forwarded.mail.subject == "Re: Hello Alex"
    assert forwarded.header("In-Reply-To") == "<answer-1@client.example>"
    assert (forwarded.header("References") or "").split() == [mail.mail.message_id, "<answer-1@client.example>"]
    assert forwarded.header("Auto-Submitted") == "auto-generated"
    assert forwarded.header("X-Auto-Response-Suppress") == "All"
    assert forwarded.mail.sender == ORGANISATION.sender_address
    text = (forwarded.text or "").replace("\r\n", "\n")
    assert text.startswith("Yes, call me on Monday\n\n-- \n")
    assert "Relance takes it for positive, interested (93% sure)." in text
    assert f"relance reply {reply[:10]}" in text
    assert "the run: stop" in text


async def test_the_original_hangs_on_it_as_it_came(rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    answer = rig.answer(mail, "See my CV")
    answer.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="cv, May.pdf")
    await rig.receive(answer)
    await rig.judge((await rig.replies())[0]["id"])
    await rig.pass_over()
    (forwarded,) = rig.mails_to(DANA)
    assert "Attachments: cv, May.pdf\nThe original is attached." in (forwarded.text or "").replace("\r\n", "\n")
    whole = email.message_from_bytes(forwarded.raw, policy=policy.default)
    (part,) = [each for each in whole.walk() if each.get_content_type() == "message/rfc822"]
    inside = part.get_payload(0)
    assert isinstance(inside, EmailMessage)
    assert inside["Message-ID"] == "<answer-1@client.example>"
    assert part["Content-Transfer-Encoding"] is None


async def test_without_a_judgement_it_goes_after_two_minutes(rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "Who are you?"))
    assert (await rig.pass_over(1)).replies == 0
    assert (await rig.pass_over(2)).replies == 1
    (forwarded,) = rig.mails_to(DANA)
    assert "Relance has not judged it yet." in (forwarded.text or "")
    await rig.judge((await rig.replies())[0]["id"])
    assert (await rig.pass_over(3)).replies == 0
    assert len(rig.mails_to(DANA)) == 1


async def passed_on_unjudged(rig: RepliesRig, words: str) -> tuple[OpenedMail, str]:
    """A reply that its owner got while the model was away."""
    mail, reply = await came(rig, words)
    assert (await rig.pass_over(2)).replies == 1
    return mail, reply


async def came(rig: RepliesRig, words: str) -> tuple[OpenedMail, str]:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, words))
    return mail, (await rig.replies())[-1]["id"]


async def test_a_later_judgement_that_concerns_the_owner_is_told_once_in_the_same_thread(rig: RepliesRig) -> None:
    mail, reply = await passed_on_unjudged(rig, "Let the tenth be a farewell")
    await rig.judge(reply, "negative", "opt_out", opt_out=True)
    assert await rig.told() == [("waiting", None)]
    assert (await rig.pass_over(3)).replies == 1
    first, second = rig.mails_to(DANA)
    text = (second.text or "").replace("\r\n", "\n")
    assert text.startswith("They ask not to be contacted; that is obeyed on every channel.\n")
    assert "> Let the tenth be a farewell\n" in text
    assert "You got this reply before Relance could say what it means." in text
    assert (second.mail.subject, second.header("Reply-To")) == (first.mail.subject, mail.mail.recipient)
    assert (second.header("References") or "").split()[-1] == first.mail.message_id
    assert second.header("Auto-Submitted") == "auto-generated"
    assert second.header(MARK) is not None
    await rig.judge(reply, "negative", "opt_out", opt_out=True)
    assert (await rig.pass_over(20)).replies == 0
    assert len(rig.mails_to(DANA)) == 2
    assert await rig.told() == [("forward", None)]


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ({"held": True}, "Relance is not sure: positive, interested (93% sure); say what it means: relance review set"),
        ({"label": None, "intent": None, "held": True}, "Relance cannot say what it means; say what it means"),
        ({}, None),
        ({"label": "negative", "intent": "decline"}, None),
        ({"label": "neutral", "intent": "auto_reply"}, None),
    ],
)
async def test_what_is_told_afterwards(rig: RepliesRig, score: dict[str, Any], said: str | None) -> None:
    _, reply = await passed_on_unjudged(rig, "Sounds like a plan, or does it?")
    await rig.judge(reply, **score)
    await rig.pass_over(3)
    mails = rig.mails_to(DANA)
    assert len(mails) == (1 if said is None else 2)
    if said is not None:
        assert said in " ".join((mails[1].text or "").split())


async def test_an_opt_out_that_the_list_found_is_no_news(rig: RepliesRig) -> None:
    _, reply = await passed_on_unjudged(rig, "Please remove me from your list.")
    await rig.judge(reply, "negative", "opt_out", opt_out=True)
    await rig.pass_over(3)
    (mail,) = rig.mails_to(DANA)
    assert "They ask not to be contacted" in (mail.text or "")


async def test_after_a_review_there_is_nothing_to_tell(rig: RepliesRig) -> None:
    _, reply = await passed_on_unjudged(rig, "Who are you?")
    async with rig.database.transaction() as connection:
        await review(connection, reply, Opinion(Label.NEUTRAL, Intent.QUESTION, by="Dana"), NOW)
    await rig.judge(reply, "negative", "opt_out", opt_out=True)
    await rig.pass_over(3)
    assert len(rig.mails_to(DANA)) == 1


async def test_who_is_notified_is_notified_once_more(rig: RepliesRig) -> None:
    rig.way = "notify"
    _, reply = await passed_on_unjudged(rig, "Let the tenth be a farewell")
    await rig.judge(reply, held=True)
    await rig.pass_over(3)
    titles = [row["title"] for row in await rig.rows("SELECT title FROM notification ORDER BY title")]
    assert len(titles) == 2
    assert titles[0].startswith("Relance is not sure: positive, interested (93% sure)")
    assert await rig.told() == [("notify", None)]


async def test_what_is_judged_while_it_is_passed_on_is_not_called_unjudged(
    rig: RepliesRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was read before the judgement, and locked after it."""
    _, reply = await came(rig, "Yes please")
    real = queries.next_reply_forwarding
    asked: list[Any] = []

    async def older(connection: Any, **given: Any) -> Any:
        row = await real(connection, **given)
        if not asked and row is not None:
            asked.append(row)
            async with rig.database.transaction() as other:
                await other.execute(
                    "UPDATE reaction SET label = 'positive', intent = 'interested' WHERE id = $1", reply
                )
        return row

    monkeypatch.setattr(queries, "next_reply_forwarding", older)
    assert (await rig.pass_over(2)).replies == 1
    assert asked[0].label is None
    (mail,) = rig.mails_to(DANA)
    assert "Relance takes it for positive, interested" in (mail.text or "")


async def test_what_a_person_said_by_then_counts(rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "Who are you?"))
    reply = (await rig.replies())[0]["id"]
    async with rig.database.transaction() as connection:
        await review(connection, reply, Opinion(Label.NEUTRAL, Intent.QUESTION, by="Dana"), NOW)
    await rig.judge(reply, "negative", "decline", held=True)
    await rig.pass_over()
    (forwarded,) = rig.mails_to(DANA)
    assert "A person says: neutral, question." in (forwarded.text or "")


async def test_the_same_mail_by_two_ways_is_forwarded_once(rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    answer = rig.answer(mail, "Yes please")
    by_list = email.message_from_bytes(answer.as_bytes(), policy=policy.default)
    del by_list["Subject"]
    by_list["Subject"] = "[answers] Re: Hello Alex"
    by_list["List-Id"] = "<answers.agency.example>"
    await rig.receive(answer)
    await rig.receive(answer, ORGANISATION.sender_address)
    await rig.receive(by_list.as_bytes(), str(answer["To"]))
    for reply in await rig.replies():
        await rig.judge(reply["id"])
    await rig.pass_over()
    await rig.pass_over(5)
    assert len(rig.mails_to(DANA)) == 1


async def test_one_mail_that_answers_two_runs_of_an_owner_is_forwarded_once(rig: RepliesRig) -> None:
    _, one = await rig.written_to()
    _, two = await rig.written_to()
    answer = rig.answer(one, "We both say yes")
    await rig.receive(answer, str(one.header("Reply-To")), str(two.header("Reply-To")))
    replies = await rig.replies()
    assert len(replies) == 2
    for reply in replies:
        await rig.judge(reply["id"])
    await rig.pass_over()
    assert len(rig.mails_to(DANA)) == 1
    assert set(await rig.told()) == {
        ("forward", None),
        ("forward", "with the same mail of another run"),
    }


async def test_a_second_reply_is_in_the_same_thread(rig: RepliesRig) -> None:
    mail, _ = await judged_reply(rig)
    await rig.pass_over()
    (first,) = rig.mails_to(DANA)
    await rig.execute("UPDATE reaction SET received_at = received_at - interval '1 hour'")
    await rig.receive(rig.answer(mail, "And on Tuesday too"))
    await rig.judge((await rig.replies())[-1]["id"])
    await rig.pass_over(5)
    second = rig.mails_to(DANA)[-1]
    assert second.mail.subject == first.mail.subject
    assert (second.header("References") or "").split() == [
        mail.mail.message_id,
        first.mail.message_id,
        "<answer-2@client.example>",
    ]


async def test_a_forwarded_reply_that_comes_back_is_nobodys_reply(rig: RepliesRig) -> None:
    mail, _ = await judged_reply(rig)
    await rig.pass_over()
    (forwarded,) = rig.mails_to(DANA)
    token = str(mail.header("Reply-To"))
    await rig.receive(forwarded.raw, token)
    # A gateway wrote another Message-ID over it, and a rule of the mailbox sent it on as a mail of a person.
    changed = forwarded.raw.replace(b"Message-ID: <m", b"Message-ID: <x").replace(
        b"Auto-Submitted: auto-generated", b"X-A: b"
    )
    assert MARK.encode() in changed
    await rig.receive(changed, token)
    assert len(await rig.replies()) == 1
    assert [row["event"] for row in await rig.rows("SELECT event FROM inbound WHERE state = 'ignored'")] == [
        "own_copy"
    ] * 2
    assert (await rig.pass_over(10)).replies == 0


async def test_an_answer_of_the_owner_that_lands_here_is_not_the_persons(rig: RepliesRig) -> None:
    mail, _ = await judged_reply(rig)
    await rig.pass_over()
    (forwarded,) = rig.mails_to(DANA)
    # To all, and so to the address that we read; the sequence was sent by another address than hers.
    await rig.execute("UPDATE send SET sender = 'jobs@agency.example'")
    answer = rig.answer(forwarded, "Monday at ten it is. Please stop by.", sender=DANA)
    await rig.receive(answer, str(mail.header("Reply-To")))
    assert len(await rig.replies()) == 1
    # Her absence note, too.
    note = rig.answer(forwarded, "I am out of office until Monday", sender=DANA)
    note["Auto-Submitted"] = "auto-replied"
    await rig.receive(note, ORGANISATION.sender_address)
    assert await rig.rows("SELECT 1 FROM reaction WHERE kind <> 'replied'") == []


async def test_a_forwarded_reply_that_bounces_says_nothing_of_the_person(rig: RepliesRig) -> None:
    mail, _ = await judged_reply(rig)
    await rig.pass_over()
    (forwarded,) = rig.mails_to(DANA)
    head = forwarded.raw.split(b"\r\n\r\n", 1)[0].decode()
    report = (
        f"From: MAILER-DAEMON@agency.example\r\nTo: {ORGANISATION.sender_address}\r\nSubject: Undelivered\r\n"
        f"Message-ID: <dsn@agency.example>\r\nIn-Reply-To: {forwarded.mail.message_id}\r\n"
        f"References: {mail.mail.message_id} {forwarded.mail.message_id}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nThe mailbox does not exist.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.agency.example\r\n\r\n"
        f"Final-Recipient: rfc822; {DANA}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--b--\r\n"
    )
    await rig.receive(report.encode(), ORGANISATION.sender_address)
    assert await rig.rows("SELECT 1 FROM reaction WHERE kind <> 'replied'") == []
    assert await rig.rows("SELECT 1 FROM suppression") == []


@pytest.mark.parametrize(("address", "why"), [(None, "has no e-mail address"), ("dana", "is malformed")])
async def test_an_owner_without_a_usable_address_is_notified(rig: RepliesRig, address: str | None, why: str) -> None:
    await judged_reply(rig)
    await rig.execute("UPDATE owner SET email = $1", address)
    await rig.pass_over()
    ((way, reason),) = await rig.told()
    assert way == "notify"
    assert why in (reason or "")


async def test_a_fault_of_ours_puts_one_reply_off_and_no_other(
    rig: RepliesRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await judged_reply(rig)
    await judged_reply(rig)

    first = (await rig.replies())[0]["id"]
    real = ForwardReplies._pass_on

    async def broken(self: ForwardReplies, connection: Any, row: Any, now: Any) -> Any:
        if row.reaction_id == first:
            raise RuntimeError("a fault of ours")
        return await real(self, connection, row, now)

    monkeypatch.setattr(ForwardReplies, "_pass_on", broken)
    assert (await rig.pass_over()).replies == 1
    monkeypatch.undo()
    assert (await rig.pass_over(1)).replies == 0
    assert (await rig.pass_over(10)).replies == 1


@pytest.mark.parametrize("address", [ORGANISATION.sender_address, "x@reply.agency.example", "read@agency.example"])
async def test_never_to_an_address_of_ours(rig: RepliesRig, address: str) -> None:
    rig.read_too = ("read@agency.example",)
    await judged_reply(rig)
    await rig.execute("UPDATE owner SET email = $1", address.upper())
    await rig.pass_over()
    assert rig.mails_to(address.upper()) == []
    assert await rig.told() == [("notify", "not forwarded: the owner's address is one that Relance itself reads")]
    assert len(await rig.rows("SELECT 1 FROM notification WHERE kind = 'replied'")) == 1


async def test_the_sequence_counts_before_the_owner_and_the_owner_before_the_organisation(rig: RepliesRig) -> None:
    rig.way = "none"
    await judged_reply(rig)
    await rig.execute("UPDATE owner SET replies = 'notify'")
    await rig.pass_over()
    assert await rig.told() == [("notify", None)]
    await rig.execute("UPDATE reply_forwarding SET state = 'waiting', decided_at = NULL")
    await rig.execute('UPDATE sequence_version SET definition = definition || \'{"replies": "forward"}\'')
    rig.send.versions._known.clear()
    await rig.pass_over()
    assert [state for state, _ in await rig.told()] == ["forward"]


async def test_who_wants_no_notifications_by_mail_still_gets_replies(rig: RepliesRig) -> None:
    await judged_reply(rig)
    await rig.execute("UPDATE owner SET notify_by = 'none'")
    assert (await rig.pass_over()).sent == 1


async def test_a_pass_for_replies_mails_no_notification(rig: RepliesRig) -> None:
    await judged_reply(rig)
    await rig.execute("UPDATE owner SET notify_by = 'email'")
    await rig.execute(
        "INSERT INTO notification (id, owner_id, kind, title, created_at) VALUES ('n1', 'dana', 'entered', 'x', now())"
    )
    done = await rig.pass_over(replies_only=True)
    assert (done.replies, done.written, done.sent) == (1, 0, 1)
    done = await rig.pass_over(1)
    assert (done.written, done.sent) == (1, 1)


async def test_nobody_is_told_of_an_automatic_answer_that_the_model_knows(rig: RepliesRig) -> None:
    _, mail = await rig.written_to()
    await rig.receive(rig.answer(mail, "I am away"))
    await rig.judge((await rig.replies())[0]["id"], "neutral", "auto_reply")
    await rig.pass_over()
    assert await rig.told() == [("none", "an automatic answer")]


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


async def test_killed_between_the_row_and_the_mail_it_is_sent_by_the_next(rig: RepliesRig) -> None:
    await judged_reply(rig)
    assert await rig.forwarding().write((await rig.replies())[0]["received_at"]) == 1
    assert rig.mails_to(DANA) == []
    assert (await rig.pass_over(1)).sent == 1
    assert len(rig.mails_to(DANA)) == 1


async def test_killed_after_the_mail_it_is_unknown_and_never_sent_twice(rig: RepliesRig) -> None:
    await judged_reply(rig)
    with pytest.raises(Killed):
        await rig.pass_over(email=DiesAfterHandOver(rig.smtp))
    assert (await rig.pass_over(30)).unknown == 1
    await rig.pass_over(60)
    assert len(rig.mails_to(DANA)) == 1


async def test_a_server_that_is_away_is_waited_for(rig: RepliesRig) -> None:
    await judged_reply(rig)
    await rig.server.stop()
    assert (await rig.pass_over()).away
    await rig.server.start()
    assert (await rig.pass_over(5)).sent == 1
