"""Which fields a short template (the title of a task) names, without a template engine.

Whole templates are checked by the template adapter; this one covers the few texts that stand in a sequence file.
"""

from __future__ import annotations

import re

from sequences.errors import GrammarError

TEMPLATE_TEXT = "text with fields such as `{{ person.first_name }}` or `{{ person.first_name | default('there') }}`"
"""What may stand where a short template does, for messages."""
EXPRESSION = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
INSIDE = re.compile(r"""\s*([a-z_]+(?:\.[a-z0-9_]+)*)\s*(?:\|\s*[a-z_]+\s*(?:\(\s*("[^"]*"|'[^']*'|\d*)\s*\))?\s*)*""")


def fields_in(text: str) -> set[str]:
    """Names of the fields in a text.

    Raises:
        GrammarError: braces that do not close, statements, or more than a field with filters inside the braces.
    """
    rest = EXPRESSION.sub("", text)
    if any(mark in rest for mark in ("{{", "}}", "{%", "%}", "{#", "#}")):
        raise GrammarError("The braces of a field are not closed, or contain a statement.", f'"{text}"', TEMPLATE_TEXT)
    names = set()
    for inside in EXPRESSION.findall(text):
        match = INSIDE.fullmatch(inside)
        if match is None:
            raise GrammarError("The braces contain more than a field.", f'"{text}"', TEMPLATE_TEXT)
        names.add(match[1])
    return names
