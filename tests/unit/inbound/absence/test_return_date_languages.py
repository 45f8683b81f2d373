"""Every day of a year, as CLDR writes it, in the common phrases of twenty-three languages: what is written is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from babel.dates import format_date

from sequences.inbound.absence.return_date import find_return_date

_DAY = timedelta(days=1)
# By locale: back on a day; until a day, with the days after which the person is back; from one day to another.
PHRASES: dict[str, tuple[list[str], list[tuple[str, int]], list[tuple[str, int]]]] = {
    "en_GB": (
        [
            "I will be back on {}.",
            "I am out of the office and return on {}.",
            "Returning {}",
            "I'll be in the office again from {}.",
            "Back in the office: {}",
        ],
        [
            ("I am away until {}.", 0),
            ("I am on leave up to and including {}.", 1),
            ("Out of office until {} (inclusive).", 1),
            ("I will not be back until {}.", 0),
        ],
        [("I am on holiday from {} to {}.", 1), ("I am away between {} and {}.", 1), ("Out of office {} - {}", 1)],
    ),
    "en_US": (
        ["I will be back on {}.", "I will return to the office {}."],
        [("I am out of the office through {}.", 1), ("I am on PTO until {}.", 0)],
        [("I will be out of the office from {} through {}.", 1), ("Out of office: {} – {}", 1)],
    ),
    "de": (
        [
            "Ab dem {} bin ich wieder erreichbar.",
            "Ich bin am {} wieder im Büro.",
            "Ich bin ab {} wieder für Sie da.",
            "Am {} kehre ich zurück.",
        ],
        [
            ("Ich bin bis {} im Urlaub.", 1),
            ("Ich bin bis zum {} nicht im Haus.", 1),
            ("Ich bin bis einschließlich {} abwesend.", 1),
        ],
        [
            ("Ich bin vom {} bis {} nicht im Büro.", 1),
            ("Ich bin vom {} bis zum {} im Urlaub.", 1),
            ("Ich bin in der Zeit vom {} bis einschließlich {} abwesend.", 1),
            ("Urlaub: {} - {}", 1),
        ],
    ),
    "fr": (
        [
            "Je serai de retour le {}.",
            "Je reviens le {}.",
            "De retour au bureau le {}.",
            "Je serai à nouveau joignable à partir du {}.",
        ],
        [("Je suis absent jusqu'au {}.", 1), ("Je suis en congés jusqu’au {} inclus.", 1)],
        [("Je suis absente du {} au {}.", 1), ("Absent du {} au {} inclus.", 1)],
    ),
    "es": (
        ["Vuelvo el {}.", "Estaré de vuelta el {}.", "Me reincorporaré el {}.", "Regreso a la oficina el {}."],
        [
            ("Estoy de vacaciones hasta el {}.", 1),
            ("Estaré ausente hasta el {} inclusive.", 1),
            ("No volveré hasta el {}.", 0),
        ],
        [("Estaré fuera de la oficina del {} al {}.", 1), ("Ausente desde el {} hasta el {}.", 1)],
    ),
    "it": (
        ["Rientrerò il {}.", "Sarò di nuovo in ufficio il {}.", "Tornerò in ufficio il {}."],
        [("Sono in ferie fino al {}.", 1), ("Sarò assente fino al {} compreso.", 1)],
        [("Sono assente dal {} al {}.", 1), ("Sarò fuori ufficio dal {} fino al {}.", 1)],
    ),
    "pt": (
        ["Estarei de volta no dia {}.", "Regresso a {}.", "Voltarei ao escritório em {}.", "Retorno em {}."],
        [
            ("Estou de férias até {}.", 1),
            ("Estarei ausente até ao dia {}, inclusive.", 1),
            ("Estou ausente até o dia {}.", 1),
        ],
        [("Estarei de férias de {} a {}.", 1), ("Ausente entre {} e {}.", 1)],
    ),
    "nl": (
        ["Ik ben op {} weer terug.", "Vanaf {} ben ik weer bereikbaar.", "Ik ben {} weer aanwezig."],
        [("Ik ben afwezig tot {}.", 0), ("Ik ben met vakantie t/m {}.", 1), ("Ik ben afwezig tot en met {}.", 1)],
        [("Ik ben afwezig van {} tot en met {}.", 1), ("Ik ben met vakantie van {} t/m {}.", 1)],
    ),
    "ru": (
        [
            "Вернусь {}.",
            "Я вернусь в офис {}.",
            "Буду на работе {}.",
            "Снова буду на связи с {}.",
            "Выйду на работу {}.",
        ],
        [("Я в отпуске до {}.", 1), ("Нахожусь в отпуске по {} включительно.", 1), ("Меня не будет в офисе до {}.", 1)],
        [("Я в отпуске с {} по {}.", 1), ("Буду отсутствовать с {} до {}.", 1)],
    ),
    "uk": (
        ["Повернусь {}.", "Я повернуся до роботи {}.", "Буду в офісі {}.", "Знову буду на зв'язку з {}."],
        [("Я у відпустці до {}.", 1), ("Я у відпустці по {} включно.", 1)],
        [("Я у відпустці з {} по {}.", 1), ("Буду відсутня з {} до {}.", 1)],
    ),
    "ro": (
        [
            "Voi reveni la serviciu pe {}.",
            "Revin pe {}.",
            "Mă întorc pe {}.",
            "Voi fi din nou disponibil începând cu {}.",
        ],
        [
            ("Sunt în concediu până pe {}.", 1),
            ("Sunt plecat până la {}.", 1),
            ("Sunt în concediu până la data de {} inclusiv.", 1),
        ],
        [
            ("Sunt în concediu în perioada {} - {}.", 1),
            ("Voi lipsi de la {} până la {}.", 1),
            ("Sunt în concediu între {} și {}.", 1),
        ],
    ),
    "tr": (
        [
            "{} tarihinde yeniden işteyim.",
            "{} tarihinde döneceğim.",
            "{} tarihinden itibaren tekrar ofisteyim.",
            "{} günü geri döneceğim.",
        ],
        [("{} tarihine kadar izindeyim.", 1), ("{} tarihine kadar ofis dışında olacağım.", 1)],
        [
            ("{} - {} tarihleri arasında izindeyim.", 1),
            ("{} tarihinden {} tarihine kadar izinliyim.", 1),
            ("{} ile {} tarihleri arasında yıllık izindeyim.", 1),
        ],
    ),
    "pl": (
        ["Wracam {}.", "Wrócę do biura {}.", "Będę ponownie dostępna od {}.", "Będę w biurze {}."],
        [
            ("Jestem na urlopie do {}.", 1),
            ("Jestem nieobecna do {} włącznie.", 1),
            ("Jestem na urlopie do dnia {}.", 1),
        ],
        [("Jestem na urlopie od {} do {}.", 1), ("W dniach {} - {} jestem na urlopie.", 1)],
    ),
    "cs": (
        ["Vrátím se {}.", "Budu zpět {}.", "Od {} jsem opět k dispozici.", "Zpět v kanceláři budu {}."],
        [("Jsem na dovolené do {}.", 1), ("Jsem mimo kancelář až do {} včetně.", 1)],
        [("Jsem na dovolené od {} do {}.", 1), ("Ve dnech {} - {} čerpám dovolenou.", 1)],
    ),
    "sv": (
        ["Jag är tillbaka {}.", "Åter på kontoret {}.", "Jag är på plats igen den {}."],
        [("Jag är på semester till och med {}.", 1), ("Jag är ledig t.o.m. {}.", 1)],
        [("Jag är på semester från {} till och med {}.", 1), ("Jag har semester {} - {}.", 1)],
    ),
    "da": (
        ["Jeg er tilbage {}.", "Jeg er tilbage på kontoret den {}.", "Jeg er at træffe igen {}."],
        [("Jeg holder ferie til og med {}.", 1), ("Jeg er væk t.o.m. {}.", 1)],
        [("Jeg holder ferie fra {} til og med {}.", 1), ("Jeg har ferie {} - {}.", 1)],
    ),
    "nb": (
        ["Jeg er tilbake {}.", "Jeg er tilbake på jobb {}."],
        [("Jeg har ferie til og med {}.", 1), ("Jeg er fraværende t.o.m. {}.", 1)],
        [("Jeg har ferie fra {} til og med {}.", 1)],
    ),
    "fi": (
        ["Palaan {}.", "Olen jälleen tavoitettavissa {}.", "Palaan töihin {}.", "Olen takaisin toimistolla {}."],
        [("Olen lomalla {} asti.", 1), ("Olen poissa {} saakka.", 1)],
        [("Olen lomalla {} - {}.", 1)],
    ),
    "hu": (
        ["{} leszek újra elérhető.", "Legközelebb {} leszek az irodában.", "Visszatérek: {}."],
        [("Szabadságon vagyok {}-ig.", 1)],
        [("Szabadságon vagyok {} - {} között.", 1), ("{} és {} között szabadságon vagyok.", 1)],
    ),
    "el": (
        ["Θα επιστρέψω στις {}.", "Επιστρέφω στο γραφείο {}.", "Θα είμαι ξανά διαθέσιμη από {}."],
        [("Βρίσκομαι σε άδεια έως {}.", 1), ("Απουσιάζω μέχρι και τις {}.", 1)],
        [("Βρίσκομαι σε άδεια από {} έως {}.", 1), ("Απουσιάζω από τις {} μέχρι τις {}.", 1)],
    ),
    "ja": (
        ["{}に復帰します。", "{}より出社いたします。", "{}から通常業務に戻ります。"],
        [("{}まで休暇をいただいております。", 1), ("{}まで出張のため不在です。", 1)],
        [("{}から{}まで休暇をいただきます。", 1), ("{}~{}の間、不在にしております。", 1)],
    ),
    "zh": (
        ["我将于{}返回办公室。", "我{}回来。", "{}恢复上班。"],
        [("我正在休假，直到{}。", 1), ("休假至{}。", 1)],
        [("我从{}至{}休假。", 1), ("我将于{}到{}期间外出。", 1)],
    ),
    "ko": (
        ["{}에 복귀합니다.", "{}부터 다시 출근합니다."],
        [("{}까지 휴가입니다.", 1), ("{}까지 부재중입니다.", 1)],
        [("{}부터 {}까지 휴가입니다.", 1), ("{} ~ {} 휴가입니다.", 1)],
    ),
    "sk": (
        ["Vrátim sa {}.", "Budem späť {}."],
        [("Som na dovolenke do {}.", 1)],
        [("Som na dovolenke od {} do {}.", 1)],
    ),
}
_DOTTED = [
    "d. MMMM",
    "d. MMMM y",
    "dd.MM.y",
    "d.M.",
    "d. M. y",
    "EEEE, d. MMMM y",
    "EEEE d. MMMM",
    "dd.MM.yy",
    "EEE, dd.MM.y",
    "d.M.y",
]
_COMMON = ["d MMMM", "d MMMM y", "dd.MM.y", "dd/MM/y", "d/M", "EEEE d MMMM", "EEEE, d MMMM y", "d MMM y"]
FORMATS = {
    "en_GB": ["d/M/y", "dd/MM/y", "d MMM y", "d MMMM", "EEEE d MMMM", "EEE d MMM", "EEEE, d MMMM y", "y-MM-dd"],
    "en_US": ["M/d/y", "M/d", "MM/dd/y", "M/d/yy", "MMMM d", "MMM d", "EEE, MMM d", "EEEE, MMMM d, y", "EEEE, MMMM d"],
    "de": _DOTTED,
    "fr": _COMMON,
    "es": ["d 'de' MMMM", "d 'de' MMMM 'de' y", "dd/MM/y", "d/M", "EEEE d 'de' MMMM", "EEEE, d 'de' MMMM"],
    "it": _COMMON,
    "pt": ["d 'de' MMMM", "d 'de' MMMM 'de' y", "dd/MM/y", "d/M", "dd.MM.y"],
    "nl": _COMMON,
    "ru": _COMMON,
    "uk": _COMMON,
    "ro": _COMMON,
    "tr": ["d MMMM", "d MMMM y", "dd.MM.y", "d MMMM EEEE", "d MMMM y EEEE", "dd/MM/y"],
    "pl": _COMMON,
    "cs": _DOTTED,
    "sv": ["d MMMM", "d MMMM y", "d/M", "y-MM-dd", "EEEE d MMMM", "EEEE 'den' d MMMM"],
    "da": _DOTTED,
    "nb": _DOTTED,
    "fi": ["d. MMMM", "d.M.y", "d.M.", "dd.MM.y", "EEEE d.M.", "EEEE d. MMMM y"],
    "hu": ["y.MM.dd.", "y. MMMM d.", "MMMM d.", "y. MM. dd."],
    "el": _COMMON,
    "ja": ["y年M月d日", "M月d日", "M/d", "y/M/d", "M月d日(EEE)"],
    "zh": ["y年M月d日", "M月d日", "y-MM-dd", "M月d号"],
    "ko": ["y년 M월 d일", "M월 d일", "y. M. d.", "M/d"],
    "sk": _DOTTED,
}


def _sent(locale: str, days: int) -> datetime:
    """A day of the year, at an office of that language."""
    return datetime(2027, 1, 5, 11, tzinfo=timezone(timedelta(hours=-5 if locale == "en_US" else 1))) + days * _DAY


def _notes(locale: str, begin: date, end: date) -> Iterator[tuple[str, date]]:
    backs, untils, ranges = PHRASES[locale]
    for pattern in FORMATS[locale]:
        first, last = format_date(begin, pattern, locale), format_date(end, pattern, locale)
        yield from ((text.format(last), end) for text in backs)
        yield from ((text.format(last), end + after * _DAY) for text, after in untils)
        yield from ((text.format(first, last), end + after * _DAY) for text, after in ranges)


@pytest.mark.slow
@pytest.mark.parametrize("locale", PHRASES)
def test_the_day_that_is_written_is_the_day_that_is_read(locale: str) -> None:
    wrong = []
    for days in range(0, 365, 19):
        sent = _sent(locale, days)
        begin, end = sent.date() - days % 9 * _DAY, sent.date() + (2 + days * 5 % 29) * _DAY
        for text, back in _notes(locale, begin, end):
            found = find_return_date("Automatic reply", text, sent)
            if found != back:
                wrong.append((text, found, back))
    assert wrong == []


@pytest.mark.parametrize("locale", PHRASES)
def test_a_day_that_is_past_is_not_read(locale: str) -> None:
    """The same notes, left on from a year ago: all of them name a year, or a day that has lately passed."""
    sent = _sent(locale, 200)
    begin, end = sent.date() - 40 * _DAY, sent.date() - 20 * _DAY
    wrong = [(text, found) for text, _ in _notes(locale, begin, end) if (found := find_return_date("", text, sent))]
    assert wrong == []


def test_there_is_a_phrase_of_each_kind_for_every_language() -> None:
    assert len(PHRASES) == 24
    assert all(backs and untils and ranges for backs, untils, ranges in PHRASES.values())
