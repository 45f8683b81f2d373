"""Return dates as people in Europe write them. All were sent on Monday 4 May 2026."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from sequences.inbound.absence.return_date import find_return_date

_SENT = datetime(2026, 5, 4, 9, 0, tzinfo=timezone(timedelta(hours=2)))
_NEW_YORK = datetime(2026, 5, 4, 9, 0, tzinfo=timezone(timedelta(hours=-4)))


def _d(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


CASES = [
    ("I will be back on Monday 11 May.", _d(5, 11)),
    ("I'll be back Monday, May 11th.", _d(5, 11)),
    ("I return to the office on Tuesday, 12 May 2026.", _d(5, 12)),
    ("I am out of office from 04/05/2026 until 15/05/2026.", _d(5, 15)),
    ("I am on annual leave 4 May - 15 May, returning on the 18th of May.", _d(5, 18)),
    ("I am on leave from 4 - 15 May inclusive.", _d(5, 16)),
    ("I'm away 4-15 May.", _d(5, 16)),
    ("Out of office: 4/5 - 15/5", _d(5, 16)),
    ("I am currently on maternity leave and will return in January 2027.", _d(1, 1, 2027)),
    ("I will be out until the end of May.", _d(6, 1)),
    ("I'm back tomorrow.", _d(5, 5)),
    ("I will be back next Monday.", _d(5, 11)),
    ("I am out of the office today and will be back tomorrow morning.", _d(5, 5)),
    ("I will return next week.", _d(5, 11)),
    ("Out of office until Thursday.", _d(5, 7)),
    ("I will be in the office again on 2026-05-18.", _d(5, 18)),
    ("My first day back is 18 May.", _d(5, 18)),
    ("Returning 18.05.", _d(5, 18)),
    (
        "Thank you for your mail of 4 May 2026. I am on holiday until 18 May 2026. In urgent cases call my colleague on 020 7946 0000.",
        _d(5, 18),
    ),
    ("Since 1 April 2026 I no longer work on Fridays. Back on 6 May.", _d(5, 6)),
    ("Vielen Dank für Ihre Nachricht. Ich bin ab Montag, 18.05.2026 wieder im Büro.", _d(5, 18)),
    ("Ich bin vom 04.05. bis 15.05.2026 nicht im Haus.", _d(5, 16)),
    ("Ich bin vom 04.05.-15.05.2026 im Urlaub.", _d(5, 16)),
    ("Ich bin bis zum 15. Mai abwesend.", _d(5, 16)),
    ("Am 18. Mai bin ich wieder für Sie da.", _d(5, 18)),
    ("Ich bin am Donnerstag wieder erreichbar.", _d(5, 7)),
    ("Ich bin morgen wieder da.", _d(5, 5)),
    ("Ich bin bis Ende Mai in Elternzeit.", _d(6, 1)),
    ("Ich bin ab KW 21 wieder da.", _d(5, 18)),
    ("Je suis absent du 4 au 15 mai inclus.", _d(5, 16)),
    ("Je suis absente jusqu'au vendredi 15 mai.", _d(5, 16)),
    ("Absent du bureau jusqu'au 15/05/2026 inclus.", _d(5, 16)),
    ("De retour lundi 18 mai.", _d(5, 18)),
    ("Je serai de retour au bureau le 1er juin.", _d(6, 1)),
    ("Je reviens jeudi.", _d(5, 7)),
    ("Je reviens demain.", _d(5, 5)),
    ("Estaré de vacaciones del 4 al 15 de mayo.", _d(5, 16)),
    ("Estoy ausente hasta el viernes 15 de mayo.", _d(5, 16)),
    ("Me reincorporo el lunes 18 de mayo.", _d(5, 18)),
    ("Vuelvo el 18/05/2026.", _d(5, 18)),
    ("Regreso el jueves.", _d(5, 7)),
    ("Vuelvo mañana.", _d(5, 5)),
    ("Ik ben afwezig van 4 mei tot en met 15 mei.", _d(5, 16)),
    ("Ik ben vanaf maandag 18 mei weer bereikbaar.", _d(5, 18)),
    ("Ik ben met vakantie tot 18 mei.", _d(5, 18)),
    ("Donderdag ben ik weer terug.", _d(5, 7)),
    ("Sono assente dal 4 al 15 maggio.", _d(5, 16)),
    ("Sarò di nuovo in ufficio lunedì 18 maggio.", _d(5, 18)),
    ("Rientrerò il 18/05.", _d(5, 18)),
    ("Estarei de férias de 4 a 15 de maio.", _d(5, 16)),
    ("Estarei de volta no dia 18 de maio.", _d(5, 18)),
    ("Jag är tillbaka måndag 18 maj.", _d(5, 18)),
    ("Jag är på semester t.o.m. 15 maj.", _d(5, 16)),
    ("Jeg er tilbage den 18. maj.", _d(5, 18)),
    ("Jeg er på ferie til og med 15. mai.", _d(5, 16)),
    ("Jestem nieobecny do 15 maja.", _d(5, 16)),
    ("Wracam 18 maja 2026 r.", _d(5, 18)),
    ("Olen lomalla 15.5. asti.", _d(5, 16)),
    ("Palaan töihin 18.5.2026.", _d(5, 18)),
    ("Jsem mimo kancelář do 15. 5. 2026.", _d(5, 16)),
    ("Will be back 12/05.", _d(5, 12)),
    ("I will be back on 13/05.", _d(5, 13)),
    ("Back on 05/13/26.", _d(5, 13)),
    ("I am away until 3 January.", _d(1, 3, 2027)),
    ("I return on 29 February 2027.", None),
    ("Back in 5 minutes.", None),
    ("I am away. My assistant is back on duty at 9:00.", None),
    ("Our office is open until 18:00.", None),
    ("Version 5.6.7 was released; call 12/34.", None),
    ("I have been back since 1 May.", None),
    ("I may be back to you later.", None),
]


@pytest.mark.parametrize(("text", "back"), CASES)
def test_return_words(text: str, back: date | None) -> None:
    assert find_return_date("", text, _SENT) == back


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("I will be back on 5/12.", _d(5, 12)),
        ("Out of office 5/4 - 5/15.", _d(5, 16)),
        ("Returning 5/18/26.", _d(5, 18)),
        ("Je serai de retour le 12/05.", _d(5, 12)),
        ("Vuelvo el 11/05.", _d(5, 11)),
        ("I will be back on 18/5.", _d(5, 18)),
    ],
)
def test_month_first_only_in_english_from_america(text: str, back: date) -> None:
    assert find_return_date("", text, _NEW_YORK) == back


def test_the_subject_tells_too() -> None:
    assert find_return_date("Out of office until 18 May", "Hello", _SENT) == _d(5, 18)
    assert find_return_date("Automatic reply: Back on 18 May", "", _SENT) == _d(5, 18)


def test_long_and_hostile_texts_take_no_time() -> None:
    for piece in ("back on ", "1 ", "1/", "until 4 ", "mai ", "Monday "):
        find_return_date("", piece * 100_000, _SENT)
