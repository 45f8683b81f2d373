"""The line that tells a person how to get no more texts, put under the first one that a sender writes to them.

Carriers' rules and the law of several countries want it there; every text would carry
a line that nobody reads twice, and would pay for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sequences.errors import SettingsError
from sequences.sms.stop_words import names_stop

DEFAULT_LINE: Final = "Reply STOP to opt out"
MAX_LINE: Final = 120
"""Characters. A longer one would turn most texts into one segment more."""

_VARIANT = re.compile(r"(?P<language>[A-Za-z]{2,3})\s*:\s*(?P<line>.+)", re.DOTALL)
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z])")
_WORD = re.compile(r"\w+")
# "STOP" in capitals is an instruction in every language we have seen it in; "STOP BY" is an invitation.
_CAPITALS = re.compile(r"\bSTOP\b(?!\s+(?:BY|AT|IN)\b)")
_ASKED = re.compile(
    r"\b(?:reply|text|txt|send|sms|type|answer|repond(?:s|ez|re)|envoye[rz]|antworte[nt]?|sende[nt]?|schreibe[nt]?|"
    r"responde[r]?|responda|envi[ae]r?|rispond[ai]|invia|stuur|antwoord|svara|svar|odpisz|wyslij)"
    r"(?:\s+\w+)?\s+[\"'“”‘’«»„]*stop\b",
    re.IGNORECASE,
)


def parse_lines(setting: str) -> dict[str, str]:
    """Reads the words of the line, by language.

    Args:
        setting: ``Reply STOP to opt out``, or with other languages after it:
            ``Reply STOP to opt out | de: Abmelden mit STOP``. Empty: no line at all.

    Returns:
        Language (ISO 639, lower case) to line; the one without language is under the empty name.

    Raises:
        SettingsError: no line for everybody else, a language twice, a line that names no word which we take for a STOP,
            or one that is too long.
    """
    lines: dict[str, str] = {}
    for part in (part.strip() for part in setting.split("|")):
        if not part:
            continue
        variant = _VARIANT.fullmatch(part)
        language = variant["language"].lower() if variant else ""
        line = " ".join((variant["line"] if variant else part).split())
        if language in lines:
            raise SettingsError(f"the opt-out line of texts has two versions for {language or 'everybody'}")
        if len(line) > MAX_LINE:
            raise SettingsError(f"the opt-out line of texts may have {MAX_LINE} characters, not {len(line)}")
        if not any(names_stop(word) for word in _WORD.findall(line)):
            raise SettingsError("the opt-out line of texts must name the word to reply with, such as STOP")
        lines[language] = line
    if lines and "" not in lines:
        raise SettingsError("the opt-out line of texts must begin with the one for every other language")
    return lines


def line_for(lines: Mapping[str, str], language: str | None) -> str:
    """The line in a person's language (``de``, ``de-AT``), else the one for everybody; empty when it is off."""
    named = _LANGUAGE.match(language or "")
    return lines.get(named[1].lower(), lines.get("", "")) if named else lines.get("", "")


def explains_opt_out(text: str) -> bool:
    """Whether ``text`` says by itself how to opt out: "STOP" in capitals, or "reply stop" in a common language."""
    shouted = text == text.upper()
    return _ASKED.search(text) is not None or (not shouted and _CAPITALS.search(text) is not None)


def with_line(text: str, line: str) -> str:
    """``text`` with ``line`` under it. A text that tells it already, or no line, changes nothing."""
    if not line or explains_opt_out(text) or line.casefold() in text.casefold():
        return text
    return f"{text.rstrip()}\n{line}"
