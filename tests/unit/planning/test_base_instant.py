"""Rules 1 and 2 by hand: what `when:` and `at:` say. 3 March 2027 is a Wednesday; no zone given means UTC."""

from __future__ import annotations

from collections.abc import Callable

import pytest

WED = "enrolled 2027-03-03T10:00Z"

# name, why, run, steps -> due (UTC) and what moved it
CASES = [
    ("first at enrollment", "no when: at enrollment", WED, "a email -> 2027-03-03T10:00Z"),
    (
        "right after",
        "no when: right after the step before, whatever that is",
        WED,
        "a email 2 hours after enrollment -> 2027-03-03T12:00Z\nb email -> 2027-03-03T12:00Z",
    ),
    (
        "minutes are elapsed time in spring",
        "01:30 EST + 60 minutes = 03:30 EDT",
        "enrolled 2027-03-14T06:30Z; person America/New_York",
        "a email -> 2027-03-14T06:30Z\nb email 60 minutes after a -> 2027-03-14T07:30Z",
    ),
    (
        "hours are elapsed time in autumn",
        "01:30 EDT + 1 hour = 01:30 EST",
        "enrolled 2027-11-07T05:30Z; person America/New_York",
        "a email -> 2027-11-07T05:30Z\nb email 1 hours after a -> 2027-11-07T06:30Z",
    ),
    (
        "a day over the spring change",
        "10:00 EST Saturday -> 10:00 EDT Sunday: 23 hours",
        "enrolled 2027-03-13T15:00Z; person America/New_York",
        "a email -> 2027-03-13T15:00Z\nb email 1 days after a -> 2027-03-14T14:00Z",
    ),
    (
        "a day over the autumn change",
        "10:00 EDT Saturday -> 10:00 EST Sunday: 25 hours",
        "enrolled 2027-11-06T14:00Z; person America/New_York",
        "a email -> 2027-11-06T14:00Z\nb email 1 days after a -> 2027-11-07T15:00Z",
    ),
    (
        "a week over the European change",
        "09:00 GMT 24 March -> 09:00 BST 31 March",
        "enrolled 2027-03-24T09:00Z; person Europe/London",
        "a email -> 2027-03-24T09:00Z\nb email 1 weeks after a -> 2027-03-31T08:00Z",
    ),
    (
        "a month clips",
        "31 January -> 28 February",
        "enrolled 2027-01-31T12:00Z",
        "a email 1 months after enrollment -> 2027-02-28T12:00Z",
    ),
    (
        "a month clips in a leap year",
        "31 January -> 29 February 2028",
        "enrolled 2028-01-31T12:00Z",
        "a email 1 months after enrollment -> 2028-02-29T12:00Z",
    ),
    (
        "a year from 29 February",
        "2029 has none",
        "enrolled 2028-02-29T12:00Z",
        "a email 12 months after enrollment -> 2029-02-28T12:00Z",
    ),
    (
        "clipped months do not come back",
        "each counts from the actual send: 31 March, 30 April, 30 May",
        "enrolled 2027-03-31T08:00Z",
        """a email -> 2027-03-31T08:00Z
           b email 1 months after a -> 2027-04-30T08:00Z
           c email 1 months after b -> 2027-05-30T08:00Z""",
    ),
    (
        "year end",
        "31 December -> 1 January",
        "enrolled 2027-12-31T23:30Z",
        "a email 1 days after enrollment -> 2028-01-01T23:30Z",
    ),
    (
        "year end in Tokyo",
        "it is 01:00 on 1 January there, so a month later is 1 February 01:00 JST",
        "enrolled 2027-12-31T16:00Z; person Asia/Tokyo",
        "a email 1 months after enrollment -> 2028-01-31T16:00Z",
    ),
    (
        "a business day from Friday",
        "Monday, also where weekends are allowed",
        "enrolled 2027-03-05T10:00Z",
        "a email 1 business days after enrollment -> 2027-03-08T10:00Z",
    ),
    (
        "a business day from Saturday",
        "Monday is the first",
        "enrolled 2027-03-06T10:00Z",
        "a email 1 business days after enrollment -> 2027-03-08T10:00Z",
    ),
    (
        "five business days",
        "a week when nothing is in between",
        WED,
        "a email 5 business days after enrollment -> 2027-03-10T10:00Z",
    ),
    (
        "a business day over Easter in GB",
        "the package's GB list has Good Friday but not Easter Monday",
        "enrolled 2027-03-25T10:00Z; holidays GB",
        "a email 1 business days after enrollment -> 2027-03-29T10:00Z",
    ),
    (
        "a business day over Easter in GB-ENG",
        "Easter Monday, 29 March, is no business day in England",
        "enrolled 2027-03-25T10:00Z; holidays GB-ENG",
        "a email 1 business days after enrollment -> 2027-03-30T10:00Z",
    ),
    (
        "business days before day zero",
        "Tuesday 30: back over Monday (holiday) and Good Friday to Thursday, Wednesday",
        "enrolled 2027-03-01T10:00Z; day zero 2027-03-30; holidays GB-ENG",
        "a email 2 business days before day zero -> 2027-03-24T09:00Z",
    ),
    (
        "at replaces the clock of a day",
        "09:00 the day after, though the step went at 10:00",
        WED,
        "a email -> 2027-03-03T10:00Z\nb email 1 days after a at 09:00 -> 2027-03-04T09:00Z",
    ),
    (
        "a daily chain does not slip",
        "each day at 09:00, not every second day",
        WED,
        """a email -> 2027-03-03T10:00Z
        b email 1 days after a at 09:00 -> 2027-03-04T09:00Z
        c email 1 days after b at 09:00 -> 2027-03-05T09:00Z""",
    ),
    (
        "no days and an at in the past",
        "only replaces the clock, and order puts it with the step above",
        WED,
        "a email -> 2027-03-03T10:00Z\nb email 0 days after a at 09:00 -> 2027-03-03T10:00Z order",
    ),
    (
        "minutes roll",
        "09:00 lies before 10:30, so the next day",
        WED,
        "a email 30 minutes after enrollment at 09:00 -> 2027-03-04T09:00Z",
    ),
    (
        "minutes with a later at",
        "11:00 is still to come",
        WED,
        "a email 30 minutes after enrollment at 11:00 -> 2027-03-03T11:00Z",
    ),
    (
        "hours after a step roll",
        "base is 01:00 on the 4th, 00:30 lies before it",
        WED,
        "a email -> 2027-03-03T10:00Z\nb email 15 hours after a at 00:30 -> 2027-03-05T00:30Z",
    ),
    ("no when rolls", "09:00 has passed at enrollment", WED, "a email at 09:00 -> 2027-03-04T09:00Z"),
    ("at equal to the base", "10:00 is not before 10:00", WED, "a email at 10:00 -> 2027-03-03T10:00Z"),
    (
        "no when rolls further down",
        "09:00 lies before the step above",
        WED,
        "a email -> 2027-03-03T10:00Z\nb email at 09:00 -> 2027-03-04T09:00Z",
    ),
    (
        "days after enrollment roll",
        "`after enrollment` rolls whatever the unit: 4 March 09:00 lies before 10:00",
        WED,
        "a email 1 days after enrollment at 09:00 -> 2027-03-05T09:00Z",
    ),
    (
        "a date without at or window",
        "09:00 BST",
        "enrolled 2027-03-03T10:00Z; person Europe/London",
        "a email on 2027-05-04 -> 2027-05-04T08:00Z",
    ),
    (
        "a date without at, with windows",
        "the first window's opening, 10:00 BST",
        WED + "; person Europe/London; window 10:00-12:00,14:00-16:00",
        "a email on 2027-05-04 -> 2027-05-04T09:00Z",
    ),
    (
        "a date with at",
        "14:00 BST",
        WED + "; person Europe/London",
        "a email on 2027-05-04 at 14:00 -> 2027-05-04T13:00Z",
    ),
    (
        "day zero as an instant",
        "23:30Z on the 4th is the 5th in Tokyo",
        WED + "; person Asia/Tokyo; day zero 2027-05-04T23:30Z",
        "a email on day zero -> 2027-05-05T00:00Z",
    ),
    (
        "day zero as an instant further west",
        "23:30Z on the 4th is still the 4th in New York",
        WED + "; person America/New_York; day zero 2027-05-04T23:30Z",
        "a email on day zero -> 2027-05-04T13:00Z",
    ),
    (
        "day zero without offset",
        "its date as written, wherever",
        WED + "; person Asia/Tokyo; day zero 2027-05-04T23:30",
        "a email on day zero -> 2027-05-04T00:00Z",
    ),
    (
        "after day zero",
        "27 February + 3 days = 2 March",
        "enrolled 2027-02-01T10:00Z; day zero 2027-02-27",
        "a email 3 days after day zero -> 2027-03-02T09:00Z",
    ),
    (
        "a month before day zero clips",
        "31 March - 1 month = 28 February",
        "enrolled 2027-02-01T10:00Z; day zero 2027-03-31",
        "a email 1 months before day zero -> 2027-02-28T09:00Z",
    ),
    (
        "two weeks before a 29 February's fortnight",
        "14 March - 2 weeks = 29 February in 2028",
        "enrolled 2028-02-01T10:00Z; day zero 2028-03-14",
        "a email 2 weeks before day zero -> 2028-02-29T09:00Z",
    ),
    (
        "no day zero",
        "no instant, nor has what counts from it; a run waits for both",
        WED,
        "a email on day zero -> skipped no_day_zero\nb email 1 days after a -> skipped no_day_zero",
    ),
    (
        "no day zero holds up nobody else",
        "what counts from enrollment, or is on a date, keeps its own day",
        WED,
        """a email on day zero -> skipped no_day_zero
        b email -> skipped no_day_zero
        c email 1 days after enrollment -> 2027-03-04T10:00Z
        d email on 2027-03-08 -> 2027-03-08T09:00Z
        e email 2 days after b -> skipped no_day_zero
        f email 1 days after c -> 2027-03-08T09:00Z order""",
    ),
    (
        "counting from a skipped step",
        "from the step above it, never from its past instant",
        WED + "; day zero 2027-03-04",
        """a email 2 days after enrollment -> 2027-03-05T10:00Z
        b email 7 days before day zero -> skipped if_past
        c email 1 days after b -> 2027-03-06T10:00Z""",
    ),
    (
        "right after skipped steps",
        "two skips in a row still stand at enrollment",
        WED + "; day zero 2027-03-01",
        """a email 7 days before day zero -> skipped if_past
        b email on day zero -> skipped if_past
        c email -> 2027-03-03T10:00Z""",
    ),
    (
        "a count beyond the calendar",
        "year 9999 is the last",
        WED,
        """a email 9000000 days after enrollment -> skipped no_allowed_instant
        b email 200000 months after enrollment -> skipped no_allowed_instant
        c email 9000000000000 hours after enrollment -> skipped no_allowed_instant
        d email -> 2027-03-03T10:00Z""",
    ),
]


@pytest.mark.parametrize(("why", "run", "rows"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_base(check_row: Callable[[str, str], None], why: str, run: str, rows: str) -> None:
    check_row(run, rows)
