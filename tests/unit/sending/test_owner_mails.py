"""Notices as mails: when a digest is due, what goes together, and the words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sequences.sending.owner_mails import (
    MOST_AT_ONCE,
    Bundle,
    MailedNotification,
    MailKind,
    bundles,
    latest_digest,
    mail_of,
)

LONDON = ZoneInfo("Europe/London")
AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


def notice(
    number: int = 0, title: str = "Alex Example entered Onboarding", sequence: str | None = "Onboarding"
) -> MailedNotification:
    return MailedNotification(f"n{number:04}", title, sequence, AT + timedelta(minutes=number))


@pytest.mark.parametrize(
    ("now", "day", "at"),
    [
        # Summer time: 07:30 in London is 06:30 UTC.
        ("2027-05-04T06:29:59", "2027-05-03", "2027-05-03T06:30:00"),
        ("2027-05-04T06:30:00", "2027-05-04", "2027-05-04T06:30:00"),
        ("2027-05-04T23:30:00", "2027-05-04", "2027-05-04T06:30:00"),
        ("2027-01-04T07:29:59", "2027-01-03", "2027-01-03T07:30:00"),
        ("2027-01-04T07:30:00", "2027-01-04", "2027-01-04T07:30:00"),
    ],
)
def test_the_latest_digest_is_that_of_the_organisations_clock(now: str, day: str, at: str) -> None:
    found = latest_digest(datetime.fromisoformat(now).replace(tzinfo=UTC), time(7, 30), LONDON)
    assert (found.day, found.at) == (date.fromisoformat(day), datetime.fromisoformat(at).replace(tzinfo=UTC))


def test_a_digest_in_the_hour_that_the_clock_skips_is_due_when_that_hour_would_begin() -> None:
    # On 28 March 2027 London goes from 01:00 GMT to 02:00 BST.
    before = latest_digest(datetime(2027, 3, 28, 0, 59, tzinfo=UTC), time(1, 30), LONDON)
    after = latest_digest(datetime(2027, 3, 28, 1, 0, tzinfo=UTC), time(1, 30), LONDON)
    assert (before.day, after.day, after.at) == (
        date(2027, 3, 27),
        date(2027, 3, 28),
        datetime(2027, 3, 28, 1, tzinfo=UTC),
    )


def test_an_hour_that_comes_twice_has_one_digest() -> None:
    # On 31 October 2027 London shows 01:30 twice: at 00:30 and at 01:30 UTC.
    instants = [datetime(2027, 10, 31, 0, 0, tzinfo=UTC) + timedelta(minutes=10 * step) for step in range(20)]
    found = {latest_digest(now, time(1, 30), LONDON) for now in instants}
    assert {(one.day, one.at) for one in found} == {
        (date(2027, 10, 30), datetime(2027, 10, 30, 0, 30, tzinfo=UTC)),
        (date(2027, 10, 31), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    }


def test_a_mail_each_up_to_the_limit_and_one_list_above_it() -> None:
    few = [notice(number) for number in range(MOST_AT_ONCE)]
    many = [*few, notice(99)]
    assert [(one.kind, len(one.notifications)) for one in bundles(few, "email")] == [
        (MailKind.SINGLE, 1)
    ] * MOST_AT_ONCE
    assert bundles(many, "email") == [Bundle(MailKind.LIST, tuple(many))]
    assert bundles(many, "digest") == [Bundle(MailKind.DIGEST, tuple(many))]
    assert bundles(few, "none") == bundles([], "email") == bundles([], "digest") == []


def test_one_notice_says_what_where_and_when() -> None:
    mail = mail_of(Bundle(MailKind.SINGLE, (notice(),)), "Our agency", LONDON)
    assert mail.subject == "Alex Example entered Onboarding"
    assert mail.text.splitlines()[:3] == [
        "Alex Example entered Onboarding",
        "",
        "Onboarding, Tue 04 May 2027 10:00 BST",
    ]
    assert "Our agency sends you this" in mail.text
    assert "Replies to this mail are not read" in mail.text


def test_a_digest_groups_by_sequence_in_the_order_of_time_and_puts_the_rest_last() -> None:
    found = [notice(3, "late"), notice(1, "alone", None), notice(2, "early"), notice(4, "other", "Apples")]
    mail = mail_of(Bundle(MailKind.DIGEST, tuple(found)), "Our agency", ZoneInfo("UTC"))
    assert mail.subject == "4 notifications: Apples, Onboarding"
    assert mail.text.split("\n\n--")[0].splitlines() == [
        "Apples (1)",
        "- Tue 04 May 2027 09:04 UTC  other",
        "",
        "Onboarding (2)",
        "- Tue 04 May 2027 09:02 UTC  early",
        "- Tue 04 May 2027 09:03 UTC  late",
        "",
        "Everything else (1)",
        "- Tue 04 May 2027 09:01 UTC  alone",
    ]


def test_a_long_group_ends_with_the_number_of_the_others() -> None:
    mail = mail_of(Bundle(MailKind.LIST, tuple(notice(number) for number in range(1000))), "Our agency", LONDON)
    assert mail.text.count("Alex Example") == 50
    assert "Onboarding (1000)" in mail.text
    assert "- and 950 more" in mail.text


def test_a_digest_of_one_and_one_without_sequences_are_said_in_plain_words() -> None:
    assert mail_of(Bundle(MailKind.DIGEST, (notice(),)), "x", LONDON).subject == "1 notification: Onboarding"
    alone = Bundle(MailKind.DIGEST, (notice(1, "a", None), notice(2, "b", None)))
    assert mail_of(alone, "x", LONDON).subject == "2 notifications"


def test_titles_stay_on_their_line_and_subjects_are_of_a_bearable_length() -> None:
    hostile = notice(title="Alex\r\nBcc: everybody@example.com\n\n-- \nsigned", sequence="A\nB")
    for kind in (MailKind.SINGLE, MailKind.DIGEST):
        mail = mail_of(Bundle(kind, (hostile,)), "Our agency", LONDON)
        assert "\n" not in mail.subject
        assert "Alex Bcc: everybody@example.com -- signed" in mail.text
    long = mail_of(Bundle(MailKind.SINGLE, (notice(title="word " * 100),)), "x", LONDON).subject
    assert len(long) <= 150
    assert long.endswith("wo...")
