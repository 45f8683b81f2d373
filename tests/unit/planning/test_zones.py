"""Rule 3 by hand: which zone, from where, and the hours that DST drops and repeats. 09:00 on 4 May 2027 unless said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

WED = "enrolled 2027-03-03T10:00Z"
MAY = "a email on 2027-05-04 -> 2027-05-04T"

CASES = [
    (
        "the sequence's zone is for all",
        "Paris, CEST, also for somebody in Tokyo",
        WED + "; timezone Europe/Paris; person Asia/Tokyo",
        MAY + "07:00Z [Europe/Paris sequence]",
    ),
    (
        "a step's own zone",
        "replaces the recipient's for its day and clock",
        WED + "; person Europe/London",
        "a email on 2027-05-04; timezone Asia/Tokyo -> 2027-05-04T00:00Z [Asia/Tokyo sequence]",
    ),
    (
        "the person before the number",
        "EDT",
        WED + "; person America/New_York; phone +81312345678",
        MAY + "13:00Z [America/New_York person]",
    ),
    ("a country with one zone", "Japan", WED + "; phone +81312345678", MAY + "00:00Z [Asia/Tokyo phone]"),
    ("Kathmandu", "+05:45", WED + "; person Asia/Kathmandu", MAY + "03:15Z [Asia/Kathmandu person]"),
    ("India", "+05:30", WED + "; phone +919876543210", MAY + "03:30Z [Asia/Kolkata phone]"),
    (
        "Canada",
        "+1 416: Canada has several zones, so the placement's",
        WED + "; phone +14165550123; placement Europe/London",
        MAY + "08:00Z [Europe/London placement]",
    ),
    (
        "the United States",
        "+1 212: several as well, so the client's",
        WED + "; phone +12125550123; client Europe/Paris",
        MAY + "07:00Z [Europe/Paris client]",
    ),
    (
        "Trinidad",
        "+1 868 is a country of its own with one zone, -04",
        WED + "; phone +18682221234; client Europe/Paris",
        MAY + "13:00Z [America/Port_of_Spain phone]",
    ),
    (
        "Germany",
        "Berlin and Büsingen agree and count as one",
        WED + "; phone +4915112345678",
        MAY + "07:00Z [Europe/Berlin phone]",
    ),
    (
        "Argentina",
        "twelve zones, all -03 from now on",
        WED + "; phone +5491123456789",
        MAY + "12:00Z [America/Argentina/Buenos_Aires phone]",
    ),
    (
        "Guernsey",
        "+44 7781 is not the United Kingdom",
        WED + "; phone +447781123456",
        MAY + "08:00Z [Europe/Guernsey phone]",
    ),
    (
        "a range of +44 in no country",
        "every country of +44 keeps London's clock",
        WED + "; phone +447700900123",
        MAY + "08:00Z [Europe/London phone]",
    ),
    (
        "Kazakhstan",
        "+7 701: one clock, +05, since 2024",
        WED + "; phone +77011234567",
        MAY + "04:00Z [Asia/Almaty phone]",
    ),
    (
        "Kazakhstan before 2024",
        "zones were not yet equal from then on",
        "enrolled 2023-03-03T10:00Z; phone +77011234567",
        "a email on 2023-05-04 -> 2023-05-04T09:00Z [UTC organisation]",
    ),
    ("Russia", "+7 916: eleven clocks", WED + "; phone +79161234567", MAY + "09:00Z [UTC organisation]"),
    (
        "China",
        "Shanghai and Urumqi differ",
        WED + "; phone +8613812345678; organisation Asia/Shanghai",
        MAY + "01:00Z [Asia/Shanghai organisation]",
    ),
    ("Spain", "the Canaries are an hour behind", WED + "; phone +34612345678", MAY + "09:00Z [UTC organisation]"),
    (
        "a number of no country",
        "+800 is free everywhere",
        WED + "; phone +80012345678",
        MAY + "09:00Z [UTC organisation]",
    ),
    ("not a number", "is passed over", WED + "; phone call me", MAY + "09:00Z [UTC organisation]"),
    (
        "an unknown name",
        "is passed over",
        WED + "; person Mars/Olympus; placement Europe/London",
        MAY + "08:00Z [Europe/London placement]",
    ),
    (
        "the placement before the client",
        "order of rule 3",
        WED + "; placement Asia/Tokyo; client Europe/Paris",
        MAY + "00:00Z [Asia/Tokyo placement]",
    ),
    (
        "a text to an unknown place in the United States",
        "18:00Z is 08:00 in Honolulu and 14:00 in New York: quiet nowhere",
        WED + "; phone +12125550123; organisation Europe/London",
        "a sms on 2027-05-04 -> 2027-05-04T18:00Z quiet_hours [Europe/London organisation]",
    ),
    (
        "the same in the evening",
        "01:00Z is 21:00 in New York: not before Honolulu's morning",
        WED + "; phone +12125550123; organisation Europe/London",
        "a sms on 2027-05-04 at 23:30 -> 2027-05-04T22:30Z\n"
        "b sms on 2027-05-05 at 02:00 -> 2027-05-05T18:00Z quiet_hours",
    ),
    (
        "an e-mail to the same person",
        "has no quiet hours",
        WED + "; phone +12125550123; organisation Europe/London",
        MAY + "08:00Z [Europe/London organisation]",
    ),
    (
        "a text where the zone is known",
        "their own morning",
        WED + "; person America/New_York; phone +12125550123; organisation Europe/London",
        "a sms on 2027-05-04; timezone Europe/London -> 2027-05-04T12:00Z quiet_hours [Europe/London sequence]",
    ),
    (
        "a text under a fixed zone, to an unknown place",
        "the sequence's zone is not the recipient's",
        WED + "; phone +12125550123; timezone Europe/London",
        "a sms on 2027-05-04 -> 2027-05-04T18:00Z quiet_hours [Europe/London sequence]",
    ),
    (
        "a text where the placement tells the zone",
        "that is knowing it",
        WED + "; phone +12125550123; placement America/Los_Angeles; organisation Europe/London",
        "a sms on 2027-05-04 at 07:00 -> 2027-05-04T15:00Z quiet_hours [America/Los_Angeles placement]",
    ),
    (
        "Spain",
        "08:00 in Madrid is 07:00 on the Canaries",
        WED + "; phone +34612345678; organisation Europe/Madrid",
        "a sms on 2027-05-04 at 08:00 -> 2027-05-04T07:00Z quiet_hours [Europe/Madrid organisation]",
    ),
    (
        "Russia, ten hours wide",
        "06:00Z is 08:00 in Kaliningrad and 18:00 in Kamchatka; 09:00Z is 21:00 there",
        WED + "; phone +79161234567; organisation Europe/Moscow",
        "a sms on 2027-05-04 at 09:00 -> 2027-05-04T06:00Z\n"
        "b sms on 2027-05-04 at 12:00 -> 2027-05-05T06:00Z quiet_hours",
    ),
    (
        "narrower hours that no moment keeps in the whole country",
        "09:00-12:00 in Honolulu is 15:00 and later in New York: the legal hours stay",
        WED + "; phone +12125550123; organisation Europe/London; texting 09:00-12:00",
        "a sms on 2027-05-04 -> 2027-05-04T18:00Z quiet_hours",
    ),
    (
        "narrower hours that the whole country can keep",
        "09:00 on the Canaries is 10:00 in Madrid",
        WED + "; phone +34612345678; organisation Europe/Madrid; texting 09:00-12:00",
        "a sms on 2027-05-04 -> 2027-05-04T08:00Z quiet_hours",
    ),
    (
        "office hours where nobody knows the zone",
        "09:00-17:00 in London is never day in all of the country: the window was only a guess of theirs",
        WED + "; phone +12125550123; organisation Europe/London; window 09:00-17:00; weekdays",
        "a sms on 2027-05-04 -> 2027-05-04T18:00Z quiet_hours",
    ),
    (
        "office hours of a fixed zone",
        "are meant: there is no such moment",
        WED + "; phone +12125550123; timezone Europe/London; window 09:00-17:00",
        "a sms on 2027-05-04 -> skipped no_allowed_instant",
    ),
    (
        "a number of no country of +1",
        "+1 spans the globe: the main country's zones",
        WED + "; phone +15005550006; organisation Europe/London",
        "a sms on 2027-05-04 -> 2027-05-04T18:00Z quiet_hours",
    ),
    (
        "a text to a number of no country",
        "the organisation's clock is all there is",
        WED + "; phone +80012345678; organisation Europe/London",
        "a sms on 2027-05-04 -> 2027-05-04T08:00Z",
    ),
    (
        "New York, the night before spring",
        "02:30 does not exist on 14 March: 03:00 EDT",
        "enrolled 2027-03-13T07:30Z; person America/New_York",
        "a email -> 2027-03-13T07:30Z\nb email 1 days after a -> 2027-03-14T07:00Z gap",
    ),
    (
        "New York, the night before autumn",
        "01:30 comes twice on 7 November: the first, EDT",
        "enrolled 2027-11-06T05:30Z; person America/New_York",
        "a email -> 2027-11-06T05:30Z\nb email 1 days after a -> 2027-11-07T05:30Z",
    ),
    (
        "New York, between the two 01:30",
        "01:45 EDT: the first 01:30 lies before the base, the second (EST) does not",
        "enrolled 2027-11-07T05:45Z; person America/New_York",
        "a email at 01:30 -> 2027-11-07T06:30Z",
    ),
    (
        "New York, after both 01:30",
        "01:45 EST: rolls to Monday 01:30 EST",
        "enrolled 2027-11-07T06:45Z; person America/New_York",
        "a email at 01:30 -> 2027-11-08T06:30Z",
    ),
    (
        "New York, rolling into the gap",
        "01:45 EST, at 02:30 becomes 03:00 EDT, fifteen minutes later",
        "enrolled 2027-03-14T06:45Z; person America/New_York",
        "a email at 02:30 -> 2027-03-14T07:00Z gap",
    ),
    (
        "a gap on a closed day",
        "Monday at the written 02:30, not 03:00",
        WED + "; person America/New_York; weekdays",
        "a email on 2027-03-14 at 02:30 -> 2027-03-15T06:30Z gap weekend",
    ),
    (
        "London's gap",
        "01:30 on 28 March: 02:00 BST",
        WED + "; person Europe/London",
        "a email on 2027-03-28 at 01:30 -> 2027-03-28T01:00Z gap",
    ),
    (
        "Lord Howe in spring",
        "only half an hour is dropped: 02:15 becomes 02:30 +11",
        WED + "; person Australia/Lord_Howe",
        "a email on 2027-10-03 at 02:15 -> 2027-10-02T15:30Z gap",
    ),
    (
        "Lord Howe after the gap",
        "02:45 exists, +11",
        WED + "; person Australia/Lord_Howe",
        "a email on 2027-10-03 at 02:45 -> 2027-10-02T15:45Z",
    ),
    (
        "Lord Howe in autumn",
        "01:45 comes twice, half an hour apart: the first, +11",
        WED + "; person Australia/Lord_Howe",
        "a email on 2027-04-04 at 01:45 -> 2027-04-03T14:45Z",
    ),
    (
        "Lord Howe, second occurrence",
        "from 01:50 +11 on, the next 01:45 is +10:30",
        "enrolled 2027-04-03T14:50Z; person Australia/Lord_Howe",
        "a email at 01:45 -> 2027-04-03T15:15Z",
    ),
    (
        "a gap at midnight",
        "Cairo skips 00:00-01:00 on Friday 30 April",
        WED + "; person Africa/Cairo",
        "a email on 2027-04-30 at 00:30 -> 2027-04-29T22:00Z gap",
    ),
]


@pytest.mark.parametrize(("why", "run", "rows"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_zones(check_row: Callable[[str, str], None], why: str, run: str, rows: str) -> None:
    check_row(run, rows)
