"""Dates, times, numbers and money as the recipient's country writes them (CLDR, by way of babel)."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.dates import format_time, match_skeleton
from babel.numbers import format_currency, format_decimal, list_currencies

from sequences.errors import TemplateError

DATE_STYLES = ("long", "day", "short", "numeric", "weekday", "time", "iso")
DEFAULT_LANGUAGE = "en"
MOST_DIGITS = 6
# Python's own limit for a number as text; one of a billion digits would fill the memory when written out.
_LARGEST = Decimal(10) ** 15
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?")
_NO_BREAK = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u200f": None, "\u200e": None})
_BRITISH = Locale("en", "GB")


def locale_of(language: object, organisation: str = DEFAULT_LANGUAGE) -> Locale:
    """The locale of a recipient.

    Args:
        language: an ISO 639 code with or without a country (``de``, ``de-AT``, ``pt_BR``). Anything else, such as
            "German", is not guessed at.
        organisation: the organisation's own code; it serves who has none, and gives the country of those who speak its
            language. ``en`` alone is British.
    """
    return _locale(str(language).strip() if language else "", organisation)


@lru_cache(maxsize=1024)
def _locale(language: str, organisation: str) -> Locale:
    own = _parsed(organisation) or _BRITISH
    if own.language == "en" and not own.territory:
        own = _BRITISH
    found = _parsed(language)
    if found is None or (found.language == own.language and not found.territory):
        return own
    return _BRITISH if found.language == "en" and not found.territory else found


def is_language(code: str) -> bool:
    """True for a code that ``locale_of`` understands."""
    return _parsed(code) is not None


def _parsed(code: str) -> Locale | None:
    if not _CODE.fullmatch(code):
        return None
    for attempt in (code.replace("-", "_"), re.split("[-_]", code)[0]):
        try:
            return Locale.parse(attempt)
        except (UnknownLocaleError, ValueError):
            continue  # a country where nobody is known to speak it: the language alone
    return None


def format_date(value: object, style: str, locale: Locale = _BRITISH) -> str:
    """Writes a date for a person to read, whatever the machine's locale.

    Args:
        value: a date, a date-time or either in ISO 8601. A date-time is written with the clock it holds.
        style: in English ``long`` Monday 14 June 2027, ``day`` Monday 14 June, ``short`` 14 June 2027, ``numeric``
            14/06/2027, ``weekday`` Monday, ``time`` 09:30; ``iso`` 2027-06-14 in every language.
        locale: the recipient's.

    Raises:
        TemplateError: ``value`` is no date.
    """
    moment = _as_date(value)
    if style == "iso":
        return moment.isoformat()[:10]
    if style == "time":
        clock = moment.time() if isinstance(moment, datetime) else time()
        return _plain(format_time(clock, "short", locale=locale))
    day = moment.date() if isinstance(moment, datetime) else moment
    written = _plain(babel_date(day, _pattern(style, locale), locale))
    # CLDR's comma; nobody in Britain writes it.
    return written.replace(", ", " ", 1) if locale == _BRITISH and style == "long" else written


@lru_cache(maxsize=512)
def _pattern(style: str, locale: Locale) -> str:
    if style in {"long", "short"}:
        return {"long": "full", "short": "long"}[style]
    if style == "weekday":
        return "EEEE"
    wanted = {"day": "MMMMEEEEd", "numeric": "yMd"}[style]
    found = match_skeleton(wanted, locale.datetime_skeletons)
    pattern = locale.datetime_skeletons[found].pattern if found else "EEEE, d MMMM" if style == "day" else "y-MM-dd"
    if style == "day":
        # The nearest skeleton may hold short names (Mo., 14. Juni); here is room for whole ones.
        pattern = re.sub(r"E+", "EEEE", pattern)
        pattern = re.sub(r"([ML])\1{2,3}", r"\1\1\1\1", pattern)
    return str(pattern)


def format_number(value: object, locale: Locale, digits: int | None = None) -> str:
    """Writes a number with the separators of the locale.

    Args:
        value: a number, or text that Python reads as one.
        locale: the recipient's.
        digits: decimal places; None keeps those that are there, up to six.

    Raises:
        TemplateError: ``value`` is no number, or has more than 15 digits.
    """
    number = _as_number(value, "number")
    return _plain(format_decimal(number, format=_decimals("#,##0", digits), locale=locale))


def format_money(value: object, locale: Locale, currency: str, digits: int | None = None) -> str:
    """Writes an amount of money; ``digits`` replaces the currency's own number of decimal places.

    Raises:
        TemplateError: ``value`` is no number, or has more than 15 digits.
    """
    amount = _as_number(value, "money")
    if digits is None:
        return _plain(format_currency(amount, currency, locale=locale))
    pattern = str(locale.currency_formats["standard"].pattern)
    wanted = re.sub(r"0(?:\.0+)?", _decimals("0", digits), pattern)
    return _plain(format_currency(amount, currency, format=wanted, locale=locale, currency_digits=False))


def is_currency(code: object) -> bool:
    """True for an ISO 4217 code in capital letters."""
    return isinstance(code, str) and code in _currencies()


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _decimals(whole: str, digits: int | None) -> str:
    if digits is None:
        return f"{whole}.{'#' * MOST_DIGITS}"
    return whole + ("." + "0" * digits if digits else "")


def _plain(written: str) -> str:
    """With ordinary blanks: one no-break space makes a text message of 160 characters two of 70."""
    return written.translate(_NO_BREAK)


def _as_date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise TemplateError("the filter 'date' was given something that is not a date") from None


def _as_number(value: object, name: str) -> Decimal:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise TemplateError(f"the filter '{name}' was given something that is not a number") from None
    if not number.is_finite() or abs(number) >= _LARGEST or isinstance(value, bool):
        raise TemplateError(f"the filter '{name}' was given something that is not a number of at most 15 digits")
    return number
