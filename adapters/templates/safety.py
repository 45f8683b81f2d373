"""What a template may contain, checked on the parsed tree and before it is compiled.

Jinja's sandbox stops escapes but neither memory nor time: ``{{ 'x' * 10**9 }}`` is folded while *compiling*. So only
what is listed here is let through: fields, constants, named filters, conditions. No loops, no arithmetic, and of all
calls only ``form('name')``, which is a link and is read as one (``adapters.templates.form_calls``).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateSyntaxError, nodes

from adapters.templates.filters import FILTER_ARGUMENTS, argument_problem
from adapters.templates.form_calls import FORM, FORM_ALLOWED, against_form_call, is_form_call
from adapters.templates.source import MAX_SOURCE

_MAX_DEPTH = 40
_MAX_CONSTANT = 2_000
_PLAIN = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Const, nodes.Filter)
_LOGIC = (nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Test)
_ALLOWED = (*_PLAIN, *_LOGIC, nodes.Concat)
_RESERVED = frozenset({"self", "super", "caller", "loop", "varargs", "kwargs"})
_TESTS = frozenset({"defined", "undefined"})
_COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq"})
_CALLED: dict[type[nodes.Node], str] = {
    nodes.Call: "a call",
    nodes.For: "a loop",
    nodes.Assign: "an assignment",
    nodes.Macro: "a macro",
    nodes.Include: "an include",
    nodes.Import: "an import",
    nodes.Getitem: "an index; write fields with a dot,",
    nodes.List: "a list",
    nodes.Tuple: "a tuple",
    nodes.Dict: "a dictionary",
}


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """Why a template cannot be used: ``file:line``, the part (subject, text, html) and what is wrong.

    Attributes:
        name: of the field or form that is unknown, as it is written; empty: it is something else.
    """

    file: str
    part: str
    line: int
    message: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def parse(env: Environment, source: str) -> nodes.Template | tuple[int, str]:
    """Parses without compiling; gives the tree, or the line and the reason why there is none."""
    if len(source) > MAX_SOURCE:
        return 1, f"has {len(source)} characters, {MAX_SOURCE} are allowed"
    try:
        return env.parse(source)
    except TemplateSyntaxError as error:
        return error.lineno, (error.message or "cannot be read").rstrip(".")
    except (RecursionError, ValueError):
        # A ValueError is a number of thousands of digits.
        return 1, "is nested too deeply or holds a number that is too long"


def forbidden(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Gives line and reason of everything that is not on the list."""
    open_nodes: list[tuple[nodes.Node, int, int]] = [(tree, 0, 1)]
    while open_nodes:
        node, depth, line = open_nodes.pop()
        line = node.lineno or line  # an operand has none of its own
        if depth > _MAX_DEPTH:
            yield line, "is nested too deeply"
            return
        reason = _reason_against(node)
        if reason:
            yield line, reason
            continue
        if isinstance(node, nodes.Call):
            continue  # the name of a form, which was looked at
        open_nodes += [(child, depth + 1, line) for child in node.iter_child_nodes()]


def _reason_against(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Call) and is_form_call(node):
        return against_form_call(node)
    if not isinstance(node, _ALLOWED):
        name = _CALLED.get(type(node), f"'{type(node).__name__.lower()}'")
        return f"{name} is not allowed in a template; allowed are fields, filters and conditions"
    checks = {
        nodes.Filter: _against_filter,
        nodes.Test: _against_test,
        nodes.Operand: _against_operand,
        nodes.Getattr: _against_attribute,
        nodes.Name: _against_name,
        nodes.Const: _against_constant,
    }
    check = checks.get(type(node))
    return check(node) if check else None


def _against_filter(node: nodes.Node) -> str | None:
    assert isinstance(node, nodes.Filter)
    if node.name not in FILTER_ARGUMENTS:
        allowed = ", ".join(sorted(FILTER_ARGUMENTS))
        return f"unknown filter '{node.name}'{did_you_mean(node.name, FILTER_ARGUMENTS)}; allowed are {allowed}"
    if node.node is None or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        return f"the filter '{node.name}' only takes plain arguments"
    least, most = FILTER_ARGUMENTS[node.name]
    if not least <= len(node.args) <= most:
        return f"the filter '{node.name}' takes {least if least == most else f'{least} or {most}'} argument(s)"
    return argument_problem(
        node.name, [argument.value if isinstance(argument, nodes.Const) else None for argument in node.args]
    )


def _against_test(node: nodes.Node) -> str | None:
    assert isinstance(node, nodes.Test)
    return None if node.name in _TESTS and not node.args else f"the test 'is {node.name}' is not allowed"


def _against_operand(node: nodes.Node) -> str | None:
    assert isinstance(node, nodes.Operand)
    return None if node.op in _COMPARISONS else f"the comparison '{node.op}' is not allowed"


def _against_attribute(node: nodes.Node) -> str | None:
    assert isinstance(node, nodes.Getattr)
    if node.attr.startswith("_"):
        return "the name of a field must not start with '_'"
    return None if isinstance(node.node, nodes.Name | nodes.Getattr) else "a dot is only allowed in the name of a field"


def _against_name(node: nodes.Node) -> str | None:
    assert isinstance(node, nodes.Name)
    if node.name in _RESERVED:
        return f"'{node.name}' is not a field"
    if node.name == FORM:
        return f"the link of a form is written {FORM_ALLOWED}"
    return "the name of a field must not start with '_'" if node.name.startswith("_") else None


def _against_constant(node: nodes.Node) -> str | None:
    assert isinstance(node, nodes.Const)
    return "a constant is too long" if len(str(node.value)) > _MAX_CONSTANT else None


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A hint at the closest of ``known``, or nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f", did you mean '{close[0]}'?" if close else ""
