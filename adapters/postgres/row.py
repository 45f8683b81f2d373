"""What every row of a typed query has. The classes themselves are written by ``python -m tools.queries``."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class Row:
    """A row, its columns as attributes.

    Plain classes with slots rather than dataclasses: there are hundreds, and a dataclass costs a millisecond to make.
    """

    __slots__: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """By the names of the columns, in their order."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.as_dict() == other.as_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.as_dict().items())})"


_Row = TypeVar("_Row", bound=Row)


def row_from_json(kind: type[_Row], found: Mapping[str, Any]) -> _Row:
    """A row that came as JSON. A column that a newer version of the table has is left out."""
    make: Any = kind
    row: _Row = make(**{name: _instant(found[name]) if at else found[name] for name, at in _columns(make)})
    return row


def from_json(name: str, value: Any) -> Any:
    """The value of a column that came as JSON. Columns that end in ``_at`` are instants, in UTC as in rows."""
    return _instant(value) if name.endswith("_at") else value


@cache
def _columns(kind: type[Row]) -> tuple[tuple[str, bool], ...]:
    """The columns of a table, and whether each is an instant."""
    return tuple((name, name.endswith("_at")) for name in kind.__slots__)


def _instant(value: str | None) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    # As nearly all are, unless the server's own zone is another.
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def affected(status: str) -> int:
    """How many rows a statement touched, of what the server says it did: ``UPDATE 3``."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
