"""What every row of a typed query has. The classes themselves are written by ``python -m tools.queries``."""

from __future__ import annotations

from datetime import UTC, datetime
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
    row: _Row = make(**{name: from_json(name, found[name]) for name in kind.__slots__})
    return row


def from_json(name: str, value: Any) -> Any:
    """The value of a column that came as JSON. Columns that end in ``_at`` are instants, in UTC as in rows."""
    return datetime.fromisoformat(value).astimezone(UTC) if value is not None and name.endswith("_at") else value


def affected(status: str) -> int:
    """How many rows a statement touched, of what the server says it did: ``UPDATE 3``."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
