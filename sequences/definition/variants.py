"""Variants of a step's message, as written in a sequence file."""

from __future__ import annotations

from pydantic import Field, StrictInt

from sequences.definition.scalar_types import DefinitionPart, Line, Slug, TemplateName

FEWEST, MOST = 2, 5
"""How many variants a step may have. More would share the people out so thinly that nothing could be told from them."""
HEAVIEST = 1_000


class Variant(DefinitionPart):
    """One wording of a step's message; what it does not say is as in the step itself."""

    name: Slug = Field(description="A short name: reports and `relance choose` refer to it.")
    weight: StrictInt = Field(
        default=1, ge=1, le=HEAVIEST, description="Its share, compared with the weights of the others. Default: 1."
    )
    subject: Line | None = Field(default=None, description="The subject of the e-mail. May name fields.")
    template: TemplateName | None = Field(default=None, description="The template in place of the step's.")
