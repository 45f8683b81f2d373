"""What the lines of a form brought that stand for follow-ups: those of ``templates/parts/follow_ups.html``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sequences.editing.follow_up_lines import LineChanges

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINE: Final = re.compile(r"do-(\d{1,3})-(.+)", re.ASCII)
"""``do-2-title``: a field of the third follow-up."""


def posted_lines(form: Mapping[str, str]) -> LineChanges:
    """What a form says of follow-ups; that one more comes is not in it."""
    fields: dict[int, dict[str, str]] = {}
    gone = set()
    for key, value in form.items():
        found = _LINE.fullmatch(key)
        if found is not None and found[2] == "gone":
            gone.add(int(found[1]))
        elif found is not None:
            fields.setdefault(int(found[1]), {})[found[2]] = value
    return LineChanges(fields, frozenset(gone))
