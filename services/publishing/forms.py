"""Forms beside sequences: found in their folder, checked, and published with the sequences whose messages name them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.files.bounded import MOST_OF_YAML, read_bounded
from sequences.checking import FileProblem
from sequences.checking.yaml_document import read_document
from sequences.forms.fields import needs_placement
from sequences.forms.form_file import is_form, read_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    from adapters.postgres.database import Connection
    from adapters.postgres.forms import FormVersion
    from sequences.forms.definition import FormDefinition
    from sequences.forms.form_file import FormReading
    from sequences.records.catalogue import FieldType


@dataclass(frozen=True)
class FormsFolder:
    """The forms of a folder.

    Attributes:
        good: by id.
        broken: problems of files with an error, by id, or by the name of the file where the id cannot be read. An id
            that several files have is broken: which of them is meant?
        files: by id, those that have it.
    """

    good: Mapping[str, FormDefinition]
    broken: Mapping[str, tuple[FileProblem, ...]]
    files: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)

    def about(self, record: str) -> frozenset[str]:
        """The forms that a message of a sequence about such a record may name."""
        return frozenset(name for name, form in self.good.items() if record == "placement" or not needs_placement(form))


def load_forms(folder: Path, custom: Mapping[str, FieldType]) -> FormsFolder:
    """Reads every form file of a folder; one that is not there has none. What is no form file is passed over."""
    good: dict[str, FormDefinition] = {}
    broken: dict[str, tuple[FileProblem, ...]] = {}
    files: dict[str, tuple[Path, ...]] = {}
    for file in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        try:
            text = read_bounded(file, MOST_OF_YAML).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        if read_document(text).readable and not is_form(text):
            continue
        reading = read_form(text, str(file), custom)
        name = reading.id or file.stem
        others = files.get(reading.id, ())
        if reading.form is not None and not others:
            good[name] = reading.form
        else:
            twins = [twin(reading, str(file), others[0])] if others else []
            broken[name] = (*broken.get(name, ()), *reading.problems, *twins)
            if twins:
                good.pop(name, None)
        if reading.id:
            files[reading.id] = (*others, file)
    return FormsFolder(good, broken, files)


def twin(reading: FormReading, file: str, other: Path) -> FileProblem:
    """What is wrong with a form file whose id another file has, too."""
    found = f"`{reading.id}` twice"
    return FileProblem(
        file, reading.line, reading.column, f"{other} has the same form.", found, "another id, or one file"
    )


async def publish_forms(
    connection: Connection, forms: Iterable[FormDefinition], at: datetime
) -> list[tuple[FormVersion, bool]]:
    """Publishes forms, in the caller's transaction; with each, whether it is new: the same again publishes nothing."""
    from adapters.postgres.forms import FormVersions  # noqa: PLC0415 - Postgres to publish, never to check a file

    versions = FormVersions()
    return [await versions.publish(connection, form, at) for form in forms]
