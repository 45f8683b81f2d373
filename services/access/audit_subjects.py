"""What an entry of the audit log is about, by name: it stores ids alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class AuditSubject:
    """One thing that an entry is about.

    Attributes:
        kind: such as ``person``; ``name`` is a sequence. Empty: the entry does not say it so.
        id: of the record, or a word such as the name of a step.
        name: None: it has none, or is gone.
    """

    kind: str
    id: str
    name: str | None = None


async def audit_subjects(connection: Connection, subjects: Iterable[str]) -> Mapping[str, tuple[AuditSubject, ...]]:
    """What these subjects are about, each by what is stored, such as ``name:hello step:one``.

    Args:
        connection: in a transaction.
        subjects: of a page of the log.
    """
    parsed = {subject: tuple(_parts(subject)) for subject in subjects}
    asked = sorted({(each.kind, each.id) for parts in parsed.values() for each in parts if each.kind})
    if not asked:
        return parsed
    rows = await queries.audit_names(
        connection, kinds=[kind for kind, _ in asked], ids=[identity for _, identity in asked]
    )
    names = {(row.kind, row.id): row.name or None for row in rows}
    return {
        subject: tuple(AuditSubject(each.kind, each.id, names.get((each.kind, each.id))) for each in parts)
        for subject, parts in parsed.items()
    }


def _parts(subject: str) -> Iterable[AuditSubject]:
    words = subject.split(" ")
    if not all(word.partition(":")[2] for word in words):
        # Of an older release, or by hand: shown as it is.
        if subject:
            yield AuditSubject("", subject)
        return
    for word in words:
        kind, _, identity = word.partition(":")
        yield AuditSubject(kind, identity)
