"""Every reason that is stored has words, and what is in words already stays."""

import re
from pathlib import Path

import pytest

import starter.console
from sequences.auto_enroll.messages import Refused
from sequences.definition.reactions import ReactionKind
from sequences.mailboxes.choice import NO_MAILBOX
from sequences.planning.planner import NO_ALLOWED_INSTANT
from sequences.planning.values import NO_DAY_ZERO
from sequences.reactions.same_client import REASONS, SAME_CLIENT
from sequences.reactions.sentiment import Intent, ReviewReason
from sequences.reactions.soft_bounces import SOFT_BOUNCES
from sequences.reactions.tasks import TASK_DONE
from sequences.reactions.verdict import ANOTHER_PERSON, AUTOMATIC, GONE, MERGED
from sequences.sending.send_obstacles import FOR_ANOTHER, SAME_ADDRESS, Obstacle
from starter.console.reasons import Reasons
from starter.console.words import Words

REASON = Reasons(Words())
CODES = (
    *(each for each in Obstacle if each not in (Obstacle.RUN, Obstacle.GONE, Obstacle.FOR_ANOTHER, Obstacle.MAILBOX)),
    *("mailbox_paused", "mailbox_disconnected", "mailbox_archived", NO_MAILBOX),
    *Refused,
    *ReviewReason,
    *Intent,
    *ReactionKind,
    *(NO_DAY_ZERO, NO_ALLOWED_INSTANT, "if_past", "order", "paused", MERGED, SAME_CLIENT, TASK_DONE),
    *("no_email", "invalid_email", "no_phone", "invalid_phone"),
    *("opt_out", "stop_word", SOFT_BOUNCES, "by_sequence", "by_hand", "crm", "preferences", "company"),
)
_CODE = re.compile(r"[a-z]+[_.][a-z]+")
MOVED = ("weekend", "holiday", "closed", "window", "quiet_hours", "gap", "if_past", "order", "task")


@pytest.mark.parametrize("code", sorted({str(each) for each in CODES}))
def test_every_code_has_words(code: str) -> None:
    told = Words()
    plain = code.replace(".", "_")
    assert told.has(f"reason.{plain}") or told.has(f"reaction.{plain}")
    for stored in (code, f"cannot be sent at present ({code})", f"confidence 0.50, {code}"):
        assert not _CODE.search(REASON.why(stored).replace("0.50", "")), REASON.why(stored)


@pytest.mark.parametrize("kind", sorted(ReactionKind))
def test_a_decision_says_what_came_back_and_whether_a_rule_said_what_to_do(kind: ReactionKind) -> None:
    family = kind.partition(".")[0]
    for rule in (kind.value, family, "default"):
        told = REASON.why(f"{kind} ({rule})")
        assert not _CODE.search(told), told
        assert "(" not in told
    for more in ("needs review", "taken back"):
        assert not _CODE.search(REASON.why(f"{kind}, {more}"))
    assert not _CODE.search(REASON.what(f"{kind} to introduce"))


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (None, ""),
        ("replied.positive (replied.positive)", "a positive reply; as a rule of the sequence says"),
        ("clicked (default)", "a click; the sequence has no rule for it"),
        (f"{AUTOMATIC} (default)", "an out-of-office reply by its words; the sequence has no rule for it"),
        ("suppressed: opt_out", "not to be contacted: asked not to be contacted"),
        ("suppressed in the CRM (email)", "not to be contacted any more by e-mail, says the CRM"),
        ("stop_when: person.status", "the stop rule about person.status is met"),
        (SAME_ADDRESS, "the same step went to this address already, for another record"),
        ("moved by weekend, window", "after the weekend, in the sending window"),
        (
            "confidence 0.50, later, needs review, below_threshold",
            "confidence 0.50, perhaps later, needs review, the model is not sure",
        ),
        ("550 5.1.1 no such user", "550 5.1.1 no such user"),
        ("It is <b>his</b> wish, says Ann_B.", "It is <b>his</b> wish, says Ann_B."),
        *((each, each) for each in (*REASONS.values(), ANOTHER_PERSON, GONE, FOR_ANOTHER, "changed: person.city")),
    ],
)
def test_other_forms(stored: str | None, words: str) -> None:
    assert REASON.why(stored) == words


# What people wrote, and what is in words already.
IN_WORDS = {
    ("parts/sequence_settings.html", "pause.reason"),
    ("screens/sequences.html", "line.hold_reason"),
    ("screens/next_steps.html", "line.hold_reason"),
    ("macros.html", "moment.why"),
}
_SHOWN = re.compile(r"\{\{ (\w+\.(?:reason|decision_reason|hold_reason|why))(?: or \"\")? \}\}")


def test_no_page_shows_a_reason_as_it_is_stored() -> None:
    folder = Path(starter.console.__file__).parent / "templates"
    shown = {
        (str(file.relative_to(folder)), found)
        for file in folder.rglob("*.html")
        for found in _SHOWN.findall(file.read_text())
    }
    assert shown == IN_WORDS


def test_rules_of_time_have_words() -> None:
    assert not _CODE.search(REASON.why(f"moved by {', '.join(MOVED)}"))


def test_only_what_came_back_is_named() -> None:
    assert REASON.what("replied.negative to introduce, after the run") == "a negative reply to introduce, after the run"
    assert REASON.what("introduce sent by e-mail: Hello") == "introduce sent by e-mail: Hello"
