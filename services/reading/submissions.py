"""Forms that came in, as people and programs see them: the answers, and links to the files that expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sequences.tokens import TokenKind, sign_until

if TYPE_CHECKING:
    from adapters.postgres import queries
    from services.organisation import Organisation

LINKS_WORK_FOR = timedelta(days=7)
"""How long a link to a file works. A list that is asked for again has new ones."""


@dataclass(frozen=True)
class FormLine:
    """A published form, by its newest version.

    Attributes:
        links: runs to which a link was sent.
        answered: of those, how many sent the form.
    """

    form: str
    name: str
    version: int
    published_at: datetime
    definition: dict[str, Any]
    links: int
    answered: int


@dataclass(frozen=True)
class UploadLine:
    """A file that came with a form. ``url`` works for a week; ``size`` in bytes."""

    field: str
    name: str
    kind: str
    size: int
    url: str


@dataclass(frozen=True)
class SubmissionLine:
    """An answer to a form.

    Attributes:
        number: 1 for the first one of a link; later ones are changes.
        answers: field to value; null: the person emptied it.
        consent: the line that the person agreed to, or null.
    """

    id: str
    form: str
    version: int
    number: int
    at: datetime
    person_id: str
    owner_id: str | None
    enrollment_id: str
    sequence: str
    answers: dict[str, Any]
    consent: str | None
    files: list[UploadLine]


def submission_line(row: queries.ListedSubmissionsRow, organisation: Organisation, now: datetime) -> SubmissionLine:
    """The line of a row, with links that work from now on."""

    def url(upload: str) -> str:
        token = sign_until(TokenKind.UPLOAD, upload, now + LINKS_WORK_FOR, organisation.key)
        return f"{organisation.public_url}/d/{token}"

    files = [UploadLine(file["field"], file["name"], file["kind"], file["size"], url(file["id"])) for file in row.files]
    return SubmissionLine(
        id=row.id,
        form=row.form,
        version=row.version,
        number=row.number,
        at=row.at,
        person_id=row.person_id,
        owner_id=row.owner_id,
        enrollment_id=row.enrollment_id,
        sequence=row.sequence,
        answers=row.answers,
        consent=row.consent,
        files=files,
    )
