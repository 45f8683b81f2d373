"""Which columns of a query are never null, as far as its text and the tables prove it; and which parameters may be.

When in doubt a column may be null. What is proved: columns ``NOT NULL`` that no outer join empties, columns that a
condition of the query compares (a comparison with null is not true), ``count``, ``exists``, ``coalesce`` with something
that is not null, and operators over such things.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

Columns = dict[str, bool]
"""Whether it is never null, by name; in order."""
Tables = Mapping[str, Columns]

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.RegexpLike, exp.In, exp.Between)
_STRICT = (
    *_COMPARISONS, exp.And, exp.Or, exp.Not, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.Paren,
    exp.Lower, exp.Upper, exp.Length, exp.Abs, exp.Cast, exp.Alias, exp.AtTimeZone, exp.Left, exp.Interval,
    exp.JSONBContainsTopKey,
)  # fmt: skip
_NEVER_NULL = (
    exp.Count, exp.Exists, exp.Literal, exp.Boolean, exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Array, exp.RowNumber,
    exp.CurrentTimestamp, exp.CurrentDate, exp.ConcatWs, exp.DataType, exp.Star, exp.Var, exp.Identifier,
)  # fmt: skip
_OF_A_GROUP = (exp.ArrayAgg, exp.Max, exp.Min, exp.Sum, exp.LogicalOr, exp.LogicalAnd)


@dataclass(frozen=True)
class Facts:
    """What a query says about null.

    Attributes:
        columns: of its rows, whether each is never null.
        null_parameters: positions, from 1, of parameters that may be null: compared with ``IS NULL``, or written to a
            column that may be.
        one_row: it always has exactly one row.
    """

    columns: tuple[tuple[str, bool], ...] = ()
    null_parameters: frozenset[int] = frozenset()
    one_row: bool = False


def facts(text: str, tables: Tables) -> Facts | None:
    """What can be said of a query; None: its text cannot be read."""
    try:
        tree = sqlglot.parse_one(text, read="postgres")
    except ParseError:
        # Postgres understands it, and nothing is proved: the header says what is never null.
        return None
    null = _null_parameters(tree, tables)
    columns = _Reader(tables, null).columns(tree, {})
    return Facts(tuple(columns), null, _one_row(tree))


def _number(node: exp.Expr | None) -> int | None:
    """Of a parameter, also a cast one."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    if isinstance(node, exp.Parameter | exp.Placeholder) and str(node.this.name if node.this else "").isdigit():
        return int(node.this.name)
    return None


def _null_parameters(tree: exp.Expr, tables: Tables) -> frozenset[int]:
    found: set[int | None] = set()
    for node in tree.find_all(exp.Is, exp.NullSafeEQ, exp.NullSafeNEQ):
        found |= {_number(node.this), _number(node.expression)}
    for choice in tree.find_all(exp.Coalesce):
        found.add(_number(choice.this))
    for insert in tree.find_all(exp.Insert):
        if isinstance(insert.this, exp.Schema) and (columns := tables.get(insert.this.this.name)):
            names = [column.name for column in insert.this.expressions]
            for values in _written(insert.expression):
                for name, value in zip(names, values, strict=False):
                    if not columns.get(name, False):
                        found.add(_number(value))
    for update in tree.find_all(exp.Update):
        columns = tables.get(update.this.name, {})
        for pair in update.expressions:
            if isinstance(pair, exp.EQ) and not columns.get(pair.this.name, False):
                found.add(_number(pair.expression))
    return frozenset(number for number in found if number is not None)


def _written(source: exp.Expr | None) -> list[list[exp.Expr]]:
    if isinstance(source, exp.Values):
        return [list(row.expressions) if isinstance(row, exp.Tuple) else [row] for row in source.expressions]
    if isinstance(source, exp.Select):
        return [[each.unalias() for each in source.expressions]]
    return []


def _one_row(tree: exp.Expr) -> bool:
    if isinstance(tree, exp.Insert):
        conflict = tree.args.get("conflict")
        sure = conflict is None or (conflict.args.get("expressions") and not conflict.args.get("where"))
        return isinstance(tree.expression, exp.Values) and len(tree.expression.expressions) == 1 and bool(sure)
    if not isinstance(tree, exp.Select) or any(tree.args.get(part) for part in ("group", "having", "limit", "offset")):
        return False
    if tree.args.get("from_") is None and tree.args.get("where") is None:
        return not any(isinstance(each.unalias(), exp.Unnest) for each in tree.expressions)
    return all(isinstance(_core(each), exp.AggFunc) for each in tree.expressions)


