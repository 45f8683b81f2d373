"""Every row and every single value that a query gives is checked against its declared types, in every test.

The types of ``adapters/postgres/queries`` are what Postgres says, and what a proof or a line of a ``.sql`` file says of
null. The tests compare them with what Postgres gives.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from adapters.postgres import queries
from adapters.postgres.row import Row

_FOLDER = Path(queries.__file__).parent


def _names() -> dict[str, Any]:
    found: dict[str, Any] = {"Any": Any, "Connection": Any}
    for module in ("collections.abc", "datetime", "decimal", "adapters.postgres.queries.tables"):
        found |= {name: value for name, value in vars(import_module(module)).items() if not name.startswith("_")}
    return found


def _fits(value: object, kind: Any) -> bool:
    if kind is Any:
        return True
    if kind is None or kind is types.NoneType:
        return value is None
    if isinstance(kind, types.UnionType):
        return any(_fits(value, each) for each in typing.get_args(kind))
    if typing.get_origin(kind) is list:
        (element,) = typing.get_args(kind)
        return isinstance(value, list) and all(_fits(each, element) for each in value)
    if kind is float:
        return isinstance(value, float | int)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def watch() -> None:
    """Makes every row and every function check what it gives."""
    known = _names()
    for path in sorted(_FOLDER.glob("*.py")):
        if path.stem == "__init__":
            continue
        module = import_module(f"adapters.postgres.queries.{path.stem}")
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and issubclass(value, Row) and value.__module__ == module.__name__:
                _watch_row(value, known)
            elif inspect.iscoroutinefunction(value) and value.__module__ == module.__name__:
                watched = _watched(value, known | vars(module))
                setattr(module, name, watched)
                setattr(queries, name, watched)


def _watch_row(kind: type[Row], known: dict[str, Any]) -> None:
    plain: Callable[..., None] = kind.__init__
    hints = typing.get_type_hints(plain, known)
    hints.pop("return")
    columns = list(hints.items())

    @functools.wraps(plain)
    def checked(self: Row, *values: object, **named: object) -> None:
        for (column, hint), value in [
            *zip(columns, values, strict=False),
            *((each, named[each[0]]) for each in columns if each[0] in named),
        ]:
            assert _fits(value, hint), f"{kind.__name__}.{column} is declared {hint}, and there is {value!r}"
        plain(self, *values, **named)

    kind.__init__ = checked  # type: ignore[assignment, method-assign]


def _watched(query: Callable[..., Any], known: dict[str, Any]) -> Callable[..., Any]:
    hint = typing.get_type_hints(query, known)["return"]

    @functools.wraps(query)
    async def checked(*values: object, **named: object) -> object:
        found = await query(*values, **named)
        assert _fits(found, hint), f"{query.__name__} is declared to give {hint}, and gave {found!r}"
        return found

    return checked
