"""The address of a page: filters, sorting and place are in it, so that every view can be saved and sent on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

_NOT_KEPT: Final = frozenset({"cursor", "at", "said", "later"})
"""What belongs to one page of a list, or to one answer: a change of filters drops it."""


def path_inside(request: Request) -> str:
    """The path of a request below that of the console, decoded."""
    path: str = request.scope.get("path", "")
    return path.removeprefix(request.scope.get("root_path", ""))


@dataclass(frozen=True)
class Address:
    """Where a page is, as browsers see it.

    Attributes:
        path: with the path of the console.
        params: of its query, in order.
    """

    path: str
    params: Mapping[str, str]

    @classmethod
    def of(cls, request: Request, base: str) -> Address:
        """The address of a request; ``base`` is the path of the console."""
        return cls(base + path_inside(request), dict(request.query_params))

    def __str__(self) -> str:
        return self._href(self.params)

    def get(self, name: str) -> str:
        """A value of the query, or nothing."""
        return self.params.get(name, "")

    def to(self, **changes: object) -> str:
        """The same page with other filters; None and nothing take one away. It begins at the first page again."""
        kept = {name: value for name, value in self.params.items() if name not in _NOT_KEPT}
        return self._href(kept | {name: "" if value is None else str(value) for name, value in changes.items()})

    def sorted_by(self, key: str) -> str:
        """Sorted by that column; a second time the other way round."""
        return self.to(sort=f"-{key}" if self.get("sort") == key else key)

    def page(self, cursor: str, **more: object) -> str:
        """Another page of the same list; ``more`` is what only pages need."""
        return self.to(cursor=cursor, **more)

    def hidden(self, *but: str) -> list[tuple[str, str]]:
        """What a form of filters carries along besides its own fields."""
        return [(name, value) for name, value in self.params.items() if name not in _NOT_KEPT and name not in but]

    def _href(self, params: Mapping[str, str]) -> str:
        query = urlencode({name: value for name, value in params.items() if value != ""})
        return f"{self.path}?{query}" if query else self.path
