"""Writes what is made from the code: the catalogue in ``docs/events.md``, and ``docs/events.schema.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from sequences.events.catalogue import catalogue, schema

DOCS: Final = Path(__file__).parents[1]
_BEGIN: Final = "<!-- catalogue: make toc -->"
_END: Final = "<!-- end of the catalogue -->"


def schema_text() -> str:
    """The file of the schema."""
    return json.dumps(schema(), indent=2) + "\n"


def page(text: str) -> str:
    """The page with today's catalogue in it."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    parts = [
        f"### {each.name}\n\n{each.words}\n\n```json\n{json.dumps(each.example, indent=2)}\n```\n"
        for each in catalogue()
    ]
    return f"{before}{_BEGIN}\n\n" + "\n".join(parts) + f"\n{_END}{after}"


def main() -> None:
    """Writes both."""
    (DOCS / "events.schema.json").write_text(schema_text())
    file = DOCS / "events.md"
    file.write_text(page(file.read_text()))


if __name__ == "__main__":
    main()
