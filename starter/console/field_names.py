"""Names of fields in sentences of programs, such as ``person.email: there is no @ in it``, as people call them."""

from __future__ import annotations

import re
from typing import Final

from sequences.records.catalogue import catalogue
from services.console.condition_words import field_labels

_NAME: Final = re.compile(
    r"(?<![\w.@/-])(?:person|placement|client|owner|sender|custom)\.[a-z][a-z0-9_]*(?![\w@]|\.\w)"
)
_LABELS: Final = {each.name: each.label for each in catalogue().fields.values()} | field_labels(catalogue())


def field_name(name: str) -> str:
    """What people call a field; of an own one what its name says."""
    return _LABELS.get(name) or name.partition(".")[2].replace("_", " ").capitalize()


def field_names(text: str) -> str:
    """A sentence with the names of its fields as people call them."""
    return _NAME.sub(lambda found: field_name(found[0]), text)