def _core(node: exp.Expr) -> exp.Expr:
    """What a column is about, without names, casts and what is done with the result."""
    inner = isinstance(node, exp.Alias | exp.Cast | exp.Paren | exp.Coalesce | exp.Filter)
    over = isinstance(node, exp.Binary) and isinstance(node.args["expression"], exp.Literal | exp.Boolean | exp.Null)
    return _core(node.this) if inner or over else node


class _Reader:
    def __init__(self, tables: Tables, null: frozenset[int]) -> None:
        self._tables = tables
        self._null = null

    def columns(self, tree: exp.Expr, outer: Tables) -> list[tuple[str, bool]]:
        """The columns of a statement; ``outer`` are CTEs and the sources around a lateral one."""
        known = dict(outer)
        if (clause := tree.args.get("with_")) is not None:
            for cte in clause.expressions:
                known[cte.alias] = self._cte(cte, known, bool(clause.args.get("recursive")))
        if isinstance(tree, exp.Subquery):
            return self.columns(tree.this, known)
        if isinstance(tree, exp.SetOperation):
            left, right = self.columns(tree.left, known), self.columns(tree.right, known)
            return [(name, sure and other) for (name, sure), (_, other) in zip(left, right, strict=True)]
        if isinstance(tree, exp.Select):
            sources = self._sources(tree, known)
            grouped = tree.args.get("group") is not None
            return self._listed(tree.expressions, sources, known, grouped=grouped)
        if isinstance(tree, exp.Insert | exp.Update | exp.Delete):
            return self._written(tree, known)
        if isinstance(tree, exp.Values):
            rows = [row.expressions for row in tree.expressions]
            return [
                (f"column{at + 1}", all(self._sure(row[at], {}, known) for row in rows)) for at in range(len(rows[0]))
            ]
        raise ValueError(f"a {type(tree).__name__} has no columns that we can tell")

    def _cte(self, cte: exp.CTE, known: Tables, recursive: bool) -> Columns:
        names = [column.name for column in cte.args["alias"].columns]
        body = cte.this
        if recursive and isinstance(body, exp.SetOperation):
            first = _named(self.columns(body.left, known), names)
            again = self.columns(body.right, {**known, cte.alias: first})
            return {name: sure and other for (name, sure), (_, other) in zip(first.items(), again, strict=True)}
        return _named(self.columns(body, known), names)

    def _written(self, tree: exp.Insert | exp.Update | exp.Delete, known: Tables) -> list[tuple[str, bool]]:
        returning = tree.args.get("returning")
        if returning is None:
            return []
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        sources = {target.alias_or_name: dict(self._tables.get(target.name, {}))}
        using = tree.args.get("using") or []
        for each in [tree.args.get("from_"), *(using if isinstance(using, list) else [using])]:
            if each is not None:
                sources |= self._source(each.this if isinstance(each, exp.From) else each, {**known, **sources})
                whole = each.this if isinstance(each, exp.From) else each
                self._join(whole.args.get("joins") or [], sources, known)
        return self._listed(returning.expressions, sources, known)

    def _sources(self, tree: exp.Select, known: Tables) -> dict[str, Columns]:
        sources: dict[str, Columns] = {}
        if (clause := tree.args.get("from_")) is not None:
            sources |= self._source(clause.this, known)
            self._join(clause.this.args.get("joins") or [], sources, known)
        self._join(tree.args.get("joins") or [], sources, known)
        if (where := tree.args.get("where")) is not None:
            _compared(where.this, sources)
        return sources

    def _join(self, joins: Sequence[exp.Join], sources: dict[str, Columns], known: Tables) -> None:
        for join in joins:
            right = self._source(join.this, {**known, **sources})
            if join.side in ("RIGHT", "FULL"):
                sources.update({alias: dict.fromkeys(columns, False) for alias, columns in sources.items()})
            if join.side in ("LEFT", "FULL"):
                right = {alias: dict.fromkeys(columns, False) for alias, columns in right.items()}
            sources |= right
            if not join.side and (on := join.args.get("on")) is not None:
                _compared(on, sources)

    def _source(self, node: exp.Expr, known: Tables) -> dict[str, Columns]:
        alias = node.args.get("alias")
        names = [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            return {node.alias_or_name: dict(known.get(node.name, self._tables.get(node.name, {})))}
        inner = node.this if isinstance(node, exp.Lateral) else node
        if isinstance(inner, exp.Subquery):
            return {node.alias_or_name: _named(self.columns(inner.this, known), names)}
        if isinstance(inner, exp.Unnest):
            # Lists hold no None unless the header says so, which speaks of its columns as well.
            sure = [self._sure(each, {}, known) for each in inner.expressions]
            return {node.alias_or_name: dict(zip(names or [node.alias_or_name], sure, strict=False))}
        return {node.alias_or_name: dict.fromkeys(names or [node.alias_or_name], False)}

    def _listed(
        self, listed: Sequence[exp.Expr], sources: Mapping[str, Columns], known: Tables, *, grouped: bool = False
    ) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        for each in listed:
            if isinstance(each, exp.Star):
                for columns in sources.values():
                    found.extend(columns.items())
            elif isinstance(each, exp.Column) and isinstance(each.this, exp.Star):
                found.extend(sources.get(each.table, {}).items())
            else:
                # Postgres names what has no name after its function.
                name = each.alias_or_name if isinstance(each, exp.Alias | exp.Column) else ""
                found.append((name, self._sure(each, sources, known, grouped=grouped)))
        return found

    def _sure(  # noqa: PLR0912
        self, node: exp.Expr | None, sources: Mapping[str, Columns], known: Tables, *, grouped: bool = False
    ) -> bool:
        def sure(part: exp.Expr | None) -> bool:
            return self._sure(part, sources, known, grouped=grouped)

        if node is None:
            return True
        if (number := _number(node)) is not None:
            return number not in self._null
        if isinstance(node, exp.Column):
            return _column(node, sources) if sources else _column(node, known)
        if isinstance(node, exp.Subquery):
            inner = node.this
            return (
                isinstance(inner, exp.Select)
                and _one_row(inner)
                and all(ok for _, ok in self.columns(inner, {**known, **sources}))
            )
        if isinstance(node, _NEVER_NULL):
            return True
        if isinstance(node, exp.Coalesce | exp.Greatest | exp.Least):
            return sure(node.this) or any(sure(each) for each in node.expressions)
        if isinstance(node, exp.Case):
            return (
                node.args.get("default") is not None
                and sure(node.args["default"])
                and all(sure(branch.args["true"]) for branch in node.args["ifs"])
            )
        if isinstance(node, _OF_A_GROUP):
            return grouped and sure(node.this)
        if isinstance(node, exp.Distinct | exp.Ordered):
            return all(sure(each) for each in [node.this, *node.expressions] if isinstance(each, exp.Expr))
        if isinstance(node, exp.Order):
            return sure(node.this)
        if isinstance(node, exp.Window):
            return isinstance(node.this, exp.RowNumber | exp.Count)
        if isinstance(node, exp.Any):
            return not isinstance(node.this, exp.Query) and sure(node.this)
        if isinstance(node, exp.In) and node.args.get("query") is not None:
            return False
        if isinstance(node, _STRICT):
            return all(sure(each) for each in node.iter_expressions())
        return False


def _named(columns: Sequence[tuple[str, bool]], names: Sequence[str]) -> Columns:
    return {names[at] if at < len(names) else name: sure for at, (name, sure) in enumerate(columns)}


def _column(node: exp.Column, sources: Mapping[str, Columns]) -> bool:
    if node.table:
        return sources.get(node.table, {}).get(node.name, False)
    having = [columns[node.name] for columns in sources.values() if node.name in columns]
    return len(having) == 1 and having[0]


def _compared(condition: exp.Expr, sources: dict[str, Columns]) -> None:
    """Columns that every row has, since the condition was true of it."""
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        inner = part.unnest()
        sides: list[exp.Expr | None] = []
        if isinstance(inner, exp.And):
            _compared(inner, sources)
        elif isinstance(inner, _COMPARISONS):
            sides = [inner.this, inner.args.get("expression")]
        elif isinstance(inner, exp.Is) and inner.args.get("negate") and isinstance(inner.expression, exp.Null):
            sides = [inner.this]
        for side in sides:
            if isinstance(side, exp.Column):
                owners = [side.table] if side.table else [a for a, columns in sources.items() if side.name in columns]
                if len(owners) == 1 and side.name in sources.get(owners[0], {}):
                    sources[owners[0]] = {**sources[owners[0]], side.name: True}
