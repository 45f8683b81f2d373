"""A no is obeyed in the transaction that stores it: no run, no worker and no Temporal is needed for that."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import asyncio
import json
import smtplib
from datetime import timedelta

import asyncpg
import pytest

from sequences.errors import RefusedError
from sequences.reactions.sentiment import Intent, Label
from sequences.tokens import TokenKind, sign
from services.enrolling.enroll import EntryRequest
from services.intake.mail import MailIntake
from services.intake.sms import SmsIntake
from services.operations.attach import dismiss
from services.operations.review import Opinion, review
from services.sending.suppress import NewSuppression, suppress
from starter.composition import organisation_of
from tests.support import by_name as queries
from tests.support.mails import mail
from tests.support.rigs.api import BEARER, PERSON_PHONE, ApiRig
from tests.support.rigs.inbound import LOGINS, basic, listening, mailgun, mailgun_form, reply_address, serving, standing
from tests.support.waiting import PATIENCE

NO = "Please stop e-mailing me."
OURS = "We have an opening in Leeds that may suit you.\nTo unsubscribe, reply STOP to this mail."


async def suppressed(
    api: ApiRig, person: str = "p1", address: str = "p1@client.example", channel: str = "email"
) -> str:
    """The reason for which nothing would go, as the claim asks."""
    rows = await api.fetch(
        "SELECT reason FROM suppressions_on($1, ARRAY[$2]::text[]) WHERE channel IN ($3, 'all')",
        person,
        address,
        channel,
    )
    return ", ".join(sorted({row["reason"] for row in rows}))


# --- every way in ---------------------------------------------------------------------------------------------------


async def test_a_no_by_mail_suppresses_person_and_address_before_it_is_acknowledged(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    send = await api.sent(await api.enrolled())
    api.runs.down = True
    stored = await mail_intake.receive(mail(NO), (reply_address(send),))
    assert await suppressed(api, "p1", "nobody@x.example", "sms") == "opt_out"
    assert await suppressed(api, "another-record") == "opt_out"
    [row] = await api.fetch("SELECT opt_out, handled_at, score_reasons, address FROM reaction")
    assert (row["opt_out"], row["handled_at"], row["address"]) == (True, None, "p1@client.example")
    assert row["score_reasons"]
    assert all(reason.startswith("opt_out:") for reason in row["score_reasons"])
    again = await mail_intake.receive(mail(NO), (reply_address(send),))
    assert (stored.fresh, again.fresh) == (True, False)


@pytest.mark.parametrize("words", ["Yes please, call me.", "Not now, ask me again in May.", "Who are you?"])
async def test_what_is_no_wish_suppresses_nobody(api: ApiRig, mail_intake: MailIntake, words: str) -> None:
    send = await api.sent(await api.enrolled())
    await mail_intake.receive(mail(words), (reply_address(send),))
    assert await standing(api) == set()
    assert [row["opt_out"] for row in await api.fetch("SELECT opt_out FROM reaction")] == [None]


def _hand_over(port: int, to: list[str], raw: bytes) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("p1@client.example")
        for each in to:
            client.rcpt(each)
        return client.data(raw)


async def test_smtp_says_250_only_after_the_suppression_and_451_leaves_nothing_half_done(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    send = await api.sent(await api.enrolled())
    to = [reply_address(send)]
    # Refuses at the commit, when everything was written.
    await api.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE ="
        " '40001'; END $$"
    )
    await api.execute(
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON suppression DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    async with listening(mail_intake) as listener:
        code, _ = await asyncio.to_thread(_hand_over, listener.port, to, mail(NO))
        assert code == 451
        for table in ("inbound", "reaction", "suppression"):
            assert await api.fetch(f"SELECT 1 AS found FROM {table}") == []
        await api.execute("DROP TRIGGER at_commit ON suppression")
        code, _ = await asyncio.to_thread(_hand_over, listener.port, to, mail(NO))
    assert code == 250
    assert await suppressed(api) == "opt_out"


async def test_webhooks_say_200_only_after_the_suppression(api: ApiRig, database_url: str) -> None:
    async with serving(api, database_url, **LOGINS) as rig:
        for number, way in enumerate(("mime", "mailgun", "sendgrid", "postmark"), start=1):
            send = await rig.sent(await rig.enrolled(f"p{number}"))
            # The people of these tests share a number, and a no is of every address.
            await rig.execute("UPDATE person SET phone = NULL WHERE id = $1", f"p{number}")
            to, raw = reply_address(send), mail(NO, sender=f"p{number}@client.example", ident=str(number))
            if way == "mime":
                headers = {"Authorization": f"Bearer {BEARER}", "X-Relance-Recipient": to}
                answer = await rig.http.post("/inbound/mime", content=raw, headers=headers)
            elif way == "mailgun":
                answer = await mailgun(rig, mailgun_form(raw, recipient=to))
            elif way == "sendgrid":
                form = {"email": raw.decode(), "envelope": json.dumps({"to": [to]})}
                answer = await rig.http.post(
                    "/inbound/sendgrid", data=form, headers=basic("provider:pass:word-of-tests")
                )
            else:
                document = {"RawEmail": raw.decode(), "OriginalRecipient": to}
                answer = await rig.http.post(
                    "/inbound/postmark", json=document, headers=basic("provider:pass:word-of-tests")
                )
            assert answer.status_code == 200, way
            assert await suppressed(api, f"p{number}", f"p{number}@client.example") == "opt_out", way


async def test_a_no_after_the_end_of_the_run(api: ApiRig, mail_intake: MailIntake) -> None:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    await api.execute("UPDATE enrollment SET state = 'finished', ended_at = enrolled_at WHERE id = $1", enrollment)
    await mail_intake.receive(mail(NO), (reply_address(send),))
    assert await suppressed(api) == "opt_out"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("I would like you to stop contacting me please", "opt_out"),
        ("Remove my number from your database, thank you", "opt_out"),
        ("Yes, ring me tomorrow", ""),
        ("Liked \u201cAre you ready? Reply STOP to opt out of our texts and be removed from our list\u201d", ""),
        ("Laughed at \u201cAre you ready? Reply STOP to opt out of our te\u2026\u201d", ""),
    ],
)
async def test_a_no_in_words_by_text(api: ApiRig, body: str, reason: str) -> None:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment, channel="sms")
    await api.execute(
        "UPDATE send SET text = 'Are you ready? Reply STOP to opt out of our texts and be removed from our list' WHERE id = $1",
        send,
    )
    intake = SmsIntake(api.database, organisation_of(api.settings), api.clock, api.wake)
    await intake.receive({"MessageSid": "SM1", "From": PERSON_PHONE, "To": "us", "Body": body})
    assert await suppressed(api, "p1", PERSON_PHONE, "sms") == reason
    assert await suppressed(api, "p1", "x", "email") == reason


@pytest.mark.parametrize(
    ("body", "by_mail"),
    [
        ("Do not contact me again.", "opt_out"),
        ("Please remove me from your list", "opt_out"),
        ("Do not text me again", ""),
    ],
)
async def test_a_whole_text_that_means_the_person_ends_mails_too(api: ApiRig, body: str, by_mail: str) -> None:
    """It asks for no more texts as STOP does, and says more."""
    await api.sent(await api.enrolled(), channel="sms")
    intake = SmsIntake(api.database, organisation_of(api.settings), api.clock, api.wake)
    await intake.receive({"MessageSid": "SM1", "From": PERSON_PHONE, "To": "us", "Body": body})
    assert "stop_word" in await suppressed(api, "p1", PERSON_PHONE, "sms")
    assert await suppressed(api, "p1", "x", "email") == by_mail


async def test_a_mail_to_the_unsubscribe_address(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    to = f"{sign(TokenKind.UNSUBSCRIBE, send, b'token-key-for-tests')}@reply.relance.example"
    await mail_intake.receive(mail("This message was made by your mail program: unsubscribe", to=to), (to,))
    assert await suppressed(api) == "unsubscribed"
    assert await suppressed(api, channel="sms") == ""


async def test_a_complaint(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    raw = (
        "From: fbl@p.example\nSubject: FW: Hello\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\n\nreport\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: p1@client.example\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{send}@relance.example>\n--b--\n"
    )
    await mail_intake.receive(raw.encode(), ())
    assert await suppressed(api, channel="sms") == "complained"


async def test_who_was_merged_away_is_suppressed_under_the_new_record_as_well(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    send = await api.sent(await api.enrolled())
    await api.person("p9", email="other@client.example")
    await api.execute("UPDATE person SET merged_into = 'p9' WHERE id = 'p1'")
    await mail_intake.receive(mail(NO), (reply_address(send),))
    assert await suppressed(api, "p9", "other@client.example") == "opt_out"


# --- whose words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "subject", "reason"),
    [
        (f"{NO}\n\n> We have an opening", "Re: Hello", "opt_out"),
        ("Sure.\n\nOn 4 May 2027, Dana wrote:\n> To unsubscribe, reply STOP to this mail.", "Re: Hello", ""),
        (OURS, "Re: Hello", ""),
        ("> We have an opening\n> Please remove me from your list", "Re: Hello", ""),
        # Cut away as a signature, and nothing else is there.
        ("-- \nPlease remove me from your list", "Re: Hello", "opt_out"),
        ("", "Please remove me from your mailing list", "opt_out"),
        ("", "unsubscribe", "opt_out"),
        ("", "Re: unsubscribe", ""),
    ],
)
async def test_only_the_persons_own_words_count(
    api: ApiRig, mail_intake: MailIntake, body: str, subject: str, reason: str
) -> None:
    send = await api.sent(await api.enrolled())
    await api.execute("UPDATE send SET text = $2 WHERE id = $1", send, OURS)
    raw = f"From: p1@client.example\nMessage-ID: <1@c>\nSubject: {subject}\n\n{body}\n"
    await mail_intake.receive(raw.encode(), (reply_address(send),))
    assert await suppressed(api) == reason


async def test_a_known_address_that_answers_nothing_is_suppressed_alone_and_a_person_sees_it(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    """Anybody can write any From: nothing but mail to that address ends by it."""
    await api.person("p1")
    await mail_intake.receive(mail(NO, sender="P1@client.example"), ())
    assert await standing(api) == {(None, "p1@client.example", "email", "opt_out")}
    assert [row["state"] for row in await api.fetch("SELECT state FROM inbound")] == ["unmatched"]
    await mail_intake.receive(mail(NO, sender="stranger@x.example", ident="2"), ())
    assert len(await standing(api)) == 1


# --- what comes later neither doubles nor contradicts it ------------------------------------------------------------


async def test_a_review_that_denies_the_wish_lifts_what_came_of_it(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    stored = await mail_intake.receive(mail(NO), (reply_address(send),))
    assert stored.reaction
    async with api.database.transaction() as connection:
        await review(connection, stored.reaction, Opinion(Label.NEUTRAL, Intent.OTHER, not_an_opt_out=True), api.now)
    assert await standing(api) == set()


async def test_what_is_suppressed_with_an_address_is_not_written_twice(api: ApiRig) -> None:
    await api.person("p1")
    async with api.database.transaction() as connection:
        told = ["p1@client.example"]
        first = await suppress(
            connection, NewSuppression("all", "opt_out", "r1", api.now, person="p1", written_to=told)
        )
        again = await suppress(connection, NewSuppression("all", "opt_out", "r1", api.now, person="p1"))
        other = await suppress(connection, NewSuppression("all", "crm", "crm", api.now, person="p1"))
    assert (first, again, other) == (True, False, True)


# --- an answer holds every run of its person ------------------------------------------------------------------------


async def claim(api: ApiRig, enrollment: str) -> bool:
    """Whether the planned mail ``two`` of the run would be claimed now."""
    run = await api.row("enrollment_row", id=enrollment)
    assert run
    identity = f"s{enrollment[1:]}"
    async with api.database.transaction() as connection:
        await queries.run(
            connection,
            "add_send",
            id=identity,
            enrollment_id=enrollment,
            step="two",
            person_id=run["person_id"],
            channel="email",
            sender="us",
            recipient=f"{run['person_id']}@client.example",
            subject="Two",
            message_id=f"<{identity}@relance.example>",
            content=b"two",
            text="two",
            planned_at=api.now,
            variant=None,
        )
        row = await queries.row(
            connection,
            "claim_send",
            id=identity,
            claimer="c",
            now=api.now + timedelta(days=1),
            span_start=None,
            cap=None,
            day=None,
            owner=None,
        )
        why = await queries.row(
            connection,
            "why_not_claimed",
            id=identity,
            now=api.now + timedelta(days=1),
            span_start=None,
            cap=None,
            day=None,
            owner=None,
        )
        await connection.execute("DELETE FROM send WHERE id = $1", identity)
    assert why is not None
    assert (why["obstacle"] == "held") is (row is None)
    return row is not None


async def run_of(api: ApiRig, sequence: str, person: str) -> str:
    await api.publish(sequence)
    accepted = await api.enrolling.enroll(EntryRequest(sequence, f"{sequence}-{person}", person))
    await api.execute("UPDATE enrollment SET state = 'active' WHERE id = $1", accepted.enrollment)
    return accepted.enrollment


async def handled(api: ApiRig) -> None:
    await api.execute("UPDATE reaction SET handled_at = received_at, decision = 'stop', decision_reason = 'x'")


async def test_an_answer_that_nobody_has_handled_holds_all_runs_of_the_person_and_of_the_address(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    send = await api.sent(await api.enrolled("p1"))
    other = await run_of(api, "other", "p1")
    await api.person("twin", email="P1@client.example")
    await api.person("p2")
    twin, stranger = await run_of(api, "twins", "twin"), await run_of(api, "other", "p2")
    await api.execute("UPDATE send SET recipient = 'p1@client.example' WHERE person_id = 'twin'")
    assert [await claim(api, each) for each in (other, stranger)] == [True, True]
    await mail_intake.receive(mail("Who are you?"), (reply_address(send),))
    assert [await claim(api, each) for each in (other, stranger)] == [False, True]
    with pytest.raises(RefusedError, match="an answer waits"):
        await run_of(api, "third", "p1")
    with pytest.raises(RefusedError, match="an answer waits"):
        await run_of(api, "third", "twin")
    assert [row["reason"] for row in await api.rows("refusals_of", person_id="p1")] == ["answered"]
    await run_of(api, "third", "p2")
    await handled(api)
    assert await claim(api, other)
    assert await claim(api, twin)
    await run_of(api, "third", "p1")


async def test_a_mail_that_may_answer_any_of_several_runs_holds_them_until_somebody_says_so(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    first = await api.enrolled("p1")
    await api.execute("UPDATE enrollment SET owner_id = 'dana'")
    await api.sent(first)
    second = await run_of(api, "other", "p1")
    await api.execute("UPDATE enrollment SET owner_id = 'dana'")
    await api.sent(second)
    await mail_intake.receive(mail("Which of the two is it?", head="X-A: b\r\n"), ())
    [row] = await api.fetch("SELECT id, state, holds FROM inbound")
    assert (row["state"], set(row["holds"])) == ("unmatched", {first, second})
    assert [await claim(api, each) for each in (first, second)] == [False, False]
    with pytest.raises(RefusedError, match="not matched to a run"):
        await run_of(api, "third", "p1")
    [notice] = await api.fetch("SELECT title FROM notification WHERE owner_id = 'dana'")
    assert "relance dismiss" in notice["title"]
    async with api.database.transaction() as connection:
        assert await dismiss(connection, row["id"], by="CLI", now=api.now)
        assert not await dismiss(connection, row["id"], by="CLI", now=api.now)
    assert [await claim(api, each) for each in (first, second)] == [True, True]
    await run_of(api, "third", "p1")


async def test_old_mail_of_somebody_who_is_in_no_run_holds_nothing(api: ApiRig, mail_intake: MailIntake) -> None:
    await api.person("p1")
    await mail_intake.receive(mail("Do you have anything for me?"), ())
    assert await claim(api, await run_of(api, "other", "p1"))


# --- absences -------------------------------------------------------------------------------------------------------

AWAY = "Auto-Submitted: auto-replied\r\nSubject: Out of office\r\nDate: Mon, 3 May 2027 10:00:00 +0000\r\n"


def away(ident: str = "1", words: str = "I am away, back on 17 May 2027.") -> bytes:
    return f"From: p1@client.example\r\nMessage-ID: <{ident}@client.example>\r\n{AWAY}\r\n{words}\r\n".encode()


async def test_an_absence_told_to_one_mail_pauses_every_run_that_writes_to_the_address(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    first, second = await api.enrolled("p1"), await run_of(api, "other", "p1")
    send = await api.sent(first)
    await api.sent(second)
    unwritten = await run_of(api, "third", "p1")
    await mail_intake.receive(away(), (reply_address(send),))
    rows = await api.fetch("SELECT enrollment_id, kind, holds, detail FROM reaction")
    assert {row["enrollment_id"] for row in rows} == {first, second}
    assert unwritten not in {row["enrollment_id"] for row in rows}
    assert {(row["kind"], row["holds"], row["detail"]["return_date"]) for row in rows} == {
        ("out_of_office", True, "2027-05-17")
    }
    await mail_intake.receive(away(), (reply_address(send),))
    assert len(await api.fetch("SELECT 1 AS x FROM reaction")) == 2


async def test_an_absence_that_answers_nothing_we_know_of_pauses_them_as_well(
    api: ApiRig, mail_intake: MailIntake
) -> None:
    first, second = await api.enrolled("p1"), await run_of(api, "other", "p1")
    await api.sent(first)
    await api.sent(second)
    await mail_intake.receive(away(), ())
    assert {row["enrollment_id"] for row in await api.fetch("SELECT enrollment_id FROM reaction")} == {first, second}


async def test_a_receipt_of_a_ticket_system_is_no_absence_for_other_runs(api: ApiRig, mail_intake: MailIntake) -> None:
    first, second = await api.enrolled("p1"), await run_of(api, "other", "p1")
    send = await api.sent(first)
    await api.sent(second)
    raw = away(words="We have received your message. Ticket 4711.").replace(b"Out of office", b"Ticket 4711 received")
    await mail_intake.receive(raw, (reply_address(send),))
    assert [row["enrollment_id"] for row in await api.fetch("SELECT enrollment_id FROM reaction")] == [first]


async def test_a_database_that_is_away_loses_nothing(api: ApiRig, mail_intake: MailIntake) -> None:
    send = await api.sent(await api.enrolled())
    await api.execute("ALTER TABLE inbound RENAME TO inbound_away")
    with pytest.raises(asyncpg.PostgresError):
        await mail_intake.receive(mail(NO), (reply_address(send),))
    await api.execute("ALTER TABLE inbound_away RENAME TO inbound")
    assert await standing(api) == set()
    await mail_intake.receive(mail(NO), (reply_address(send),))
    assert await suppressed(api) == "opt_out"
