"""Names of months and weekdays in the languages of Europe, and the plain form in which texts are compared.

The names are CLDR's, by way of babel; what CLDR lacks (case forms, common other spellings) stands here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from babel import Locale

LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "ru",
    "uk",
    "hu",
    "ro",
    "tr",
    "pl",
    "cs",
    "sk",
    "sv",
    "da",
    "nb",
    "fi",
    "el",
    "bg",
    "ca",
    "sl",
    "et",
    "hr",
)
# Short names that are everyday words elsewhere, or names of another day in another language.
_NOT_SHORT = frozenset({"pro", "led", "out", "so", "do", "to", "la", "po", "ne", "me", "no", "st", "za"})
_MORE_MONTHS = (
    (
        1,
        "jänner jaenner jänners januarja január janeiro январе січні styczniu lednu "
        "tammikuun ianuarie januára januarja "
        "jaanuarini",
    ),
    (2, "feber лютому феврале lutym únoru helmikuun februarja veebruarini"),
    (3, "maerz mrz марте березні marcu březnu maaliskuun märtsini"),
    (4, "апреле квітні kwietniu dubnu huhtikuun aprila aprillini"),
    (5, "мае травні maju květnu toukokuun maini"),
    (6, "juno июне червні czerwcu červnu kesäkuun junija juunini"),
    (7, "julei июле липні lipcu červenci heinäkuun julija juulini"),
    (8, "aout августе серпні sierpniu srpnu elokuun avgusta avgust augustini"),
    (9, "setiembre sept сентябре вересні wrześniu syyskuun septembra septembrini"),
    (10, "октябре жовтні październiku říjnu lokakuun oktobra oktoobrini"),
    (11, "ноябре листопаді listopadzie marraskuun novembra novembrini"),
    (12, "декабре грудні grudniu prosinci joulukuun decembra aralık detsembrini"),
)
_MORE_WEEKDAYS = (
    (
        0,
        "poniedziałku pondělka pondelka понедельника понедельнику понеділка hétfőn hétfőig hétfőtől "
        "maanantaihin maanantaista lunea pazartesiye pazartesiden δευτέρας segunda lunedi",
    ),
    (
        1,
        "wtorku úterka utorka вторника вівторка kedden keddig keddtől tiistaihin tiistaista marțea marti salıya "
        "salıdan τρίτης terça terca martedi",
    ),
    (
        2,
        "środę środy středu středy stredu stredy среду среды середу середи szerdán szerdáig szerdától "
        "keskiviikkoon keskiviikosta miercurea çarşambaya çarşambadan τετάρτης quarta mercoledi miercoles",
    ),
    (
        3,
        "czwartku čtvrtka štvrtka четверга csütörtökön csütörtökig csütörtöktől torstaihin torstaista joia "
        "perşembeye perşembeden πέμπτης quinta giovedi",
    ),
    (
        4,
        "piątku pátku piatku пятницу пятницы п'ятниця п'ятницю п'ятниці pénteken péntekig péntektől perjantaihin "
        "perjantaista vinerea cumaya cumadan παρασκευής sexta venerdi",
    ),
    (
        5,
        "sonnabend sobotę soboty sobotu субботу субботы суботу суботи szombaton szombatig szombattól lauantaihin "
        "lauantaista sâmbăta cumartesiye σαββάτου sabado",
    ),
    (
        6,
        "niedzielę niedzieli neděli nedele воскресенья неділю неділі vasárnapig sunnuntaihin duminica pazara "
        "κυριακής domingo",
    ),
)
_MORE_SHORT = ((0, "mon mo"), (1, "tues"), (2, "wednes weds"), (3, "thur thurs"))
_FORMS = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "‘": "'",
        "‐": "-",
        "‑": "-",
        "‒": "-",
        "–": "-",
        "—": "-",
        "―": "-",
        "−": "-",
        "〜": "~",
        "∼": "~",
        "\t": " ",
        "\r": " ",
    }
)
_VOICED = "\u3099\u309a"


def fold(text: str) -> str:
    """The text in one case, without accents, with one kind of dash, apostrophe and space; kana keep their marks."""
    text = unicodedata.normalize("NFKC", text.translate(_FORMS)).casefold()
    parted = unicodedata.normalize("NFD", text)
    kept = (
        char for char in parted if char in _VOICED or char == "\n" or unicodedata.category(char) not in ("Mn", "Cf")
    )
    return unicodedata.normalize("NFC", "".join(kept)).translate(_FORMS)


# These are other months to Poles and Czechs, who come first in LANGUAGES.
CROATIAN = {"listopad": 10, "listopada": 10, "lis": 10, "lip": 6, "srp": 7}


class Names(NamedTuple):
    """Folded names, without the dot of an abbreviation.

    Attributes:
        months: number of the month by every name of it.
        whole_months: those names that are no abbreviation.
        weekdays: number of the weekday (Monday is 0) by its whole names.
        short_weekdays: their abbreviations; the same one may mean different days in different languages.
    """

    months: dict[str, int]
    whole_months: frozenset[str]
    weekdays: dict[str, int]
    short_weekdays: dict[str, frozenset[int]]


@cache
def names() -> Names:
    """All names, read from CLDR when first asked for."""
    months: dict[str, int] = {}
    whole_months: set[str] = set()
    weekdays: dict[str, int] = {}
    short: dict[str, set[int]] = {}
    for width, number, name in _in_cldr("months"):
        # Catalan has its "of" in the name: "de gener", "d'abril".
        key = fold(name).rstrip(".").removeprefix("de ").removeprefix("d'")
        if len(key) > 2 and key.isalpha() and (width == "wide" or key not in _NOT_SHORT):
            months.setdefault(key, number)
            whole_months.update({key} if width == "wide" else ())
    for width, number, name in _in_cldr("days"):
        key = fold(name).rstrip(".")
        if width == "wide":
            weekdays.setdefault(key, number)
        elif len(key) > 1:
            short.setdefault(key, set()).add(number)
    for number, words in _MORE_MONTHS:
        months |= {name: number for name in fold(words).split() if name not in months}
        whole_months.update(name for name in fold(words).split() if len(name) > 4)
    for number, words in _MORE_WEEKDAYS:
        weekdays |= {name: number for name in fold(words).split() if name not in weekdays}
    for number, words in _MORE_SHORT:
        for name in words.split():
            short.setdefault(name, set()).add(number)
    # Portuguese: "out" is October between a day and a year only; the grammar asks for a day beside it.
    months["out"] = 10
    sure = {key: frozenset(days) for key, days in short.items() if key not in weekdays}
    return Names(months, frozenset(whole_months), weekdays, sure)


def _in_cldr(what: Literal["months", "days"]) -> Iterator[tuple[str, int, str]]:
    """Width, number and name of each."""
    for language in LANGUAGES:
        known = getattr(Locale.parse(language), what)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                yield from ((width, number, name) for number, name in known[context][width].items())


def any_of(phrases: str) -> str:
    """A pattern for phrases parted by ``|``, folded; ``*`` stands for the rest of a word, a space for any space."""
    parts = sorted({fold(phrase.strip()) for phrase in phrases.split("|")} - {""}, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(part).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for part in parts) + ")"


def word(phrases: str) -> str:
    """``any_of``, as whole words."""
    return rf"(?<!\w){any_of(phrases)}(?!\w)"
