"""What a reader cut away from a mail is never lost: a no that may be the person's makes the reply wait for a person."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest
from temporalio.testing import ActivityEnvironment

from activities.scoring import ScoringActivities
from sequences.reactions.sentiment import Intent, Label, Probabilities, Score
from sequences.runs.state import ReactionCall
from services.intake.mail import MailIntake
from services.operations.attach import attach
from services.reactions.score_reply import ScoreReply
from tests.support.held_replies import activities_of
from tests.support.mails import mail
from tests.support.rigs.api import ApiRig
from tests.support.rigs.inbound import reply_address, standing

FIRST = "We have an opening in Leeds.\nTo be removed from our list, please follow this link or\nunsubscribe"
SECOND = "Did you get my mail? You can unsubscribe here: https://agency.example/u/1"
HEADER = (
    "\r\n\r\nFrom: Dana <dana@agency.example>\r\nSent: Tuesday, April 20, 2027 9:00 AM\r\n"
    "To: p1@client.example\r\nSubject: Hello\r\n\r\n"
)


class Sure:
    """A model that takes every reply for a plain yes."""

    def submit(self, text: str) -> Future[Score]:
        answer: Future[Score] = Future()
        answer.set_result(
            Score(Label.POSITIVE, 0.99, Probabilities(0.99, 0.005, 0.005), Intent.INTERESTED, False, False)
        )
        return answer


async def reply(api: ApiRig, intake: MailIntake, words: str) -> tuple[str, str]:
    """The run and the reaction of a mail that came in, scored."""
    run = await api.enrolled()
    await api.execute("UPDATE enrollment SET started_at = $1", api.now)
    for step, text in (("zero", FIRST), ("one", SECOND)):
        send = await api.sent(run, step=step)
        await api.execute("UPDATE send SET text = $2 WHERE id = $1", send, text)
    stored = await intake.receive(mail(words), (reply_address(send),))
    assert stored.reaction is not None
    scoring = ScoringActivities(ScoreReply(api.database, Sure(), asyncio.get_running_loop()))
    call = ReactionCall(run, stored.reaction)
    await asyncio.to_thread(ActivityEnvironment().run, scoring.score_reply, call)
    return run, stored.reaction


@pytest.mark.parametrize(
    "below",
    [
        f"{SECOND}\r\nPlease remove me from your list.",
        "> Did you get my mail?\r\n> I did. Please do not contact me again.",
        f"{SECOND}\r\n\r\n{FIRST}\r\n\r\nThe answer is no,\r\ntake me off your list.",
    ],
)
async def test_a_no_that_was_cut_away_is_held_with_a_task(api: ApiRig, mail_intake: MailIntake, below: str) -> None:
    run, reaction = await reply(api, mail_intake, f"Yes, a word on that below.{HEADER}{below}")
    [row] = await api.fetch("SELECT held_for_review, opt_out, label, score_reasons FROM reaction")
    assert (row["held_for_review"], row["opt_out"], row["label"]) == (True, False, "positive")
    assert row["score_reasons"] == ["wish_in_other_words"]
    assert await standing(api) == set()
    decision = await activities_of(api).handle_reaction(ReactionCall(run, reaction, api.now))
    assert decision.then == "stop"
    assert "needs review" in decision.reason
    [task] = await api.fetch("SELECT description FROM task")
    # Whoever reads it sees the words that were cut away, and why.
    assert below.rsplit("\r\n", maxsplit=1)[-1].lstrip("> ") in task["description"]
    assert "Why it needs review: wish_in_other_words." in task["description"]


@pytest.mark.parametrize(
    "below",
    [
        SECOND,
        f"> {SECOND}\r\n>\r\n> > To be removed from our list, please follow\r\n> > this link or\r\n> > unsubscribe",
        "To be removed from our list, please follow this link or unsubscribe<https://agency.example/u/2>",
    ],
)
async def test_our_own_footer_holds_nothing(api: ApiRig, mail_intake: MailIntake, below: str) -> None:
    await reply(api, mail_intake, f"Yes, call me.{HEADER}{below}")
    [row] = await api.fetch("SELECT held_for_review, opt_out, score_reasons FROM reaction")
    assert (row["held_for_review"], row["opt_out"], row["score_reasons"]) == (False, False, [])


@pytest.mark.parametrize(
    ("below", "reasons"),
    [(f"{SECOND}\r\nPlease remove me from your list.", ["human", "wish_in_other_words"]), (SECOND, ["human"])],
)
async def test_a_reply_that_a_person_attaches_is_read_as_one_that_was_matched(
    api: ApiRig, mail_intake: MailIntake, below: str, reasons: list[str]
) -> None:
    run = await api.enrolled()
    send = await api.sent(run)
    await api.execute("UPDATE send SET text = $2 WHERE id = $1", send, SECOND)
    await mail_intake.receive(mail(f"Yes, call me.{HEADER}{below}", sender="private@home.example"), ())
    [row] = await api.fetch("SELECT id, state FROM inbound")
    assert row["state"] == "unmatched"
    async with api.database.transaction() as connection:
        attached = await attach(connection, row["id"], run, by="CLI", now=api.now)
    assert attached.reaction is not None
    reaction = await api.row("reaction_row", id=attached.reaction)
    assert reaction is not None
    assert reaction["wish_in_other_words"] is (len(reasons) > 1)
    [kept] = await api.fetch("SELECT detail FROM inbound")
    assert kept["detail"]["reasons"] == reasons
    assert await standing(api) == set()
