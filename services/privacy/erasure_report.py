"""What erasing a person comes to: what was erased, table by table, what stays and why. No personal data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.personal_tables import PERSONAL_TABLES, EraseAct
from sequences.number_words import number_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROWS: Final = "rows:"
"""Before the name of a table, in what is counted."""
UPLOADS: Final = "uploads"
PEOPLE_FILES: Final = "people_files"
REHEARSALS: Final = "rehearsals"
RUNS: Final = "runs"
HISTORIES: Final = "histories"
ADDRESSES: Final = "addresses"
SHARED: Final = "shared"

_OUTSIDE: Final = (
    "mailboxes: what was sent and received is still there, and backups of the database",
    "exports of the person, wherever somebody saved them",
    "answers of forms of the console: sealed, gone an hour after they were sent",
)


@dataclass(frozen=True)
class ErasedTable:
    """Rows of a table that were deleted, or lost what is personal.

    Attributes:
        act: ``delete | empty``.
        why: why emptied rows stay; empty for deleted ones.
    """

    table: str
    title: str
    act: str
    rows: int
    why: str


@dataclass(frozen=True)
class KeptTable:
    """Rows that stay as they are, and why."""

    table: str
    title: str
    rows: int
    why: str


@dataclass(frozen=True)
class ErasedFiles:
    """Files and what else is no row about the person.

    Attributes:
        uploads: files that came by forms.
        people_files: uploaded tables of people that held the person; whoever uploaded one has to do so again.
        rehearsals: results of rehearsals that named the person.
    """

    uploads: int = 0
    people_files: int = 0
    rehearsals: int = 0


@dataclass(frozen=True)
class ErasureReport:
    """What became of a request to erase a person.

    Attributes:
        person: id; of who was merged into another, that of the survivor.
        merged: ids of those who were merged into this person, and are erased too.
        asked_at: UTC.
        done_at: UTC; None: not erased yet.
        may_be_contacted_again: False: whoever comes with one of the addresses is not contacted.
        runs: that were stopped for it.
        tables: what was erased.
        kept: what stays.
        files: what was erased beside rows.
        histories: of workflows in Temporal, that were deleted.
        histories_left: why histories stay, which hold ids and instants alone; empty: none does.
        addresses: how many are remembered as keyed hashes.
        shared: how many addresses another person has too: what came from there without an enrollment stays.
        exports: how often somebody saved an export of the person.
        not_ours: where copies may be that Relance does not reach.
    """

    person: str
    merged: list[str]
    asked_at: datetime
    done_at: datetime | None
    may_be_contacted_again: bool
    runs: int
    tables: list[ErasedTable]
    kept: list[KeptTable]
    files: ErasedFiles
    histories: int
    histories_left: str
    addresses: int
    shared: int
    exports: int
    not_ours: tuple[str, ...] = _OUTSIDE

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ErasureReport:
        """As it was stored."""
        moments = {
            name: datetime.fromisoformat(stored[name]) if stored[name] else None for name in ("asked_at", "done_at")
        }
        lists = {
            "tables": [ErasedTable(**each) for each in stored["tables"]],
            "kept": [KeptTable(**each) for each in stored["kept"]],
            "files": ErasedFiles(**stored["files"]),
            "not_ours": tuple(stored["not_ours"]),
        }
        return cls(**{**stored, **moments, **lists})

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        moments = {
            name: at.isoformat() if at else None
            for name, at in (("asked_at", self.asked_at), ("done_at", self.done_at))
        }
        return {**asdict(self), **moments, "not_ours": list(self.not_ours)}


@dataclass(frozen=True)
class Erased:
    """Whose erasing a report is about.

    Attributes:
        person: id.
        merged: ids.
        asked_at: UTC.
        done_at: UTC; None: not erased yet.
        may_be_contacted_again: as it was asked.
    """

    person: str
    merged: Sequence[str]
    asked_at: datetime
    done_at: datetime | None
    may_be_contacted_again: bool


@dataclass(frozen=True)
class Beside:
    """What a report says beside the counts.

    Attributes:
        kept: rows that stay as they are, by table.
        exports: that somebody saved.
        histories_left: why histories stay.
    """

    kept: Mapping[str, int]
    exports: int
    histories_left: str = ""


def report_of(erased: Erased, counts: Mapping[str, int], beside: Beside) -> ErasureReport:
    """The report on an erasure.

    Args:
        erased: whose, and when.
        counts: what was erased, or would be.
        beside: the rest.
    """
    titles = {table.name: table for table in PERSONAL_TABLES}
    tables = [
        ErasedTable(name, table.title, str(table.erasing.act), number, table.erasing.why)
        for name, table in titles.items()
        if (number := counts.get(f"{ROWS}{name}", 0))
    ]
    kept = [
        KeptTable(name, table.title, number, table.erasing.why)
        for name, table in titles.items()
        if table.erasing.act is EraseAct.KEEP and (number := beside.kept.get(name, 0))
    ]
    files = ErasedFiles(counts.get(UPLOADS, 0), counts.get(PEOPLE_FILES, 0), counts.get(REHEARSALS, 0))
    return ErasureReport(
        person=erased.person,
        merged=list(erased.merged),
        asked_at=erased.asked_at,
        done_at=erased.done_at,
        may_be_contacted_again=erased.may_be_contacted_again,
        runs=counts.get(RUNS, 0),
        tables=tables,
        kept=kept,
        files=files,
        histories=counts.get(HISTORIES, 0),
        histories_left=beside.histories_left,
        addresses=counts.get(ADDRESSES, 0),
        shared=counts.get(SHARED, 0),
        exports=beside.exports,
    )


def readable(report: ErasureReport) -> str:
    """The report as a text for people."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: ErasureReport) -> Iterator[str]:
    done = report.done_at
    if done is not None:
        yield f"{report.person} is erased, since {done:%Y-%m-%d %H:%M} UTC."
    else:
        yield f"What erasing {report.person} would do. Nothing is changed."
    if report.merged:
        yield f"With what was stored as {', '.join(report.merged)}."
    yield ""
    yield "Erased:" if done is not None else "To be erased:"
    words = {EraseAct.DELETE: "deleted", EraseAct.EMPTY: "emptied"}
    for table in report.tables:
        why = f"; stays: {table.why}" if table.why else ""
        yield f"  {table.title} ({table.table}): {number_of(table.rows, 'row')} {words[EraseAct(table.act)]}{why}"
    if not report.tables:
        yield "  no rows"
    for number, what in (
        (report.files.uploads, "uploaded file"),
        (report.files.people_files, "uploaded table of people"),
        (report.files.rehearsals, "result of a rehearsal"),
        (report.runs, "open run, stopped"),
        (report.histories, "history in Temporal"),
    ):
        if number:
            yield f"  {what}: {number}"
    yield ""
    yield "Stays:"
    for each in report.kept:
        yield f"  {each.title} ({each.table}): {number_of(each.rows, 'row')}; {each.why}"
    if report.addresses:
        again = "as they stood against them" if report.may_be_contacted_again else "nobody writes to them again"
        yield f"  {number_of(report.addresses, 'address', 'addresses')} as keyed hashes: {again}"
    if report.shared:
        yield f"  {number_of(report.shared, 'address', 'addresses')} that another person has too"
    if report.histories_left:
        yield f"  {report.histories_left}"
    if report.exports:
        yield f"  exported {number_of(report.exports, 'time')}: the audit log says who did"
    yield from (f"  {each}" for each in report.not_ours)
