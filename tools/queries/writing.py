"""The Python text of the queries: one module for each ``.sql`` file, and the rows of whole tables."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.queries.sql_files import Query

_HEAD = '"""{doc}\n\nWritten by ``python -m tools.queries`` from ``{source}``: change that, not this.\n"""\n\n'
_FLAT = """Every query of ``adapters/postgres/sql``, typed: one function for each.

A module is imported with the first query of it that is used: the command line needs few of them."""
_LAZY = """

def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = found
    return found
"""
_WIDTH = 116
_STAR = re.compile(r"(SELECT|RETURNING|,)\s+(\w+\.)?\*")


@dataclass(frozen=True)
class Column:
    """One column of a row: its name, and its type in Python."""

    name: str
    type: str


@dataclass(frozen=True)
class RowClass:
    """The class of a row, in the module of its first query or, of a whole table, in ``tables``."""

    name: str
    columns: tuple[Column, ...]
    module: str
    doc: str


@dataclass
class Described:
    """A query with its types.

    Attributes:
        parameters: types, in order.
        row: None for a query that gives a single value or a count.
        value: the type of the single value, of a list of them, or of ``$``.
        one_row: it always has a row.
    """

    query: Query
    parameters: tuple[str, ...]
    row: RowClass | None = None
    value: str = ""
    one_row: bool = False
    columns: tuple[Column, ...] = field(default_factory=tuple)


def package(described: Sequence[Described], lists: Mapping[str, Described], rows: Sequence[RowClass]) -> dict[str, str]:
    """The text of every module, by file name; ``lists`` are those of ``listings``, by name."""
    used = [*described, *lists.values()]
    tables = _classes([row for row in rows if row.module == "tables"], used)
    base = "from adapters.postgres.row import Row\n"
    modules = {"tables.py": _imports("The rows of whole tables.", "migrations/*.sql", tables, [], base)}
    modules["lists.py"] = _lists(lists, rows)
    files = dict.fromkeys(each.query.file for each in described)
    for file in files:
        own = [row for row in rows if row.module == file]
        modules[f"{file}.py"] = _module(file, [each for each in described if each.query.file == file], own)
    modules["__init__.py"] = _init(described, rows, files)
    return modules


def _init(described: Sequence[Described], rows: Sequence[RowClass], files: Sequence[str] | dict[str, None]) -> str:
    lines = [_HEAD.format(doc=_FLAT, source="sql/*.sql"), "from __future__ import annotations\n\n"]
    lines.append("from importlib import import_module\nfrom typing import TYPE_CHECKING, Any\n\nif TYPE_CHECKING:\n")
    modules: dict[str, str] = {}
    for module in [*files, "lists", "tables"]:
        own = sorted([each.query.name for each in described if each.query.file == module])
        own += sorted(row.name for row in rows if row.module == module)
        lines.append(f"    from adapters.postgres.queries.{module} import (\n")
        lines += [f"        {name} as {name},\n" for name in own]
        lines.append("    )\n")
        modules |= dict.fromkeys(own, module)
    lines.append(
        "\n_MODULES = {\n" + "".join(f'    "{name}": "{modules[name]}",\n' for name in sorted(modules)) + "}\n"
    )
    lines.append(_LAZY)
    return "".join(lines)


def _classes(rows: Sequence[RowClass], described: Sequence[Described]) -> str:
    return "\n\n".join(_class(row, described) for row in rows)


def _lists(lists: Mapping[str, Described], rows: Sequence[RowClass]) -> str:
    own = [row for row in rows if row.module == "lists"]
    made = {name: each.row for name, each in lists.items() if each.row is not None}
    text = _classes(own, list(lists.values()))
    text += "\n\nROWS: Final[dict[str, type[Row]]] = {\n"
    text += "".join(f'    "{name}": {row.name},\n' for name, row in made.items()) + "}\n"
    text += '"""The class of the rows of each list, by its name."""\n'
    elsewhere = sorted({row.name for row in made.values() if row.module == "tables"})
    imports = [f"from adapters.postgres.queries.tables import {', '.join(elsewhere)}\n"]
    imports.append("from adapters.postgres.row import Row\n")
    return _imports("The rows of the lists of ``listings``.", "listings.py", text, imports, "")


def _module(file: str, described: Sequence[Described], rows: Sequence[RowClass]) -> str:
    parts = [_class(row, described) for row in rows] + [_function(each) for each in described]
    other: dict[str, set[str]] = {}
    for each in described:
        if each.row is not None and each.row.module != file:
            other.setdefault(each.row.module, set()).add(each.row.name)
    imports = [
        f"from adapters.postgres.queries.{module} import {', '.join(sorted(names))}\n"
        for module, names in sorted(other.items())
    ]
    base = "Row" if rows else ""
    counted = "affected" if any(each.query.gives == "!" for each in described) else ""
    if used := ", ".join(name for name in (base, counted) if name):
        imports.append(f"from adapters.postgres.row import {used}\n")
    constants = "\n".join(_constant(each.query) for each in described)
    text = constants + "\n\n" + "\n\n".join(parts)
    return _imports(f"The queries of ``sql/{file}.sql``.", f"sql/{file}.sql", text, imports, "")


def _imports(doc: str, source: str, text: str, imports: Sequence[str], first: str) -> str:
    lines = [_HEAD.format(doc=doc, source=source), "from __future__ import annotations\n\n"]
    typing = ["TYPE_CHECKING"]
    typing += ["Any"] if "Any" in text else []
    typing += ["Final"] if "Final" in text else []
    if "itemgetter(" in text:
        lines.append("from operator import itemgetter\n")
    lines.append(f"from typing import {', '.join(typing)}\n\n")
    lines += [first, *imports, "\nif TYPE_CHECKING:\n"]
    if "Collection[" in text:
        lines.append("    from collections.abc import Collection\n")
    if dates := [name for name in ("date", "datetime", "time", "timedelta") if _uses(text, name)]:
        lines.append(f"    from datetime import {', '.join(dates)}\n")
    if "Decimal" in text:
        lines.append("    from decimal import Decimal\n")
    if "connection: Connection" in text:
        lines.append("\n    from adapters.postgres.database import Connection\n")
    if lines[-1] == "\nif TYPE_CHECKING:\n":
        lines.pop()
        lines = [line.replace("TYPE_CHECKING, ", "") for line in lines]
    return "".join(lines) + "\n" + text


def _uses(text: str, name: str) -> bool:
    return any(f"{before}{name}{after}" in text for before in (": ", "[", "| ") for after in (" ", ",", ")", "]", "\n"))


def _constant(query: Query) -> str:
    text = query.text.replace("\\", "\\\\")
    return f'_{query.name.upper()} = """\n{text}"""\n'


def _taken(query: Query, row: RowClass) -> str:
    if _STAR.search(query.text):
        # A newer migration may have added columns while this version still runs.
        return f"*{row.name}.columns(found)"
    return "*found"


def _class(row: RowClass, described: Sequence[Described]) -> str:
    slots = ", ".join(f'"{column.name}"' for column in row.columns) + ("," if len(row.columns) == 1 else "")
    arguments = ", ".join(f"{column.name}: {column.type}" for column in row.columns)
    lines = [f"class {row.name}(Row):\n", f'    """{row.doc}"""\n\n', f"    __slots__ = ({slots})\n\n"]
    if any(_STAR.search(each.query.text) or each.query.file == "lists" for each in described if each.row is row):
        lines.append("    columns = itemgetter(*__slots__)\n\n")
    lines.append(f"    def __init__(self, {arguments}) -> None:\n")
    lines += [f"        self.{column.name}: Final = {column.name}\n" for column in row.columns]
    return "".join(lines)


def _function(each: Described) -> str:
    query = each.query
    listed = ", ".join(f"{name}: {kind}" for name, kind in zip(query.parameters, each.parameters, strict=True))
    arguments = f"connection: Connection, *, {listed}" if listed else "connection: Connection"
    values = ", ".join([f"_{query.name.upper()}", *query.parameters])
    returned, body = _body(each, values)
    return f"async def {query.name}({arguments}) -> {returned}:\n{_doc(query)}{body}"


def _doc(query: Query) -> str:
    text = " ".join(query.doc).strip().replace("\\", "\\\\")
    if not text:
        first = {"": "The rows of", "^": "The row of", "$": "The value of", "!": "Runs"}[query.gives]
        text = f"{first} ``{query.name}``."
    if text[-1] not in ".?!":
        text += "."
    wrapped = textwrap.wrap(text, _WIDTH - 8)
    if len(wrapped) == 1:
        return f'    """{text}"""\n'
    head, dot, rest = text.partition(". ")
    if dot and len(head) < _WIDTH - 8:
        body = "\n".join(f"    {line}" for line in textwrap.wrap(rest, _WIDTH - 4))
        return f'    """{head}.\n\n{body}\n    """\n'
    body = "\n".join(f"    {line}" for line in textwrap.wrap(text, _WIDTH - 4))
    return f'    """``{query.name}``.\n\n{body}\n    """\n'


def _body(each: Described, values: str) -> tuple[str, str]:
    gives, row = each.query.gives, each.row
    if gives == "!":
        return "int", f"    return affected(await connection.execute({values}))\n"
    if gives == "$":
        kind = (
            each.value
            if each.one_row or each.value in ("Any", "None") or each.value.endswith("| None")
            else f"{each.value} | None"
        )
        if kind == "None":
            return "None", f"    await connection.fetchval({values})\n"
        return kind, f"    value: {kind} = await connection.fetchval({values})\n    return value\n"
    if gives == "^":
        assert row is not None
        if each.one_row:
            fetched = f"    found = await connection.fetchrow({values})\n    assert found is not None\n"
            return row.name, f"{fetched}    return {row.name}({_taken(each.query, row)})\n"
        fetched = f"    found = await connection.fetchrow({values})\n"
        return (
            f"{row.name} | None",
            f"{fetched}    return {row.name}({_taken(each.query, row)}) if found is not None else None\n",
        )
    if row is None:
        return f"list[{each.value}]", f"    return [found[0] for found in await connection.fetch({values})]\n"
    return (
        f"list[{row.name}]",
        f"    return [{row.name}({_taken(each.query, row)}) for found in await connection.fetch({values})]\n",
    )
