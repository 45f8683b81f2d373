"""The day on which an absent person is back. The auto-replies are made up; all were sent on Monday 4 May 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from sequences.inbound import parse_mail
from sequences.inbound.absence.date_mentions import DateContext, find_mentions
from sequences.inbound.absence.note_sentences import sentences
from sequences.inbound.absence.return_date import find_return_date

_SENT = datetime(2026, 5, 4, 9, 0, tzinfo=timezone(timedelta(hours=2)))
_NEW_YORK = datetime(2026, 5, 4, 9, 0, tzinfo=timezone(timedelta(hours=-4)))


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("I am out of the office and will be back on 18 May 2026.", date(2026, 5, 18)),
        ("I am away until May 18th with limited access.", date(2026, 5, 18)),
        ("Out from 4 May to 15 May, returning Monday 18 May.", date(2026, 5, 18)),
        ("I am away from May 4 through May 15.", date(2026, 5, 16)),
        ("I will return on January 7.", date(2027, 1, 7)),
        ("Back on 2026-05-18", date(2026, 5, 18)),
        ("I'm back on Thursday", date(2026, 5, 7)),
        ("Ich bin bis einschließlich 15.05.2026 nicht im Büro.", date(2026, 5, 16)),
        ("Ich bin vom 4. Mai bis 15. Mai im Urlaub.", date(2026, 5, 16)),
        ("Ab dem 18. Mai bin ich wieder erreichbar.", date(2026, 5, 18)),
        ("Je suis absent jusqu'au 15 mai 2026.", date(2026, 5, 16)),
        ("Je serai de retour le 18 mai.", date(2026, 5, 18)),
        ("Estaré fuera hasta el 15 de mayo.", date(2026, 5, 16)),
        ("Vuelvo el 18 de mayo de 2026.", date(2026, 5, 18)),
        ("Ik ben afwezig t/m 15 mei.", date(2026, 5, 16)),
        ("Ik ben op 18 mei weer terug.", date(2026, 5, 18)),
        ("Sono assente fino al 15 maggio.", date(2026, 5, 16)),
        ("Estou ausente até 15 de maio.", date(2026, 5, 16)),
        ("I will be back on 5/18/2026.", date(2026, 5, 18)),
        ("I will be back on 06/05/2026.", date(2026, 5, 6)),
        ("I was back on 3 March 2020.", None),
        ("I am away. Call +44 20 7946 0000 or 5.1.1.", None),
        ("I am out of the office.", None),
        ("Back on 31 February.", None),
    ],
)
def test_return_dates(text: str, back: date | None) -> None:
    assert find_return_date("Automatic reply", text, _SENT) == back


def test_month_first_for_an_american() -> None:
    assert find_return_date("", "I will be back on 06/05/2026.", _NEW_YORK) == date(2026, 6, 5)


def test_without_a_date_only_a_written_year_counts() -> None:
    assert find_return_date("", "back on 18 May", None) is None
    assert find_return_date("", "back on 18 May 2026", None) == date(2026, 5, 18)


def test_it_reaches_the_mail() -> None:
    raw = (
        b"From: s@firm.example\nSubject: Automatic reply: A role\nDate: Mon, 4 May 2026 "
        b"09:00:00 +0200\n\nBack on 18 May.\n"
    )
    mail = parse_mail(raw)
    assert mail.return_date == date(2026, 5, 18)
    assert "return_date" in mail.reasons


def test_the_quoted_original_tells_nothing() -> None:
    mail = parse_mail(
        b"From: s@firm.example\nSubject: Out of office\nAuto-Submitted: auto-replied\n"
        b"Date: Mon, 4 May 2026 09:00:00 +0200\n\nI am not in the office at the moment.\n\n"
        b"On Mon, 4 May 2026 at 08:00, Dana <dana@agency.example> wrote:\n> I am away until 8 May, back on 11 May.\n"
    )
    assert mail.event.value == "auto_reply"
    assert mail.return_date is None


def test_a_note_that_quotes_nothing_of_ours_is_read_whole() -> None:
    mail = parse_mail(
        b"From: s@firm.example\nSubject: Abwesenheitsnotiz: A role until 30 June\nAuto-Submitted: auto-replied\n"
        b"Date: Mon, 4 May 2026 09:00:00 +0200\n\nGuten Tag,\n\nich bin bis einschl. Freitag, 15.5. im Urlaub.\n\n"
        b"Mit freundlichen Gr\xc3\xbc\xc3\x9fen\nSam Sample\n"
    )
    assert mail.return_date == date(2026, 5, 16)


@pytest.mark.parametrize("year", [1, 1970, 9998, 9999])
def test_a_mail_whose_clock_is_wrong_is_read_without_it(year: int) -> None:
    sent = datetime(year, 12, 31, 23, 0, tzinfo=timezone(timedelta(hours=-5)))
    for text in ("Back next week.", "I am away until 31 December.", "Bis Ende KW 53 im Urlaub.", "Back on the 31st."):
        assert find_return_date("", text, sent) is None


def test_what_is_no_note_costs_no_time() -> None:
    assert sentences(".. " * 3_000) == []
    assert len(sentences("we met. " * 3_000)) == 150
    days = find_mentions("5 may " * 3_000, DateContext(date(2026, 5, 4), "dmy"))
    assert len(days) <= 80


@pytest.mark.parametrize(
    "text",
    [
        "Sunt în concediu.",
        "Şu anda izindeyim.",
        "Я у відпустці.",
        "Я нахожусь в командировке.",
        "Βρίσκομαι σε άδεια.",
        "Na godišnjem odmoru sam.",
        "ただいま不在にしております。",
        "我正在休假。",
        "현재 휴가 중입니다.",
        "Jag är ledig.",
        "Jelenleg szabadságon vagyok.",
        "Som na dovolenke.",
    ],
)
def test_an_absence_without_a_date_is_an_absence_in_every_language(text: str) -> None:
    mail = parse_mail(
        b"From: s@firm.example\nSubject: =?utf-8?q?Auto?=\nAuto-Submitted: auto-replied\n"
        b"Content-Type: text/plain; charset=utf-8\nDate: Mon, 4 May 2026 09:00:00 +0200\n\n" + text.encode() + b"\n"
    )
    assert (mail.event.value, mail.return_date, mail.absent) == ("auto_reply", None, True)


def test_a_confirmation_of_receipt_is_no_absence() -> None:
    mail = parse_mail(
        b"From: s@firm.example\nSubject: Your request\nAuto-Submitted: auto-replied\n"
        b"Date: Mon, 4 May 2026 09:00:00 +0200\n\nWe received your request of 3 May and will answer soon.\n"
    )
    assert (mail.event.value, mail.return_date, mail.absent) == ("auto_reply", None, False)
