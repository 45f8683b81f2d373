"""Rules 4 and 5 by hand. 3 March 2027 is a Wednesday, the 5th a Friday, the 8th a Monday; Easter is 28 March."""

from __future__ import annotations

from collections.abc import Callable

import pytest

WED = "enrolled 2027-03-03T10:00Z"
DAY = "; window 08:00-18:00"
OFFICE = DAY + "; weekdays"
ZERO = "; day zero 2027-03-08"

CASES = [
    (
        "Tokyo, Friday evening",
        "19:30 JST is past the window; Saturday, Sunday; Monday 08:00 JST is Sunday in UTC",
        "enrolled 2027-03-05T10:30Z; person Asia/Tokyo" + OFFICE,
        "a email -> 2027-03-07T23:00Z window weekend",
    ),
    (
        "Auckland's Saturday is Friday in UTC",
        "00:30 NZDT on Saturday, no window: Monday 00:30",
        "enrolled 2027-03-05T11:30Z; person Pacific/Auckland; weekdays",
        "a email -> 2027-03-07T11:30Z weekend",
    ),
    (
        "Los Angeles' Friday is Saturday in UTC",
        "18:00 PST on Friday is a weekday",
        "enrolled 2027-03-06T02:00Z; person America/Los_Angeles; weekdays",
        "a email -> 2027-03-06T02:00Z",
    ),
    (
        "a weekend without window",
        "same clock on Monday",
        "enrolled 2027-03-06T10:20Z; weekdays",
        "a email -> 2027-03-08T10:20Z weekend",
    ),
    (
        "a weekend with window",
        "the opening on Monday",
        "enrolled 2027-03-06T10:20Z" + OFFICE,
        "a email -> 2027-03-08T08:00Z weekend",
    ),
    (
        "same clock over the DST change",
        "10:00 GMT on Saturday 27 -> 10:00 BST on Monday 29",
        "enrolled 2027-03-27T10:00Z; person Europe/London; weekdays",
        "a email -> 2027-03-29T09:00Z weekend",
    ),
    ("before the opening", "the same day", "enrolled 2027-03-03T06:00Z" + DAY, "a email -> 2027-03-03T08:00Z window"),
    ("start is inclusive", "08:00", "enrolled 2027-03-03T08:00Z" + DAY, "a email -> 2027-03-03T08:00Z"),
    ("the last minute", "17:59", "enrolled 2027-03-03T17:59Z" + DAY, "a email -> 2027-03-03T17:59Z"),
    (
        "end is exclusive",
        "18:00 moves to the next opening",
        "enrolled 2027-03-03T18:00Z" + DAY,
        "a email -> 2027-03-04T08:00Z window",
    ),
    (
        "24:00 as an end",
        "23:59 is inside",
        "enrolled 2027-03-03T23:59Z; window 20:00-24:00",
        "a email -> 2027-03-03T23:59Z",
    ),
    (
        "between two windows",
        "the second opening",
        "enrolled 2027-03-03T12:30Z; window 09:00-12:00,14:00-17:00",
        "a email -> 2027-03-03T14:00Z window",
    ),
    (
        "after two windows",
        "tomorrow's first opening",
        "enrolled 2027-03-03T17:00Z; window 09:00-12:00,14:00-17:00",
        "a email -> 2027-03-04T09:00Z window",
    ),
    (
        "New York, opening after spring's night",
        "08:00 EDT",
        "enrolled 2027-03-13T23:30Z; person America/New_York" + DAY,
        "a email -> 2027-03-14T12:00Z window",
    ),
    (
        "New York, opening after autumn's night",
        "08:00 EST",
        "enrolled 2027-11-06T22:30Z; person America/New_York" + DAY,
        "a email -> 2027-11-07T13:00Z window",
    ),
    (
        "an opening in a gap",
        "02:30 becomes 03:00 EDT",
        "enrolled 2027-03-14T06:00Z; person America/New_York; window 02:30-05:00",
        "a email -> 2027-03-14T07:00Z window gap",
    ),
    (
        "a window lost in a gap",
        "02:00-03:00 does not exist on the 14th: the 15th, EDT",
        "enrolled 2027-03-14T06:00Z; person America/New_York; window 02:00-03:00",
        "a email -> 2027-03-15T06:00Z window",
    ),
    (
        "Good Friday in GB",
        "to Saturday, where weekends are allowed",
        "enrolled 2027-03-26T10:00Z; holidays GB",
        "a email -> 2027-03-27T10:00Z holiday",
    ),
    (
        "Good Friday in GB with weekdays",
        "Easter Monday is not in the GB list; 10:00 BST",
        "enrolled 2027-03-26T10:00Z; person Europe/London; holidays GB; weekdays",
        "a email -> 2027-03-29T09:00Z holiday weekend",
    ),
    (
        "Good Friday in England",
        "Easter Monday is a holiday: Tuesday",
        "enrolled 2027-03-26T10:00Z; person Europe/London; holidays GB-ENG; weekdays",
        "a email -> 2027-03-30T09:00Z holiday weekend",
    ),
    (
        "Christmas on a weekend",
        "Friday 24 evening; 25 and 26; substitutes on 27 and 28; Wednesday 29",
        "enrolled 2027-12-24T19:00Z; holidays GB" + OFFICE,
        "a email -> 2027-12-29T08:00Z window weekend holiday",
    ),
    (
        "New Year on a Saturday",
        "the substitute is Monday 3 January 2028",
        "enrolled 2027-12-31T19:00Z; holidays GB" + OFFICE,
        "a email -> 2028-01-04T08:00Z window weekend holiday",
    ),
    (
        "Thanksgiving",
        "fourth Thursday of November; Friday 08:00 EST",
        "enrolled 2027-11-25T15:00Z; person America/New_York; holidays US" + OFFICE,
        "a email -> 2027-11-26T13:00Z holiday",
    ),
    (
        "actions too",
        "obey the schedule as messages do",
        "enrolled 2027-03-06T10:20Z" + OFFICE,
        "a action -> 2027-03-08T08:00Z weekend",
    ),
    (
        "before day zero moves back",
        "Sunday would move to Monday, day zero: Friday",
        "enrolled 2027-03-01T09:00Z" + ZERO + OFFICE,
        "a email 1 days before day zero at 09:00 -> 2027-03-05T09:00Z weekend",
    ),
    (
        "before day zero moves forward if it can",
        "Sunday 7 -> Monday 8, day zero is Wednesday 10",
        "enrolled 2027-03-01T09:00Z; day zero 2027-03-10" + OFFICE,
        "a email 3 days before day zero at 09:00 -> 2027-03-08T08:00Z weekend",
    ),
    (
        "its own day counts",
        "Sunday 20:00 is past the window: the last whole minute, 17:59",
        "enrolled 2027-03-01T09:00Z" + ZERO + DAY,
        "a email 1 days before day zero at 20:00 -> 2027-03-07T17:59Z window",
    ),
    (
        "back from Friday evening to Friday",
        "Monday is day zero",
        "enrolled 2027-03-01T09:00Z" + ZERO + OFFICE,
        "a email 3 days before day zero at 20:00 -> 2027-03-05T17:59Z window",
    ),
    (
        "back, before the opening",
        "clipped up to 08:00",
        "enrolled 2027-03-01T09:00Z" + ZERO + OFFICE,
        "a email 1 days before day zero at 07:00 -> 2027-03-05T08:00Z weekend window",
    ),
    (
        "back without window",
        "same clock",
        "enrolled 2027-03-01T09:00Z" + ZERO + "; weekdays",
        "a email 2 days before day zero at 21:15 -> 2027-03-05T21:15Z weekend",
    ),
    (
        "back over Good Friday",
        "Easter Monday is day zero: Thursday",
        "enrolled 2027-03-01T09:00Z; day zero 2027-03-29; holidays GB" + OFFICE,
        "a email 1 days before day zero at 09:00 -> 2027-03-25T09:00Z weekend holiday",
    ),
    (
        "a text moved back",
        "clipped into the texting hours: 20:59",
        "enrolled 2027-03-01T09:00Z" + ZERO,
        "a sms 1 days before day zero at 22:00 -> 2027-03-07T20:59Z quiet_hours",
    ),
    (
        "nothing left before day zero",
        "enrolled on Friday after hours",
        "enrolled 2027-03-05T18:30Z" + ZERO + OFFICE,
        "a email 1 days before day zero at 09:00 -> skipped no_allowed_instant",
    ),
    (
        "something left on the day of enrollment",
        "Friday 09:00 is past, but 10:00 to 18:00 is allowed",
        "enrolled 2027-03-05T10:00Z" + ZERO + OFFICE,
        "a email 1 days before day zero at 09:00 -> 2027-03-05T10:00Z weekend",
    ),
    (
        "nothing left, with send",
        "enrolled on Saturday",
        "enrolled 2027-03-06T10:00Z; if_past send" + ZERO + OFFICE,
        "a email 7 days before day zero -> skipped no_allowed_instant",
    ),
    (
        "enrolled after day zero, with send",
        "a `before` step cannot go after it",
        WED + "; if_past send; day zero 2027-03-01",
        "a email 1 days before day zero -> skipped no_allowed_instant",
    ),
    ("past at enrollment", "1 March 09:00", WED + ZERO, "a email 7 days before day zero -> skipped if_past"),
    (
        "past at enrollment, with send",
        "due at enrollment",
        WED + "; if_past send" + ZERO,
        "a email 7 days before day zero -> 2027-03-03T10:00Z if_past",
    ),
    (
        "send obeys the window",
        "enrolled at 22:00",
        "enrolled 2027-03-03T22:00Z; if_past send" + ZERO + DAY,
        "a email 7 days before day zero -> 2027-03-04T08:00Z if_past window",
    ),
    (
        "send on and after day zero",
        "two days late, still sent",
        WED + "; if_past send; day zero 2027-03-01",
        "a email on day zero -> 2027-03-03T10:00Z if_past",
    ),
    (
        "past is judged before rule 5",
        "Sunday 08:00 lay before 08:30, though Monday would not",
        "enrolled 2027-03-07T08:30Z; day zero 2027-03-07" + OFFICE,
        "a email on day zero at 08:00 -> skipped if_past",
    ),
    (
        "the enrollment instant is not past",
        "10:00 is not before 10:00",
        WED + "; day zero 2027-03-03",
        "a email on day zero at 10:00 -> 2027-03-03T10:00Z",
    ),
    ("a fixed date in the past", "follows if_past too", WED, "a email on 2027-02-14 -> skipped if_past"),
    (
        "day zero on a Saturday",
        "`on day zero` may move past it",
        WED + "; day zero 2027-03-06; weekdays",
        "a email on day zero -> 2027-03-08T09:00Z weekend",
    ),
    ("a text before 08:00", "moves to 08:00", "enrolled 2027-03-03T06:30Z", "a sms -> 2027-03-03T08:00Z quiet_hours"),
    ("a text at 20:59", "goes", "enrolled 2027-03-03T20:59Z", "a sms -> 2027-03-03T20:59Z"),
    ("a text at 21:00", "tomorrow 08:00", "enrolled 2027-03-03T21:00Z", "a sms -> 2027-03-04T08:00Z quiet_hours"),
    (
        "a text in the recipient's own night",
        "09:00 BST is 04:00 EDT: 08:00 EDT",
        WED + "; timezone Europe/London; person America/New_York",
        "a sms on 2027-05-04 -> 2027-05-04T12:00Z quiet_hours\nb email on 2027-05-04 at 14:00 -> 2027-05-04T13:00Z",
    ),
    (
        "quiet hours set no opening",
        "a text on a date goes at 09:00, not 08:00",
        WED,
        "a sms on 2027-03-04 -> 2027-03-04T09:00Z",
    ),
    (
        "a text on Friday night",
        "Saturday 08:00, then Monday at that clock",
        "enrolled 2027-03-05T22:00Z; weekdays",
        "a sms -> 2027-03-08T08:00Z quiet_hours weekend",
    ),
    (
        "a text on Saturday night",
        "Monday at the same clock, 22:00, then Tuesday 08:00",
        "enrolled 2027-03-06T22:00Z; weekdays",
        "a sms -> 2027-03-09T08:00Z weekend quiet_hours",
    ),
    (
        "a window wider than texting hours",
        "06:30 is in the window, not in texting hours",
        WED + "; window 06:00-22:00",
        "a sms on 2027-03-04 at 06:30 -> 2027-03-04T08:00Z quiet_hours",
    ),
    (
        "window, then quiet hours",
        "05:00 -> 06:00 -> 08:00",
        WED + "; window 06:00-22:00",
        "a sms on 2027-03-04 at 05:00 -> 2027-03-04T08:00Z window quiet_hours",
    ),
    (
        "narrowed texting hours",
        "10:00-16:00",
        WED + "; texting 10:00-16:00",
        "a sms on 2027-03-04 at 09:00 -> 2027-03-04T10:00Z quiet_hours",
    ),
    (
        "texting hours are never widened",
        "the legal floor stays",
        WED + "; texting 00:00-24:00",
        "a sms on 2027-03-04 at 06:00 -> 2027-03-04T08:00Z quiet_hours",
    ),
    (
        "an impossible schedule",
        "ends in an answer",
        WED + "; window 05:00-07:00",
        "a sms -> skipped no_allowed_instant",
    ),
]


@pytest.mark.parametrize(("why", "run", "rows"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_allowed(check_row: Callable[[str, str], None], why: str, run: str, rows: str) -> None:
    check_row(run, rows)
