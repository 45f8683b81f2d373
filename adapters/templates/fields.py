"""Which fields a template uses, and whether it can do without them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One use of a field.

    Attributes:
        name: ``person.first_name``.
        optional: True when the template renders without it: a default, or a condition that asks for it.
        part: ``subject``, ``text`` or ``html``.
        line: line in the file.
    """

    name: str
    optional: bool
    part: str
    line: int


def uses_in(tree: nodes.Template, part: str, first_line: int) -> tuple[FieldUse, ...]:
    """Every use of a field in ``tree``, in the order of the text."""
    return tuple(
        FieldUse(name, optional, part, line + first_line - 1)
        for name, optional, line in _walk(tree, frozenset(), optional=False)
    )


def is_allowed(name: str, allowed: Collection[str]) -> bool:
    """True for a name in ``allowed``, or under an entry like ``custom.*``."""
    return name in allowed or (name.split(".", 1)[0] + ".*" in allowed and "." in name)


def _walk(node: nodes.Node, asked: frozenset[str], *, optional: bool) -> Iterator[tuple[str, bool, int]]:
    name = _field(node)
    if name is not None:
        yield name, optional or name in asked, node.lineno
    elif isinstance(node, nodes.If):
        yield from _walk(node.test, asked, optional=True)
        for child in node.body:
            yield from _walk(child, asked | _asked_by(node.test), optional=optional)
        for child in (*node.elif_, *node.else_):
            yield from _walk(child, asked, optional=optional)
    elif isinstance(node, nodes.CondExpr):
        yield from _walk(node.test, asked, optional=True)
        yield from _walk(node.expr1, asked | _asked_by(node.test), optional=optional)
        if node.expr2 is not None:
            yield from _walk(node.expr2, asked, optional=optional)
    elif isinstance(node, nodes.Filter) and node.name == "default" and node.node is not None:
        yield from _walk(node.node, asked, optional=True)
        for argument in node.args:
            yield from _walk(argument, asked, optional=optional)
    elif isinstance(node, nodes.Or):
        yield from _walk(node.left, asked, optional=True)
        yield from _walk(node.right, asked, optional=optional)
    else:
        logic = isinstance(node, nodes.Compare | nodes.Not | nodes.Test)
        for child in node.iter_child_nodes():
            yield from _walk(child, asked, optional=optional or logic)


def _asked_by(test: nodes.Node) -> frozenset[str]:
    """The fields that are surely there when ``test`` holds."""
    name = _field(test)
    if name is not None:
        return frozenset({name})
    if isinstance(test, nodes.And):
        return _asked_by(test.left) | _asked_by(test.right)
    if isinstance(test, nodes.Test) and test.name == "defined":
        return _asked_by(test.node)
    if isinstance(test, nodes.Compare) and [operand.op for operand in test.ops] == ["eq"]:
        constant = test.ops[0].expr
        return _asked_by(test.expr) if isinstance(constant, nodes.Const) else frozenset()
    return frozenset()


def _field(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        owner = _field(node.node)
        return None if owner is None else f"{owner}.{node.attr}"
    return None
