"""In which languages the pages for recipients are written, and which one a reader gets."""

from __future__ import annotations

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv")
"""ISO 639-1. The first one is for everybody else."""
_LONGEST = 1_000


def known_language(text: str | None) -> str | None:
    """The language of a code such as ``de-AT`` or ``pt_BR``, if pages are written in it."""
    short = (text or "").strip().lower().replace("_", "-").partition("-")[0]
    return short if short in LANGUAGES else None


def page_language(*preferred: str | None, accept: str = "") -> str:
    """The first preferred language that pages have, else the reader's browser's, else English.

    Args:
        preferred: codes, the most important first.
        accept: the header ``Accept-Language``.
    """
    found = next((language for code in preferred if (language := known_language(code))), None)
    return found or next(iter(_accepted(accept)), LANGUAGES[0])


def _accepted(header: str) -> list[str]:
    weighed: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:_LONGEST].split(",")):
        code, _, parameters = part.partition(";")
        language = known_language(code)
        weight = _weight(parameters)
        if language is not None and weight > 0:
            weighed.append((-weight, position, language))
    return [language for _, _, language in sorted(weighed)]


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(float(value), 1.0)
    except ValueError:
        return 0.0
