"""Edits a sequence file: a step keeps one of its variants. Everything else stays letter by letter, comments too."""

from __future__ import annotations

from sequences.channels import CHANNELS
from sequences.editing.nodes import added, applied, named, pair_of, read, removed, span, value_of, written


def with_one_variant(text: str, step: str, variant: str) -> str:
    """The text of a good sequence file in which ``step`` says what ``variant`` says, and has no variants.

    What aliases (``*name``) share between steps is not followed: whoever asks reads the answer and compares.

    Raises:
        KeyError: the file has no such step or variant.
    """
    root = read(text)
    found = named(value_of(root, "steps"), "id", step)
    chosen = named(value_of(found, "variants"), "name", variant)
    channel = next(name for name in CHANNELS if pair_of(found, name) is not None)
    edits = [removed(text, found, "variants")]
    template, subject = pair_of(chosen, "template"), pair_of(chosen, "subject")
    if template is not None:
        edits.append((*span(value_of(found, channel)), written(text, template[1], found)))
    if subject is not None:
        words = written(text, subject[1], found)
        if pair_of(found, "subject") is not None:
            edits.append((*span(value_of(found, "subject")), words))
        else:
            edits.append(added(text, found, channel, f"subject: {words}"))
    return applied(text, edits)
