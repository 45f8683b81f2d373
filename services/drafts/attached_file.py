"""A file that the templates of a draft attach or show; its bytes lie beside the draft, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.errors import NotFoundError, RelanceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class AttachedFile:
    """A file.

    Attributes:
        sha256: of the content, in hex.
        size: of the content, in bytes.
        content: None: it was not read from Postgres.
    """

    sha256: str
    size: int
    content: bytes | None = None

    @classmethod
    def of(cls, content: bytes) -> AttachedFile:
        """The file of that content."""
        return cls(hashlib.sha256(content).hexdigest(), len(content), content)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> AttachedFile:
        """As it is kept with a draft."""
        return cls(stored["sha256"], stored["size"])

    def to_json(self) -> dict[str, Any]:
        """The way back of ``from_json``."""
        return {"sha256": self.sha256, "size": self.size}

    def read(self) -> bytes:
        """The content.

        Raises:
            RelanceError: it was not read from Postgres: ``read_contents`` does.
        """
        if self.content is None:
            raise RelanceError("the content of this file was not read")
        return self.content


async def read_contents(
    connection: Connection, sequence: str, files: Mapping[str, AttachedFile]
) -> dict[str, AttachedFile]:
    """The same files with their contents.

    Args:
        connection: reads only.
        sequence: of the draft.
        files: by path.

    Raises:
        NotFoundError: the draft was published or discarded meanwhile.
    """
    wanted = sorted({file.sha256 for file in files.values() if file.content is None})
    rows = await queries.draft_files(connection, sequence=sequence, hashes=wanted) if wanted else []
    read = {row.sha256: row.content for row in rows}
    if len(read) != len(wanted):
        raise NotFoundError("the draft was published or discarded meanwhile")
    return {
        path: file if file.content is not None else replace(file, content=read[file.sha256])
        for path, file in files.items()
    }


async def keep_contents(connection: Connection, sequence: str, files: Mapping[str, AttachedFile]) -> None:
    """Keeps the contents of files that are new to a draft.

    Args:
        connection: in a transaction that wrote the draft's row.
        sequence: of the draft.
        files: by path; what has no content is kept already.
    """
    for file in {file.sha256: file for file in files.values() if file.content is not None}.values():
        await queries.put_draft_file(connection, sequence=sequence, sha256=file.sha256, content=file.read())
