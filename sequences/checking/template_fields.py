"""Which fields a short template (the title of a task) names, without a template engine.

Whole templates are checked by the template adapter; this one covers the few texts that stand in a sequence file.
"""

from __future__ import annotations

import re

from sequences.checking.problems import GrammarError

UNSUBSCRIBE_URL = "unsubscribe_url"
"""What an e-mail's template may name beside the fields of the catalogue: its own unsubscribe page."""

ALLOWED = "text with fields such as `{{ person.first_name }}` or `{{ person.first_name | default('there') }}`"
EXPRESSION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
INSIDE = re.compile(r"""\s*([a-z_]+(?:\.[a-z0-9_]+)*)\s*(?:\|\s*[a-z_]+\s*(?:\(\s*("[^"]*"|'[^']*'|\d*)\s*\))?\s*)*""")


def fields_in(text: str) -> set[str]:
    """Names of the fields in a text.

    Raises:
        GrammarError: braces that do not close, statements, or more than a field with filters inside the braces.
    """
    rest = EXPRESSION.sub("", text)
    if any(mark in rest for mark in ("{{", "}}", "{%", "%}", "{#", "#}")):
        raise GrammarError("The braces of a field do not close, or hold a statement.", f'"{text}"', ALLOWED)
    names = set()
    for inside in EXPRESSION.findall(text):
        match = INSIDE.fullmatch(inside)
        if match is None:
            raise GrammarError("Between the braces stands more than a field.", f'"{text}"', ALLOWED)
        names.add(match[1])
    return names
