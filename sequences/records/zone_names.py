"""Names of time zones as other systems write them: IANA's in any case, Windows' by CLDR's table, and why not others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sequences.author_messages import did_you_mean
from sequences.errors import RefusedError, RequestRefused
from sequences.planning.zones import is_zone, zone_names

_OFFSET = re.compile(r"\(?(?:utc|gmt|zulu|z)?\)?\s*[+\-\u2212]\s*\d.*", re.IGNORECASE)
_ABBREVIATION = re.compile(r"[a-z]{1,5}(?:\d{1,2}[a-z]{3,4})?", re.IGNORECASE)
_PLACES = "write a place of the IANA list, such as Europe/Paris or America/New_York"


@lru_cache(maxsize=4096)
def known_zone(name: str) -> str | None:
    """Return the IANA name that ``name`` stands for, or None.

    An IANA name is itself, deprecated ones and all that ``tzdata`` has; in another case, or with a space for the
    underscore, it is the one so spelled. A Windows name (``Eastern Standard Time``) is the zone that CLDR gives it, and
    so is its summer name. Fixed offsets are none, Windows' own (``UTC-11``) neither: they know no summer time.
    """
    text = " ".join(name.split())
    if is_zone(text):
        return text
    folded = text.casefold()
    found = _by_case().get(folded.replace(" ", "_"))
    if found is not None or _OFFSET.fullmatch(folded):
        return found
    return _windows().get(folded) or _windows().get(folded.replace(" daylight time", " standard time"))


def read_zone(field: str, name: str) -> str:
    """Return the IANA name to store for ``name``.

    Args:
        field: whose value it is, for the message.
        name: as the CRM or a file has it.

    Raises:
        RefusedError: nobody knows such a zone; the message says what to write.
    """
    found = known_zone(name)
    if found is None:
        raise RefusedError(RequestRefused.INVALID, f"{field}: {_why_not(' '.join(name.split()))}")
    return found


@lru_cache(maxsize=1024)
def _why_not(text: str) -> str:
    """Kept, for a file may say the same wrong name in every row."""
    if _OFFSET.fullmatch(text):
        return f"an offset is not a time zone, because it has no summer time; {_PLACES}"
    if _ABBREVIATION.fullmatch(text):
        return f"an abbreviation does not say where that is; {_PLACES}"
    return f"unknown time zone; {_PLACES}.{did_you_mean(text[:60], sorted(zone_names()))}"


@lru_cache(maxsize=1)
def _by_case() -> Mapping[str, str]:
    return {name.casefold(): name for name in zone_names()}


@lru_cache(maxsize=1)
def _windows() -> Mapping[str, str]:
    """CLDR's ``windowsZones``, for the whole world (territory 001), by folded name."""
    from babel.core import get_global  # noqa: PLC0415 - only for who meets a name that is not IANA's

    table: Mapping[str, str] = get_global("windows_zone_mapping")
    return {name.casefold(): zone for name, zone in table.items() if is_zone(zone)}
