"""Parts of the addresses of pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from sequences import ids

Named = Annotated[str, Path(pattern=ids.SLUG, max_length=100)]
"""A sequence in the path, by its id."""
StepName = Annotated[str, Path(pattern=ids.SLUG, max_length=100)]
"""A step in the path, by its id in the sequence."""
SlugAsked = Annotated[str, Query(pattern=ids.SLUG, max_length=100)]
"""An id in the query: of a sequence, a step or a wording."""
