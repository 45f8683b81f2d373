"""The words with which programs write yes and no in a cell or a field, in small letters."""

from __future__ import annotations

YES = frozenset(
    {
        "true",
        "yes",
        "y",
        "1",
        "1.0",
        "x",
        "t",
        "on",
        "wahr",
        "ja",
        "j",
        "oui",
        "si",
        "sí",
        "sim",
        "vrai",
        "verdadero",
        "vero",
        "waar",
        "checked",
        "✓",
        "✔",
        "☑",
    }
)
NO = frozenset(
    {
        "false",
        "no",
        "n",
        "0",
        "0.0",
        "f",
        "off",
        "falsch",
        "nein",
        "non",
        "nee",
        "não",
        "nao",
        "faux",
        "falso",
        "onwaar",
        "unchecked",
        "☐",
    }
)
