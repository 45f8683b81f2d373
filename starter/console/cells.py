"""The name of its column on each cell of a table: narrow screens show lines as cards, without the head of the table."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Values are escaped, so these can only be tags of our templates.
_TAG: Final = re.compile(r"<(tr|td|th)\b(?![^>]*data-label)")


def label_cells(rows: Markup, columns: Sequence[Mapping[str, object]]) -> Markup:
    """Writes ``data-label`` into the cells of rows; a row that begins with its heading needs none there.

    Args:
        rows: of the body of a table.
        columns: of its head, each with ``label``.
    """
    places: Iterator[int] = count()

    def labelled(tag: re.Match[str]) -> str:
        nonlocal places
        if tag[1] == "tr":
            places = count()
            return tag[0]
        place = next(places)
        heads = tag[1] == "th" and place == 0
        label = (
            columns[place]["label"] if not heads and place < len(columns) and not columns[place].get("unseen") else ""
        )
        return f'{tag[0]} data-label="{escape(label)}"' if label else tag[0]

    return Markup(_TAG.sub(labelled, rows))  # noqa: S704 - of a template, with labels escaped
