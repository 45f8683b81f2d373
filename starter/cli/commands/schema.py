"""``relance schema``: the JSON Schema of a sequence file."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

import sys


def schema() -> None:
    """Print the JSON Schema of a sequence file, for editors."""
    from sequences.definition.schema import schema_text

    # Bytes: the schema is UTF-8 whatever the terminal's encoding, as the committed file is.
    sys.stdout.flush()
    sys.stdout.buffer.write(schema_text().encode())
    sys.stdout.buffer.flush()
