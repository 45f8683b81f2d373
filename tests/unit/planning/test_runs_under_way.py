"""Rule 6, and runs under way, by hand: decided steps, a day zero that moves, pauses. 3 March 2027 is a Wednesday."""

from __future__ import annotations

from collections.abc import Callable

import pytest

MON = "enrolled 2027-03-01T09:00Z"

CASES = [
    (
        "together with the step above",
        "listed below, so not before the 10th",
        MON,
        "a email on 2027-03-10 -> 2027-03-10T09:00Z\nb email on 2027-03-05 -> 2027-03-10T09:00Z order",
    ),
    (
        "an earlier anchor",
        "a day after a would be before b",
        MON,
        """a email -> 2027-03-01T09:00Z
        b email 3 days after a -> 2027-03-04T09:00Z
        c email 1 days after a -> 2027-03-04T09:00Z order""",
    ),
    (
        "order, then rule 5 once more",
        "09:00 on the 10th is outside b's own window",
        MON,
        "a email on 2027-03-10 -> 2027-03-10T09:00Z\n"
        "b email on 2027-03-05; window 14:00-16:00 -> 2027-03-10T14:00Z order window",
    ),
    (
        "order at a weekend",
        "an e-mail may go on Saturday, the action below may not",
        MON,
        """a email on 2027-03-06 -> 2027-03-06T09:00Z
           b action on 2027-03-02; weekdays -> 2027-03-08T09:00Z order weekend""",
    ),
    (
        "order up to day zero",
        "only on or after day zero: skipped",
        MON + "; day zero 2027-03-09",
        "a email on 2027-03-09 -> 2027-03-09T09:00Z\nb email 1 days before day zero -> skipped order",
    ),
    (
        "order short of day zero",
        "still before it",
        MON + "; day zero 2027-03-08",
        "a email on 2027-03-06 at 12:00 -> 2027-03-06T12:00Z\n"
        "b email 3 days before day zero -> 2027-03-06T12:00Z order",
    ),
    (
        "order with no instant left",
        "Friday evening after hours, day zero on Monday",
        MON + "; day zero 2027-03-08",
        "a email on 2027-03-05 at 19:00 -> 2027-03-05T19:00Z\n"
        "b email 4 days before day zero; window 08:00-18:00; weekdays -> skipped order",
    ),
    (
        "a skipped step holds nobody up",
        "the step below keeps its own day",
        MON + "; day zero 2027-03-01",
        "a email 7 days before day zero -> skipped if_past\nb email on day zero at 10:00 -> 2027-03-01T10:00Z",
    ),
    (
        "from the actual send",
        "a went seven minutes late",
        MON + "; sent a 2027-03-01T09:07Z",
        "a email\nb email 1 hours after a -> 2027-03-01T10:07Z",
    ),
    (
        "from the decision to skip",
        "not from when a should have gone",
        MON + "; skipped a 2027-03-04T12:00Z",
        "a email\nb email 1 days after a -> 2027-03-05T12:00Z",
    ),
    (
        "skipped before the step above it is due",
        "c counts from a, as it did in the forecast before b was skipped",
        MON + "; skipped b 2027-03-01T09:00Z",
        """a email 4 days after enrollment -> 2027-03-05T09:00Z
        b email
        c email 1 days after b -> 2027-03-06T09:00Z""",
    ),
    (
        "the placement moved back by a day after the first mail",
        "a stays sent; b follows the new date, 7 March",
        "enrolled 2027-02-20T09:00Z; day zero 2027-03-07; sent a 2027-03-01T09:00Z",
        "a email 7 days before day zero\nb email 1 days before day zero -> 2027-03-06T09:00Z",
    ),
    (
        "the placement moved to later",
        "a stays sent though its new time is still to come",
        "enrolled 2027-02-20T09:00Z; day zero 2027-04-07; sent a 2027-03-01T09:00Z",
        "a email 7 days before day zero\nb email 1 days before day zero -> 2027-04-06T09:00Z",
    ),
    (
        "already behind the last send",
        "day zero moved back: due together with it",
        "enrolled 2027-02-20T09:00Z; day zero 2027-03-05; sent a 2027-03-05T15:00Z",
        "a email 7 days before day zero\nb email on day zero -> 2027-03-05T15:00Z order",
    ),
    (
        "behind the last send and on day zero",
        "a `before` step is then skipped",
        "enrolled 2027-02-20T09:00Z; day zero 2027-03-05; sent a 2027-03-05T15:00Z",
        "a email 7 days before day zero\nb email 1 days before day zero -> skipped order",
    ),
    (
        "a pause moves what remains",
        "3 days of pause: the 4th becomes the 7th",
        MON + "; sent a 2027-03-01T09:00Z; pause 2027-03-02T00:00Z/2027-03-05T00:00Z",
        "a email\nb email 3 days after a -> 2027-03-07T09:00Z",
    ),
    (
        "a pause, then the rules again",
        "the 7th is a Sunday",
        MON + "; weekdays; sent a 2027-03-01T09:00Z; pause 2027-03-02T00:00Z/2027-03-05T00:00Z",
        "a email\nb email 3 days after a -> 2027-03-08T09:00Z weekend",
    ),
    (
        "a pause before the send",
        "was already waited for",
        "enrolled 2027-02-01T09:00Z; sent a 2027-03-01T09:00Z; pause 2027-02-20T00:00Z/2027-02-25T00:00Z",
        "a email\nb email 3 days after a -> 2027-03-04T09:00Z",
    ),
    (
        "a pause that began before the send",
        "sent by hand inside it: the pause ended after the send, so all its 3 days count",
        MON + "; sent a 2027-03-03T09:00Z; pause 2027-03-02T00:00Z/2027-03-05T00:00Z",
        "a email\nb email 3 days after a -> 2027-03-09T09:00Z",
    ),
    (
        "two pauses",
        "1 day and 2 days",
        MON + "; sent a 2027-03-01T09:00Z; pause 2027-03-02T00:00Z/2027-03-03T00:00Z; "
        "pause 2027-03-04T00:00Z/2027-03-06T00:00Z",
        "a email\nb email 3 days after a -> 2027-03-07T09:00Z",
    ),
    (
        "a pause and elapsed time",
        "2 hours of pause",
        MON + "; sent a 2027-03-01T09:00Z; pause 2027-03-01T10:00Z/2027-03-01T12:00Z",
        "a email\nb email 4 hours after a -> 2027-03-01T15:00Z",
    ),
    (
        "a pause and day zero",
        "the first day is the 10th, whoever pauses",
        MON + "; day zero 2027-03-10; pause 2027-03-02T09:00Z/2027-03-04T09:00Z",
        "a email on day zero at 08:00 -> 2027-03-10T08:00Z",
    ),
    (
        "a pause and a date",
        "so is a fixed date; what counts from it follows it",
        MON + "; pause 2027-03-02T09:00Z/2027-03-04T09:00Z",
        "a email on 2027-03-10 -> 2027-03-10T09:00Z\nb email 2 days after a -> 2027-03-12T09:00Z",
    ),
    (
        "a pause over the first day",
        "passed: if_past, and what counts from it counts from the step above",
        MON + "; day zero 2027-03-03; sent z 2027-03-02T09:00Z; pause 2027-03-03T07:00Z/2027-03-05T12:00Z",
        """z email
        a email on day zero at 08:00 -> skipped if_past
        b email 1 days after z -> 2027-03-05T14:00Z
        c email 3 days after day zero -> 2027-03-06T09:00Z""",
    ),
    (
        "a pause over the first day, to be sent all the same",
        "due when the run resumes",
        MON + "; day zero 2027-03-03; if_past send; pause 2027-03-03T07:00Z/2027-03-05T12:00Z",
        "a email on day zero at 08:00 -> 2027-03-05T12:00Z if_past",
    ),
    (
        "a pause over a Saturday",
        "the schedule puts the 6th off to Monday, after the pause: it keeps that day",
        MON + "; day zero 2027-03-06; weekdays; pause 2027-03-05T12:00Z/2027-03-07T12:00Z",
        "a email on day zero at 08:00 -> 2027-03-08T08:00Z weekend",
    ),
    (
        "a pause over a Saturday and its Monday",
        "passed",
        MON + "; day zero 2027-03-06; weekdays; pause 2027-03-05T12:00Z/2027-03-08T12:00Z",
        "a email on day zero at 08:00 -> skipped if_past",
    ),
    (
        "a pause and enrollment",
        "five days and one",
        MON + "; pause 2027-03-02T09:00Z/2027-03-03T09:00Z",
        "a email 5 days after enrollment -> 2027-03-07T09:00Z",
    ),
    (
        "no flood after a pause",
        "the distance between the steps stays",
        MON + "; sent a 2027-03-01T09:00Z; pause 2027-03-01T12:00Z/2027-03-11T12:00Z",
        """a email
        b email 1 days after a -> 2027-03-12T09:00Z
        c email 1 days after b -> 2027-03-13T09:00Z""",
    ),
    (
        "a pause over day zero",
        "what was for the day before is not sent after it",
        MON + "; day zero 2027-03-05; pause 2027-03-03T09:00Z/2027-03-08T09:00Z",
        "a email 1 days before day zero -> skipped if_past\n"
        "b email 1 days before day zero; if_past send -> skipped no_allowed_instant",
    ),
    (
        "nothing goes inside a pause",
        "at puts it back to 09:00, before the run resumes at 12:00",
        MON + "; sent a 2027-03-01T17:00Z; pause 2027-03-02T08:00Z/2027-03-02T12:00Z",
        "a email\nb email 1 days after a at 09:00 -> 2027-03-02T12:00Z",
    ),
]


@pytest.mark.parametrize(("why", "run", "rows"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_runs(check_row: Callable[[str, str], None], why: str, run: str, rows: str) -> None:
    check_row(run, rows)
