"""What the page of a person says of a sequence: names instead of ids, and buttons instead of commands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sequences.auto_enroll.finding import ConditionFinding
from services.console.why_in_sequence import why_in_sequence
from services.explaining.answer import EntryAnswer, Explanation, Queued, RuleState, Window, WrittenField

AT = datetime(2027, 5, 4, 9, tzinfo=UTC)
FOUND = Explanation(
    EntryAnswer.CONDITIONS,
    "Ann is not in new-services: 1 of 1 conditions is not met; person.status should be Hot, found Cold.",
    "new-services",
    "New services",
    1,
    "person",
    "p1",
    "p1",
    "Ann",
    deleted=False,
    rules=RuleState("on"),
    conditions=(ConditionFinding("real", "person.status", "Hot", "Cold", true=False),),
)
WINDOW = Window("w1", "new-services", "p1", "person", "open", True, AT, AT, None, None, "rule", "e1")


def test_it_names_fields_and_sequences_as_people_do() -> None:
    why = why_in_sequence(FOUND, {"person.status": "Status"})
    assert why.sentence == "Ann is not in New services: 1 of 1 conditions is not met; Status should be Hot, found Cold."
    assert [(each.label, each.found, each.met) for each in why.conditions] == [("Status", "Cold", False)]
    assert (why.may_enroll, why.has_rules) == (True, True)


def test_it_names_buttons_instead_of_commands() -> None:
    verdict = "Ann is not in new-services: `relance enroll new-services p1`, or `relance scan new-services --existing`."
    why = why_in_sequence(replace(FOUND, answer=EntryAnswer.REFUSED_BEFORE, verdict=verdict), {})
    assert why.sentence == "Ann is not in New services: “Enroll by hand”, or a scan on the page of the rules."


@pytest.mark.parametrize(
    ("windows", "again", "never"),
    [
        ((), None, False),
        ((WINDOW, replace(WINDOW, blocks=False, until=None)), AT, False),
        ((WINDOW, replace(WINDOW, until=None)), None, True),
    ],
)
def test_the_window_that_blocks_says_until_when(
    windows: tuple[Window, ...], again: datetime | None, never: bool
) -> None:
    why = why_in_sequence(replace(FOUND, windows=windows), {})
    assert (why.again, why.never) == (again, never)


def test_what_else_keeps_somebody_out() -> None:
    found = replace(
        FOUND,
        refused="unreachable",
        refused_detail="no_email",
        written=(WrittenField("f", ("a", "b"), True), WrittenField("g", ("c",), False)),
        queue=Queued("held", AT, "b1", 5, "scan"),
    )
    why = why_in_sequence(found, {})
    assert (why.refusal, why.by, why.batch) == ("no e-mail address", ("a", "b"), "b1")
    assert why_in_sequence(replace(FOUND, queue=Queued("waiting", AT, "b1", 5, "scan")), {}).batch is None


@pytest.mark.parametrize("answer", [EntryAnswer.ENROLLED, EntryAnswer.NO_RECORD])
def test_who_is_in_it_cannot_be_enrolled(answer: EntryAnswer) -> None:
    assert not why_in_sequence(replace(FOUND, answer=answer), {}).may_enroll
