"""Forms beside sequences: found in their folder, checked, and published with the sequences whose messages name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.forms.fields import needs_placement
from sequences.forms.form_file import is_form, read_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from adapters.postgres.database import Connection
    from adapters.postgres.forms import FormVersion
    from sequences.checking import FileProblem
    from sequences.forms.definition import FormDefinition
    from sequences.records.catalogue import FieldType


@dataclass(frozen=True)
class FormsFolder:
    """The forms of a folder.

    Attributes:
        good: by id.
        broken: problems of files with an error, by id as far as that can be read.
    """

    good: Mapping[str, FormDefinition]
    broken: Mapping[str, tuple[FileProblem, ...]]

    def about(self, record: str) -> frozenset[str]:
        """The forms that a message of a sequence about such a record may name."""
        return frozenset(name for name, form in self.good.items() if record == "placement" or not needs_placement(form))


def load_forms(folder: Path, custom: Mapping[str, FieldType]) -> FormsFolder:
    """Reads every form file of a folder; one that is not there has none. What is no form file is passed over."""
    good: dict[str, FormDefinition] = {}
    broken: dict[str, tuple[FileProblem, ...]] = {}
    for file in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        if not is_form(text):
            continue
        reading = read_form(text, str(file), custom)
        if reading.form is not None:
            good.setdefault(reading.form.form, reading.form)
        else:
            broken[file.stem] = reading.problems
    return FormsFolder(good, broken)


async def publish_forms(
    connection: Connection, forms: Iterable[FormDefinition], at: datetime
) -> list[tuple[FormVersion, bool]]:
    """Publishes forms, in the caller's transaction; with each, whether it is new: the same again publishes nothing."""
    from adapters.postgres.forms import FormVersions  # noqa: PLC0415 - Postgres to publish, never to check a file

    versions = FormVersions()
    return [await versions.publish(connection, form, at) for form in forms]
