"""Which column of a file is which field."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adapters.files.headers import OTHER_NAMES
from adapters.postgres.events import KINDS
from adapters.postgres.record_columns import CUSTOM, HAS_CUSTOM, column_of
from sequences.author_messages import did_you_mean
from sequences.errors import SettingsError
from sequences.records.catalogue import FieldType
from sequences.records.opt_out_columns import TARGETS, OptOut, OptOutKind, opt_out_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sequences.records.catalogue import Catalogue

ID = "id"
AT = "at"
COUNTRY = "country"
OWNER = "owner"
_AT_WORDS = ("at", "updated_at")
_SHOWN = 12
_RELATIONS: Mapping[str, tuple[str, ...]] = {"person": (OWNER, "client"), "placement": ("person", OWNER, "client")}


@dataclass(frozen=True)
class Columns:
    """Which column holds what.

    Attributes:
        id: index of the record's id.
        fields: index to field name.
        events: index to the column of an event, such as ``last_contacted``.
        ignored: headers that are no field.
        opt_outs: index to what the column says of opting out.
        elsewhere: headers of opt-outs from channels that we do not use.
        at: index of the column that says when its row was true, or None.
        country: index of the column in whose country national phone numbers are read, or None.
        dates: indexes of the columns that hold dates or instants.
        guessed: those of ``fields`` that are called otherwise here, to be told.
    """

    id: int
    fields: Mapping[int, str]
    events: Mapping[int, str]
    ignored: tuple[str, ...]
    opt_outs: Mapping[int, OptOut] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    at: int | None = None
    country: int | None = None
    dates: frozenset[int] = frozenset()
    guessed: Mapping[int, str] = field(default_factory=dict)


def map_columns(header: Sequence[str], kind: str, known: Catalogue, told: Iterable[str]) -> Columns:
    """Finds the field of each column: as told, else by a header that equals a field's name or label.

    Args:
        header: names of the columns.
        kind: ``person | placement | client | owner``.
        known: the field catalogue.
        told: ``CSV column=field``; nothing behind the ``=`` leaves the column out.

    Raises:
        SettingsError: a column or a field that there is not, two columns for one field, none for the id, or a column
            that sounds like an opt-out and must be mapped or left out by name.
    """
    targets = _targets(kind, known)
    opt_outs: dict[int, OptOut] = {}
    said: set[int] = set()
    by_index = {index: targets[plain_name(cell)] for index, cell in enumerate(header) if plain_name(cell) in targets}
    for pair in told:
        column, separator, name = pair.rpartition("=")
        if not separator:
            raise SettingsError(f'--map {pair!r}: write "CSV column=field"')
        index = next((at for at, cell in enumerate(header) if plain_name(cell) == plain_name(column)), None)
        if index is None:
            raise SettingsError(f"--map {pair!r}: the file has no such column.{did_you_mean(column, header)}")
        by_index.pop(index, None)
        opt_outs.pop(index, None)
        said.add(index)
        if kind == "person" and name.strip().lower() in TARGETS:
            opt_outs[index] = TARGETS[name.strip().lower()]
        elif name.strip():
            if plain_name(name) not in targets:
                raise SettingsError(f"--map {pair!r}: a {kind} has no such field.{did_you_mean(name, targets)}")
            by_index[index] = targets[plain_name(name)]
    opt_outs |= _opt_outs(header, kind, by_index, said)
    guessed = _guessed(header, kind, targets, by_index, {*said, *opt_outs})
    columns = _columns(header, kind, by_index | guessed, opt_outs)
    return replace(columns, dates=_dates(columns, kind, known), guessed=guessed)


def proposed_columns(header: Sequence[str], kind: str, known: Catalogue) -> dict[int, str]:
    """What each column probably is, by its name; of two for one field the first. Somebody looks at it before it counts.

    Args:
        header: names of the columns.
        kind: ``person | placement | client | owner``.
        known: the field catalogue.

    Returns:
        Index to a field, or to one of ``TARGETS`` for an opt-out.
    """
    targets = _targets(kind, known)
    found: dict[int, str] = {}
    for index, cell in enumerate(header):
        name = targets.get(plain_name(cell))
        if name is not None and name not in found.values():
            found[index] = name
    found |= _guessed(header, kind, targets, found, ())
    said = {each: name for name, each in reversed(TARGETS.items())}
    for index, cell in enumerate(header):
        opt_out = opt_out_of(cell) if index not in found else None
        if opt_out in said and said[opt_out] not in found.values():
            found[index] = said[opt_out]
    return found


def fields_to_choose(kind: str, known: Catalogue) -> list[tuple[str, str]]:
    """Every field that a column can be said to be, with what it is called."""
    labels = {each.name: each.label for each in known.fields.values()}
    names = dict.fromkeys(_targets(kind, known).values())
    return [
        (name, labels.get(name, labels.get(f"{kind}.{name}", name.replace("_", " ").capitalize()))) for name in names
    ]


def _guessed(
    header: Sequence[str], kind: str, targets: Mapping[str, str], by_index: Mapping[int, str], taken: Collection[int]
) -> dict[int, str]:
    """Columns that other programs call otherwise: where the field has none, and one column alone could be it."""
    found: dict[int, str] = {}
    free = [index for index in range(len(header)) if index not in by_index and index not in taken]
    for name, others in OTHER_NAMES.items():
        # The id of a candidate is a person's, and never a placement's own.
        if targets.get(name) != name or name in by_index.values() or (name == ID and kind != "person"):
            continue
        meant = [index for index in free if plain_name(header[index]) in others]
        if len(meant) == 1:
            found[meant[0]] = name
    return found


def _dates(columns: Columns, kind: str, known: Catalogue) -> frozenset[int]:
    def is_date(name: str) -> bool:
        declared = known.get(name if name.startswith(CUSTOM) else f"{kind}.{name}")
        return declared is not None and declared.type in (FieldType.DATE, FieldType.DATETIME)

    found = {index for index, name in columns.fields.items() if is_date(name)} | set(columns.events)
    return frozenset(found | ({columns.at} if columns.at is not None else set()))


def _opt_outs(
    header: Sequence[str], kind: str, by_index: Mapping[int, str], said: Collection[int]
) -> dict[int, OptOut]:
    """Columns that nobody said anything of, and that sound like an opt-out."""
    found: dict[int, OptOut] = {}
    for index, cell in enumerate(header):
        column = None if index in said else opt_out_of(cell)
        if column is None or (index in by_index and not by_index[index].startswith("custom.")):
            continue
        if kind == "placement" and column.kind is OptOutKind.DELETED:
            found[index] = column
        elif kind != "person" or column.kind is OptOutKind.UNCLEAR or index in by_index:
            raise SettingsError(_must_be_said(cell, kind, by_index.get(index)))
        else:
            found[index] = column
    return found


def _must_be_said(cell: str, kind: str, found: str | None) -> str:
    out = f'--map "{cell}=" ignores it'
    if kind != "person":
        return f"{cell!r} looks like an opt-out, and only people can opt out: import it with the people; {out}"
    meant = f', --map "{cell}={found}" makes it only that field' if found else ""
    return (
        f'{cell!r} looks like an opt-out: say what it is with --map "{cell}=opt_out.email" (.sms, .all; '
        f"opt_in.email for a consent, where no means opt-out; opt_status.email for words such as "
        f"unsubscribed){meant}; {out}"
    )


def _columns(header: Sequence[str], kind: str, by_index: Mapping[int, str], opt_outs: Mapping[int, OptOut]) -> Columns:
    columns: dict[str, int] = {}
    for index, name in sorted(by_index.items()):
        if name in columns:
            raise SettingsError(f"{header[columns[name]]!r} and {header[index]!r} are both {name}; choose with --map")
        columns[name] = index
    if ID not in columns:
        raise SettingsError(
            f'no column holds the id of the {kind}; name it with --map "CSV column=id". {columns_of(header)}'
        )
    record, at, country = columns.pop(ID), columns.pop(AT, None), columns.pop(COUNTRY, None)
    if country is None:
        country = columns.get(f"{CUSTOM}{COUNTRY}")
    return Columns(
        record,
        {index: name for name, index in columns.items() if name not in KINDS},
        {index: name for name, index in columns.items() if name in KINDS},
        tuple(
            cell
            for index, cell in enumerate(header)
            if index not in by_index and index not in opt_outs and cell.strip()
        ),
        {index: each for index, each in opt_outs.items() if each.kind is not OptOutKind.ELSEWHERE},
        tuple(header[index] for index, each in opt_outs.items() if each.kind is OptOutKind.ELSEWHERE),
        at,
        country,
    )


def _targets(kind: str, known: Catalogue) -> dict[str, str]:
    """What a header may say, made plain, to the name of the field; the built-in fields come first."""
    found: dict[str, str] = {}
    for words in ("id", f"{kind}.id", f"{kind} id"):
        found[plain_name(words)] = ID
    found.update(dict.fromkeys(map(plain_name, _AT_WORDS), AT))
    for each in known.fields.values():
        group, _, short = each.name.partition(".")
        custom = group == "custom" and kind in HAS_CUSTOM
        if custom or (group == kind and column_of(kind, short) is not None):
            for words in (each.name, short, each.label):
                found.setdefault(plain_name(words), each.name if custom else short)
    for name in _RELATIONS.get(kind, ()):
        for words in (name, f"{name} id", f"{kind}.{name}"):
            found.setdefault(plain_name(words), name)
    if kind == "person":
        found.setdefault(COUNTRY, COUNTRY)
        for event in KINDS:
            found.setdefault(plain_name(event), event)
    return found


def id_column(header: Sequence[str], kind: str) -> int | None:
    """The column with the ids of such records: named so, else what other programs call the id of a person."""
    names = [plain_name(cell) for cell in header]
    for wanted in (f"{kind}_id", kind, ID):
        if wanted in names:
            return names.index(wanted)
    others = [index for index, name in enumerate(names) if kind == "person" and name in OTHER_NAMES[ID]]
    return others[0] if len(others) == 1 else None


def columns_of(header: Sequence[str]) -> str:
    """What the columns are called, for somebody who has to choose one."""
    named = [cell.strip() for cell in header if cell.strip()]
    more = ", ..." if len(named) > _SHOWN else ""
    return f"Its columns: {', '.join(named[:_SHOWN])}{more}"


def plain_name(words: str) -> str:
    """A header as it is compared: small letters without their marks and digits, with ``_`` between words."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", words) if not unicodedata.combining(each))
    return re.sub(r"[^0-9a-z]+", "_", bare.casefold()).strip("_")
