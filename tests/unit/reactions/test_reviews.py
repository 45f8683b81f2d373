"""A human's word on a reply, without any server."""

import json
from collections import defaultdict
from typing import Any

import pytest

from adapters.sentiment.training.corpus import CORPUS, read_replies
from sequences.definition.follow_ups import AddToList, CreateLead, CreateTask, Enroll, Lead, Notify, SetField, Task
from sequences.reactions.reviews import (
    PAIRS,
    Done,
    ReplyToReview,
    intent_for,
    left_to_do,
    opt_out_said,
    pair_problem,
    reading,
    split_of,
)
from sequences.reactions.sentiment import Intent, Label

CALL = CreateTask(create_task=Task(title="Call {{ person.first_name }}", due="1 day"))
LEAD = CreateLead(create_lead=Lead(source="reply"))
WARM = SetField(set_field={"person.status": "Warm"})
ON_LIST = AddToList(add_to_list="warm")
TELL = Notify(notify="owner")
ENTER = Enroll(enroll="warm-ones")
ALL = (CALL, LEAD, WARM, ON_LIST, TELL, ENTER)
POSITIVE, HELD = "replied.positive (replied.positive)", "replied.positive, needs review"


def done(*items: Any, under: str = HELD) -> list[Done]:
    # As Postgres gives them back.
    return [Done(json.loads(json.dumps(item.model_dump(mode="json"))), under) for item in items]


def test_the_pairs_are_those_that_the_model_learns() -> None:
    learned = defaultdict(set)
    for reply in read_replies(CORPUS):
        learned[reply.label].add(reply.intent)
    assert {label: set(intents) for label, intents in PAIRS.items()} == learned
    assert sum(len(intents) for intents in PAIRS.values()) == 18


@pytest.mark.parametrize(
    ("label", "said", "opt_out", "intent"),
    [
        ("positive", None, False, "interested"),
        ("positive", "meeting", False, "meeting"),
        ("positive", "decline", False, "interested"),
        ("negative", "interested", False, "decline"),
        ("negative", "complaint", False, "complaint"),
        # Merely the likeliest of many: it must not suppress anybody, nor be written to as a mere decline.
        ("negative", "opt_out", False, None),
        ("negative", "opt_out", True, "opt_out"),
        ("positive", "opt_out", True, "interested"),
        ("neutral", "interested", False, "other"),
        ("neutral", "later", False, "later"),
        ("neutral", "a word of another model", False, "other"),
    ],
)
def test_the_intent_when_only_a_label_is_said(label: str, said: str | None, opt_out: bool, intent: str | None) -> None:
    assert intent_for(Label(label), said, opt_out=opt_out) == intent


def test_who_denies_an_opt_out_needs_no_intent() -> None:
    assert intent_for(Label.NEGATIVE, "opt_out", opt_out=True, denied=True) == Intent.DECLINE
    assert intent_for(Label.NEGATIVE, "opt_out", opt_out=False, denied=True) == Intent.DECLINE
    assert intent_for(Label.NEGATIVE, "complaint", opt_out=False, denied=True) == Intent.COMPLAINT
    assert pair_problem(Label.NEGATIVE, None, denied=True) is None
    assert pair_problem(Label.NEGATIVE, Intent.DECLINE, denied=True) is None
    assert "not an opt-out" in (pair_problem(Label.NEGATIVE, Intent.OPT_OUT, denied=True) or "")


@pytest.mark.parametrize(
    ("intent", "before", "denied", "said"),
    [
        (Intent.OPT_OUT, None, False, True),
        (Intent.OPT_OUT, False, False, True),
        (Intent.WRONG_PERSON, None, False, None),
        (Intent.WRONG_PERSON, True, False, True),
        (Intent.WRONG_PERSON, True, True, False),
        (Intent.DECLINE, False, False, False),
    ],
)
def test_an_opt_out_stands_until_it_is_denied(
    intent: Intent, before: bool | None, denied: bool, said: bool | None
) -> None:
    assert opt_out_said(intent, before, denied=denied) is said


def test_a_wrong_pair_is_explained() -> None:
    assert pair_problem(Label.POSITIVE, Intent.OPT_OUT) == (
        "a positive reply cannot have the intent opt_out; allowed are interested, meeting, question, referral, later, "
        "acknowledgement"
    )
    assert pair_problem(Label.NEGATIVE, Intent.OPT_OUT) is None


def test_everything_is_left_when_nothing_was_done() -> None:
    assert left_to_do(ALL, POSITIVE, HELD, []) == tuple(enumerate(ALL))
    assert left_to_do(ALL, POSITIVE, None, []) == tuple(enumerate(ALL))


def test_a_verdict_that_stands_asks_for_nothing() -> None:
    assert left_to_do(ALL, POSITIVE, POSITIVE, []) == ()


def test_tasks_leads_and_sequences_come_once_and_states_each_time() -> None:
    left = left_to_do(ALL, POSITIVE, HELD, done(*ALL))
    # Told of the unsure reply, not yet that it is positive; positions are those of the rule.
    assert left == ((2, WARM), (3, ON_LIST), (4, TELL))
    assert left_to_do(ALL, POSITIVE, HELD, done(*ALL, under=POSITIVE)) == ((2, WARM), (3, ON_LIST))


def test_another_task_is_another_task() -> None:
    other = CreateTask(create_task=Task(title="Call {{ person.first_name }}", due="2 days"))
    assert left_to_do((CALL,), POSITIVE, HELD, done(other)) == ((0, CALL),)


def test_the_task_holds_the_words_what_the_model_said_and_how_to_answer() -> None:
    text = reading(
        ReplyToReview(
            "r123",
            "Maybe\n\n{{ person.email }}\n",
            channel="sms",
            label="positive",
            intent="later",
            confidence=0.614,
            reasons=["below_threshold"],
        )
    )
    assert text == (
        "They wrote by text:\n\n> Maybe\n>\n> {{ person.email }}\n\n"
        "The model says positive, later, confidence 0.61.\nWhy it needs review: below_threshold.\n"
        "To review it: relance review set r123 --label positive|negative|neutral\n"
        "If they opt out: relance review set r123 --label negative --intent opt_out"
    )


def test_a_reply_without_an_answer_without_words_and_a_long_one() -> None:
    text = reading(ReplyToReview("r1", " \n", channel="email", label=None, intent=None, confidence=None, reasons=[]))
    assert "> (no words)" in text
    assert "The model says nothing: it gave no answer." in text
    long = reading(ReplyToReview("r1", "x" * 2500, channel=None, label=None, intent=None, confidence=None, reasons=[]))
    assert "x" * 2000 in long
    assert "x" * 2001 not in long
    assert "[500 more characters]" in long


def test_a_tenth_is_for_testing_and_the_same_words_are_in_the_same_part() -> None:
    parts = [split_of(f"reply number {number}") for number in range(5000)]
    assert 400 < parts.count("test") < 600
    assert split_of("Yes,  please\n") == split_of("yes, please")
    # The part of a reply never changes, or what was tested would be learned later.
    assert [split_of(words) for words in ("reply number 1", "Yes, please", "no")] == ["train", "train", "train"]
