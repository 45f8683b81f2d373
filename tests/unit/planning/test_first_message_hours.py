"""A first message at night or on a weekend is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sequences.checking import load_file
from sequences.definition.compile import step_timings
from sequences.planning.first_message_hours import unsocial_hour
from sequences.planning.planner import plan
from sequences.planning.values import RunFacts, ZoneFacts

HEAD = "sequence: s\nname: S\nrecord: person\n"
MAIL = "steps:\n  - {id: hello, email: a/b}\n  - {id: again, when: 1 day after hello, email: a/b}\n"
NOTE = "steps:\n  - {id: note, do: [{notify: owner}]}\n"


@pytest.mark.parametrize(
    ("now", "text", "said"),
    [
        ("2027-05-04T09:00", MAIL, None),
        ("2027-05-04T05:59", MAIL, "hello on Tue 04 May at 06:59 (Europe/London), at night"),
        ("2027-05-04T06:00", MAIL, None),
        ("2027-05-04T19:59", MAIL, None),
        ("2027-05-04T20:00", MAIL, "hello on Tue 04 May at 21:00 (Europe/London), at night"),
        ("2027-05-07T23:30", MAIL, "hello on Sat 08 May at 00:30 (Europe/London), on a weekend"),
        ("2027-05-08T11:00", MAIL, "hello on Sat 08 May at 12:00 (Europe/London), on a weekend"),
        # The schedule moves it to working hours, a text to the legal ones.
        ("2027-05-08T11:00", MAIL + "schedule: {window: 09:00-17:00, weekdays_only: true}\n", None),
        ("2027-05-04T22:00", MAIL.replace("email: a/b", "sms: a/b"), None),
        # What is done without a message is nobody's night.
        ("2027-05-08T11:00", NOTE, None),
        (
            "2027-05-07T11:00",
            NOTE + "  - {id: m, when: 1 day after note, email: a/b}\n",
            "m on Sat 08 May at 12:00 (Europe/London), on a weekend",
        ),
    ],
)
def test_only_the_first_message_counts_and_only_where_the_person_is(now: str, text: str, said: str | None) -> None:
    timings = step_timings(load_file(HEAD + text, "s").sequence)
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert unsocial_hour(timings, plan(timings, RunFacts(at, None, ZoneFacts(person="Europe/London")))) == said
