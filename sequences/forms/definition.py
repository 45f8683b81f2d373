"""A form as authored: the models that a form file is read into and that published versions are stored as."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from sequences.definition.scalar_types import DefinitionPart, DurationText, Line, Slug

Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
MOST_FIELDS = 40
MOST_CHOICES = 100
MOST_FILES = 3


class FormField(DefinitionPart):
    """One question."""

    field: Line = Field(description="A field of the catalogue, such as person.available_from.")
    label: Line | None = Field(default=None, description="What the page calls it. Default: the catalogue's name.")
    help: Words | None = Field(default=None, description="A sentence below the label.")
    required: StrictBool = Field(default=False, description="Whether the form cannot be sent without it.")
    choices: tuple[Line, ...] = Field(default=(), max_length=MOST_CHOICES, description="The only answers there are.")
    lines: Annotated[int, Field(strict=True, ge=1, le=20)] = Field(default=1, description="Height of a text field.")
    prefill: StrictBool | None = Field(
        default=None, description="Whether the page shows what is known. Default: not for addresses and custom fields."
    )


class FormDefinition(DefinitionPart):
    """A page behind a personal link that writes fields and makes a reaction."""

    form: Slug = Field(description="The permanent id of the form.")
    name: Line = Field(description="What colleagues call it.")
    title: Line = Field(description="The heading of the page.")
    introduction: Words | None = Field(default=None, description="Text above the fields.")
    language: Line | None = Field(default=None, description="Language of the page, such as en or de.")
    fields: tuple[FormField, ...] = Field(min_length=1, max_length=MOST_FIELDS, description="The questions, in order.")
    consent: Words | None = Field(default=None, description="A line that the person must agree to.")
    button: Line | None = Field(default=None, description="Words on the button.")
    thank_you: Words = Field(description="What the page says after the form was sent.")
    valid_for: DurationText = Field(default="30 days", description="How long a link works after the message.")
    once: StrictBool = Field(default=False, description="Whether a link takes one answer only.")


def fingerprint(form: FormDefinition) -> str:
    """The same for the same content."""
    text = json.dumps(form.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
