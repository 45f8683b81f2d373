"""A published version as the files that its author wrote."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.templates.source import TemplateSource
from adapters.templates.template_files import files_of
from sequences.definition.yaml_text import yaml_text
from services.drafts.attached_file import AttachedFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Versions


@dataclass(frozen=True)
class PublishedFiles:
    """The files of a version.

    Attributes:
        version: its number.
        source: of the sequence; made from the definition where its file is not known, so without comments.
        templates: texts by path, such as ``bd/introduce.email.txt``.
        attachments: what templates attach or show, by path.
    """

    version: int
    source: str
    templates: Mapping[str, str]
    attachments: Mapping[str, AttachedFile]


async def published_files(
    connection: Connection, versions: Versions, sequence: str, number: int | None = None
) -> PublishedFiles:
    """The files of a version.

    Args:
        connection: reads only.
        versions: of sequences.
        sequence: its name.
        number: of the version; None: the newest.

    Raises:
        NotFoundError: it was never published.
    """
    version = await versions.get(connection, sequence, number)
    source = await queries.source_of(connection, sequence=sequence, version=version.version)
    templates: dict[str, str] = {}
    attachments: dict[str, AttachedFile] = {}
    for stored in version.templates.values():
        template = TemplateSource.from_json(stored)
        templates |= files_of(template)
        attachments |= {file.path: AttachedFile.of(base64.b64decode(file.data)) for file in template.files}
    text = source if source is not None else yaml_text(version.definition)
    return PublishedFiles(version.version, text, dict(sorted(templates.items())), attachments)
