"""How values and names are written in a message for the author of a file: short, on one line, with the nearest name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def shown(value: object) -> str:
    """A value as an author recognises it, in one short line."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping with " + listed(str(key) for key in value) if value else "an empty mapping"
        case list() | tuple():
            return f"a list of {len(value)}" if value else "an empty list"
        case str():
            text = value if len(value) <= 80 else value[:77] + "..."
            return '"' + "".join(c if c.isprintable() else " " for c in text) + '"'
        case _:
            return str(value)[:80]


def listed(names: Iterable[str], limit: int = 40) -> str:
    """Names with commas between them; the rest is counted when there are more than ``limit``."""
    every = list(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(f"`{name}`" for name in every[:limit]) + more


def did_you_mean(found: object, allowed: Iterable[str]) -> str:
    """`` Did you mean `x`?`` with a leading space, or nothing when no allowed name is close."""
    by_lower = {name.lower(): name for name in allowed}
    close = difflib.get_close_matches(str(found).lower(), list(by_lower), n=1, cutoff=0.6)
    return f" Did you mean `{by_lower[close[0]]}`?" if close else ""
