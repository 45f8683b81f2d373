"""A file of people that somebody uploaded in the console: what it holds, and what is to be done with it."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.files.open_file import RowsFile, open_rows
from adapters.postgres import queries
from sequences.errors import NotFoundError, SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

MOST_ROWS: Final = 5_000
KINDS: Final = ("person", "placement", "client")
"""What the rows of a file can be."""
_NAME: Final = 100


@dataclass(frozen=True)
class ImportChoices:
    """What is done with a file.

    Attributes:
        kind: what the rows are: one of ``KINDS``.
        columns: header to field; an empty field leaves the column out. Empty: not chosen yet.
        dates: ``dmy | mdy``; empty: as the dates themselves say.
        sequence: that the people, or their placements, are enrolled in; empty: none.
        only_enroll: their records stay as they are.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""
    sequence: str = ""
    only_enroll: bool = False
    kind: str = "person"

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ImportChoices:
        """As they were stored."""
        return cls(**stored)


@dataclass(frozen=True)
class PeopleFile:
    """An uploaded file.

    Attributes:
        content: None: it was imported.
    """

    id: str
    user_id: str
    name: str
    content: bytes | None
    choices: ImportChoices

    @contextmanager
    def opened(self) -> Iterator[RowsFile]:
        """The file as rows, as long as the block lasts.

        Raises:
            SettingsError: it cannot be used; the message says why.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / self.name
            path.write_bytes(self.content or b"")
            source = open_rows(path, None, None)
            if source.rows > MOST_ROWS:
                raise SettingsError(f"{self.name} has {source.rows:,} rows; import {MOST_ROWS:,} at the most at once")
            yield source


@dataclass(frozen=True)
class Uploaded:
    """A file as it came; ``kind`` is one of ``KINDS``."""

    name: str
    content: bytes
    kind: str = "person"


async def upload(connection: Connection, user_id: str, uploaded: Uploaded, now: datetime) -> PeopleFile:
    """Stores a file; it must be one of rows.

    Raises:
        SettingsError: it cannot be used.
    """
    # A path of another system is no name of ours.
    plain = uploaded.name.replace("\\", "/").rpartition("/")[2].replace("\x00", "")[-_NAME:].strip(". ") or "file"
    choices = ImportChoices(kind=uploaded.kind)
    file = PeopleFile(f"f{secrets.token_hex(16)}", user_id, plain, uploaded.content, choices)
    with file.opened():
        pass
    await queries.add_people_file(connection, id=file.id, user_id=user_id, name=plain, content=uploaded.content, at=now)
    await choose(connection, file, choices)
    return file


async def people_file(connection: Connection, identity: str, user_id: str) -> PeopleFile:
    """A file of that user.

    Raises:
        NotFoundError: there is none, or it is another user's.
    """
    row = await queries.people_file(connection, id=identity, user_id=user_id)
    if row is None:
        raise NotFoundError("this file is not there any more; upload it again")
    return PeopleFile(row.id, row.user_id, row.name, row.content, ImportChoices.of(row.choices))


async def choose(connection: Connection, file: PeopleFile, choices: ImportChoices) -> None:
    """Stores what is to be done with it."""
    await queries.choose_for_people_file(
        connection, id=file.id, user_id=file.user_id, choices=asdict(choices) | {"columns": dict(choices.columns)}
    )
