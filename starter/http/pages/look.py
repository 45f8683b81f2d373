"""How pages look: the organisation's name, colour and logo, from the settings."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.settings import Settings

_DARK_INK, _LIGHT_INK = "#000000", "#ffffff"
_LIGHTER = 0.6


@dataclass(frozen=True)
class Accent:
    """A colour of buttons and marks, and what can be read on it. ``#rrggbb``."""

    light: str
    on_light: str
    dark: str
    on_dark: str


@dataclass(frozen=True)
class Look:
    """What every page has.

    Attributes:
        accent: None: the colours of the style sheet.
        logo: a ``data:`` URL, or empty.
    """

    company: str
    accent: Accent | None = None
    logo: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Look:
        """From the settings; they were checked when they were read."""
        return cls(settings.company, accent_of(settings.colour), _logo(settings.logo_file))


def accent_of(colour: str) -> Accent | None:
    """The colours of buttons for one colour of the organisation; None for an empty text."""
    if not colour:
        return None
    parts = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    lighter = tuple(round(part + (255 - part) * _LIGHTER) for part in parts)
    return Accent(colour, _ink_on(parts), "#" + "".join(f"{part:02x}" for part in lighter), _ink_on(lighter))


def _ink_on(colour: tuple[int, ...]) -> str:
    """Black or white, whichever has more contrast (WCAG 2.2): at least 4.5 to 1 on any colour."""
    on_white, on_black = 1.05 / (luminance(colour) + 0.05), (luminance(colour) + 0.05) / 0.05
    return _LIGHT_INK if on_white >= on_black else _DARK_INK


def luminance(colour: tuple[int, ...]) -> float:
    """The relative luminance of WCAG 2.2 of red, green and blue (0 to 255): 0 is black, 1 is white."""
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.03928 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}


def _logo(file: str) -> str:
    if not file:
        return ""
    path = Path(file)
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{_TYPES[path.suffix.lower()]};base64,{content}"
