"""Reads the named queries of ``adapters/postgres/sql``.

The header of a query is one line, with the names of its parameters::

    -- name: close_run(id, state, reason, at)$

The sign at the end says what it gives: nothing for a list of rows (of one column: a list of its values), ``^`` the
first row or None, ``$`` the first column of the first row, ``!`` how many rows it touched. Comment lines below it are
the docstring of its function, except:

``-- row: NAME``: the class of its rows, where several queries share one.
``-- not null: COLUMN, ...``: columns that are never null, where the text does not prove it.
``-- null: PARAMETER, ...``: parameters that may be None, where the text does not show it; ``ids[]``: elements of it.
``-- one row``: it always has a row.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

SQL = Path(__file__).parents[2] / "adapters" / "postgres" / "sql"

_NAME = re.compile(r"^-- name: (\w+)\(([^)]*)\)([\^$!]?)\s*$")
_DIRECTIVE = re.compile(r"^(row|not null|null|one row)(?:: (.*))?$")
_PARAMETER = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\"[^\"]*\"|::|(?<![:\w]):(?P<name>[a-z_]\w*)")


@dataclass
class Query:
    """One named query.

    Attributes:
        gives: the sign of its name: ``"" | "^" | "$" | "!"``.
        text: SQL with ``$1``, ``$2``, ... for the parameters.
        marks: the directives of its header, by name.
    """

    file: str
    name: str
    parameters: tuple[str, ...]
    gives: str
    doc: list[str] = field(default_factory=list)
    text: str = ""
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def marked(self, mark: str) -> tuple[str, ...]:
        """What a directive lists."""
        return self.marks.get(mark, ())


def read(folder: Path = SQL) -> list[Query]:
    """Every query of every file, in order.

    Raises:
        ValueError: two queries of one name, a query with the name of a file, or parameters that
            differ from those of the header.
    """
    found: dict[str, Query] = {}
    paths = sorted(folder.glob("*.sql"))
    files = {path.stem for path in paths}
    for path in paths:
        for query in _of_file(path):
            if query.name in found:
                raise ValueError(f"two queries are named {query.name}")
            # Python would find the module of that name, as soon as anything else of it was used.
            if query.name in files:
                raise ValueError(f"the query {query.name} is named as a file is")
            found[query.name] = query
    return list(found.values())


def _of_file(path: Path) -> list[Query]:
    queries: list[Query] = []
    bodies: list[list[str]] = []
    for line in path.read_text().splitlines():
        if named := _NAME.match(line):
            names = tuple(name.strip() for name in named[2].split(",") if name.strip())
            queries.append(Query(path.stem, named[1], names, named[3]))
            bodies.append([])
        elif queries and line.startswith("--") and not bodies[-1]:
            _note(queries[-1], line.removeprefix("--").strip())
        elif queries and (line.strip() or bodies[-1]):
            bodies[-1].append(line)
    for query, body in zip(queries, bodies, strict=True):
        # What stands between two queries speaks of the next one.
        while body and (not body[-1].strip() or body[-1].startswith("--")):
            body.pop()
        query.text = _numbered(query, "\n".join(body).strip().removesuffix(";"))
    return queries


def _note(query: Query, line: str) -> None:
    if directive := _DIRECTIVE.match(line):
        listed = tuple(name.strip() for name in (directive[2] or "").split(",") if name.strip())
        query.marks[directive[1]] = query.marked(directive[1]) + listed
    else:
        query.doc.append(line)


def _numbered(query: Query, text: str) -> str:
    used: set[str] = set()

    def number(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0]
        if name not in query.parameters:
            raise ValueError(f"{query.name} uses :{name}, which its header does not name")
        used.add(name)
        return f"${query.parameters.index(name) + 1}"

    numbered = _PARAMETER.sub(number, text)
    if unused := set(query.parameters) - used:
        raise ValueError(f"{query.name} does not use {', '.join(sorted(unused))}")
    return numbered
