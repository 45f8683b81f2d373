"""The filters that a template may use, and what a missing field is.

A field that is absent, None or blank is *missing*: it prints nothing but an error, counts as false in a condition,
and passes through every filter until ``default`` catches it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import wraps
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, Undefined
from markupsafe import Markup, soft_str

from sequences.errors import TemplateError

DATE_STYLES = ("long", "day", "short", "weekday", "time", "iso")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_FIRST_HALF, "July", "August", "September", "October", "November", "December")


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


def _date(value: Any, style: str = "long") -> str:
    return format_date(value, style)


def format_date(value: object, style: str) -> str:
    """Writes a date for a person to read, in English and whatever the machine's locale.

    Args:
        value: a date, a date-time or either in ISO 8601.
        style: ``long`` Monday 14 June 2027, ``day`` Monday 14 June, ``short`` 14 June 2027, ``weekday`` Monday,
            ``time`` 09:30, ``iso`` 2027-06-14.

    Raises:
        TemplateError: ``value`` is no date.
    """
    day = _as_date(value)
    if style == "time":
        clock = day.timetz() if isinstance(day, datetime) else time()
        return f"{clock:%H:%M}"
    if style == "iso":
        return f"{day:%Y-%m-%d}"
    weekday, month = _DAYS[day.weekday()], _MONTHS[day.month - 1]
    written = {
        "long": f"{weekday} {day.day} {month} {day.year}",
        "day": f"{weekday} {day.day} {month}",
        "short": f"{day.day} {month} {day.year}",
        "weekday": weekday,
    }
    return written[style]


def _as_date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise TemplateError("the filter 'date' was given something that is not a date") from None


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
        if isinstance(value, Undefined):
            return value
        # Plain text in, plain text out: a filter must not smuggle unescaped HTML through Markup.
        return filter_(str(value) if isinstance(value, Markup) else value, *args)

    return checked


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "default": _default,
        "date": _passes_missing(_date),
        "upper": _passes_missing(lambda value: soft_str(value).upper()),
        "lower": _passes_missing(lambda value: soft_str(value).lower()),
        "capitalize": _passes_missing(_capitalize),
        "title": _passes_missing(_title),
        "trim": _passes_missing(lambda value: soft_str(value).strip()),
        "truncate": _passes_missing(_truncate),
        "urlencode": _passes_missing(lambda value: quote(soft_str(value), safe="")),
    }
)
# name -> (least, most) arguments after the value; one that is wrong shall show at publish and not at the first send
FILTER_ARGUMENTS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {name: {"default": (1, 1), "date": (0, 1), "truncate": (0, 1)}.get(name, (0, 0)) for name in FILTERS}
)
