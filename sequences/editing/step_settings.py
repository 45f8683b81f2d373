"""What else a step says, as the fields of a form, and back: its own subject, its message, and its own times.

A key of ``schedule`` that is written as null, or in a way that a form cannot say, stays as it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sequences.channels import CHANNELS
from sequences.definition.clock_text import parse_range
from sequences.definition.steps import ANY_TIME, ScheduleBlock
from sequences.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Mapping

AS_THE_SEQUENCE: Final = ""
FROM_TO: Final = "from_to"
KEYS: Final = tuple(ScheduleBlock.model_fields)
"""Of ``schedule``: each has a field in the form."""


@dataclass(frozen=True)
class OwnTimes:
    """The step's own times; empty: as for the whole sequence.

    Attributes:
        window: ``any``, ``from_to`` or empty.
        opens: of ``from_to``, as ``09:00``.
        closes: of ``from_to``.
        weekdays_only: ``yes``, ``no`` or empty.
        timezone: ``recipient``, the name of a zone, or empty.
        holidays: a country or a part of one, or empty.
        if_past: ``skip``, ``send`` or empty.
        text_from: when text messages begin; empty with ``text_to``: as for the whole sequence.
        unsaid: keys of which a form cannot say what is written.
    """

    window: str = AS_THE_SEQUENCE
    opens: str = ""
    closes: str = ""
    weekdays_only: str = AS_THE_SEQUENCE
    timezone: str = ""
    holidays: str = ""
    if_past: str = AS_THE_SEQUENCE
    text_from: str = ""
    text_to: str = ""
    unsaid: tuple[str, ...] = ()


def step_times(written: object) -> OwnTimes | None:
    """The fields for what a file says; None: a form cannot say it."""
    if written is None:
        return OwnTimes()
    if not isinstance(written, dict):
        return None
    said: dict[str, Any] = {}
    unsaid = [key for key, value in written.items() if not _read(key, value, said)]
    return OwnTimes(**said, unsaid=tuple(unsaid))


def written_times(before: object, wanted: OwnTimes) -> dict[str, Any] | None:
    """What a file says for a form; None: nothing. What is as it was stays as it is written."""
    said = before if isinstance(before, dict) else {}
    was = step_times(before) or OwnTimes()
    known, values = _values(was), _values(wanted)
    after: dict[str, Any] = {}
    for key in (*said, *(key for key in KEYS if key not in said)):
        if key in was.unsaid or (key in said and values.get(key) == known.get(key)):
            after[key] = said[key]
        elif values.get(key) is not None:
            after[key] = values[key]
    return after or None


def channel_of(values: Mapping[str, Any]) -> str:
    """The channel that a step sends on; empty: it sends nothing."""
    return next((str(name) for name in CHANNELS if values.get(name) is not None), "")


def _values(times: OwnTimes) -> dict[str, Any]:
    """What each key would say; None: it is not there."""
    window = f"{times.opens}-{times.closes}" if times.window == FROM_TO and times.opens and times.closes else None
    texts = f"{times.text_from}-{times.text_to}" if times.text_from and times.text_to else None
    return {
        "timezone": times.timezone or None,
        "window": ANY_TIME if times.window == ANY_TIME else window,
        "weekdays_only": {"yes": True, "no": False}.get(times.weekdays_only),
        "holidays": times.holidays or None,
        "if_past": times.if_past or None,
        "texting_hours": texts,
    }


def _read(key: str, value: object, said: dict[str, Any]) -> bool:
    """Reads one key; False: a form cannot say it."""
    known = {
        "weekdays_only": isinstance(value, bool),
        "if_past": value in ("skip", "send"),
        "window": value == ANY_TIME,
    }
    if key in ("window", "texting_hours") and value != ANY_TIME:
        ends = _ends(value[0] if isinstance(value, list) and len(value) == 1 else value)
        if ends is not None:
            opens, closes = ends
            of_texts = {"text_from": opens, "text_to": closes}
            said |= {"window": FROM_TO, "opens": opens, "closes": closes} if key == "window" else of_texts
        return ends is not None
    if not known.get(key, key in ("timezone", "holidays") and isinstance(value, str)):
        return False
    said[key] = value if isinstance(value, str) else "yes" if value else "no"
    return True


def _ends(text: object) -> tuple[str, str] | None:
    """Where a range begins and ends; None: it is none, or ends where a field of a form cannot."""
    try:
        parse_range(text)  # type: ignore[arg-type]
    except (GrammarError, AttributeError, TypeError):
        return None
    opens, _, closes = str(text).partition("-")
    ends = opens.strip().zfill(5), closes.strip().zfill(5)
    return None if "24:00" in ends else ends
