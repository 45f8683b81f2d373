"""The filters that a template may use, and what a missing field is.

A field that is absent, None or blank is *missing*: it prints nothing but an error, counts as false in a condition,
and passes through every filter until ``default`` catches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from babel import Locale
from jinja2 import StrictUndefined, Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, soft_str

from adapters.templates.locale import DATE_STYLES, MOST_DIGITS, format_date, format_money, format_number, is_currency

LOCALE = "_locale"
"""The name under which the recipient's locale stands in the context; a template cannot say a name that begins so."""


class Placeholder(str):
    """Stands for a missing field while the other missing ones are looked for; every filter lets it through."""

    __slots__ = ()


class Missing(StrictUndefined):
    """A missing field. Printing it raises jinja's ``UndefinedError`` whose message is the field's name."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_name)

    # StrictUndefined refuses to be asked anything; a condition may ask, and hears that there is nothing.
    def __bool__(self) -> bool:  # type: ignore[override]
        return False

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:  # type: ignore[override]
        return not self == other

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(Missing)

    def _never(self, _other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _never  # type: ignore[assignment]


def _default(value: Any, fallback: Any) -> Any:
    return fallback if isinstance(value, Undefined) or value is None or not soft_str(value).strip() else value


@pass_context
def _date(context: Context, value: Any, style: str = "long") -> str:
    return format_date(value, style, _locale(context))


@pass_context
def _time(context: Context, value: Any) -> str:
    return format_date(value, "time", _locale(context))


@pass_context
def _weekday(context: Context, value: Any) -> str:
    return format_date(value, "weekday", _locale(context))


@pass_context
def _number(context: Context, value: Any, digits: int | None = None) -> str:
    return format_number(value, _locale(context), digits)


@pass_context
def _money(context: Context, value: Any, currency: str, digits: int | None = None) -> str:
    return format_money(value, _locale(context), currency, digits)


@pass_context
def printed(context: Context, value: Any) -> Any:
    """What a value without filter looks like: a date in words, everything else as it is."""
    return format_date(value, "short", _locale(context)) if isinstance(value, date) else value


def _locale(context: Context) -> Locale:
    found = context.get(LOCALE)
    assert isinstance(found, Locale)
    return found


def _truncate(value: Any, length: int = 80) -> str:
    text = soft_str(value)
    if len(text) <= length:
        return text
    cut = text[: max(length - 1, 0)]
    whole_words = cut if text[len(cut)].isspace() or " " not in cut else cut.rsplit(" ", 1)[0]
    return whole_words.rstrip() + "…"


def _title(value: Any) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in soft_str(value).split(" "))


def _capitalize(value: Any) -> str:
    text = soft_str(value)
    return text[:1].upper() + text[1:]


def _passes_missing(filter_: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(filter_)
    def checked(value: Any, *args: Any) -> Any:
        if isinstance(value, Undefined | Placeholder):
            return value
        # Plain text in, plain text out: a filter must not smuggle unescaped HTML through Markup.
        return filter_(str(value) if isinstance(value, Markup) else value, *args)

    return checked


def _passes_missing_with_context(filter_: Callable[..., Any]) -> Callable[..., Any]:
    # `wraps` keeps the mark by which jinja knows that a filter wants the context first.
    @wraps(filter_)
    def checked(context: Context, value: Any, *args: Any) -> Any:
        return value if isinstance(value, Undefined | Placeholder) else filter_(context, value, *args)

    return checked


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "default": _default,
        "date": _passes_missing_with_context(_date),
        "time": _passes_missing_with_context(_time),
        "weekday": _passes_missing_with_context(_weekday),
        "number": _passes_missing_with_context(_number),
        "money": _passes_missing_with_context(_money),
        "upper": _passes_missing(lambda value: soft_str(value).upper()),
        "lower": _passes_missing(lambda value: soft_str(value).lower()),
        "capitalize": _passes_missing(_capitalize),
        "title": _passes_missing(_title),
        "trim": _passes_missing(lambda value: soft_str(value).strip()),
        "truncate": _passes_missing(_truncate),
        "urlencode": _passes_missing(lambda value: quote(soft_str(value), safe="")),
    }
)
_ARGUMENTS = {"default": (1, 1), "date": (0, 1), "truncate": (0, 1), "number": (0, 1), "money": (1, 2)}
# name -> (least, most) arguments after the value; one that is wrong shall show at publish and not at the first send
FILTER_ARGUMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {name: _ARGUMENTS.get(name, (0, 0)) for name in FILTERS}
)


def argument_problem(name: str, values: Sequence[object]) -> str | None:
    """What is wrong with the constant arguments of a filter; ``None`` stands for one that is no constant."""
    if name == "date" and values and values[0] not in DATE_STYLES:
        return f"unknown date style {values[0]!r}; allowed are {', '.join(DATE_STYLES)}"
    if name == "truncate" and values and type(values[0]) is not int:
        return "the filter 'truncate' takes a number of characters"
    if name == "money" and not is_currency(values[0]):
        return "the filter 'money' takes a currency's three letters, such as money('GBP')"
    digits = values[1:] if name == "money" else values if name == "number" else ()
    if any(type(each) is not int or not 0 <= each <= MOST_DIGITS for each in digits):
        return f"the filter '{name}' takes a number of decimal places, 0 to {MOST_DIGITS}"
    return None
