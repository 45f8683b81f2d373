"""``{{ form('re-registration') }}``: the one call that a template may hold. It is turned into a field before it runs.

So nothing is ever called: the link is looked up under ``form.re-registration``, a name that no author can write, since
a field has no ``-`` and the word ``form`` alone is refused.
"""

from __future__ import annotations

import re

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from sequences.ids import SLUG

FORM = "form"
"""The group of names under which links of forms are looked up."""
FORM_ALLOWED = "{{ form('name-of-the-form') }}"


def is_form_call(node: nodes.Call) -> bool:
    """True for a call of ``form``, with whatever arguments."""
    return isinstance(node.node, nodes.Name) and node.node.name == FORM


def against_form_call(node: nodes.Call) -> str | None:
    """Why the arguments are not the name of a form, or None."""
    plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs) and len(node.args) == 1
    name = node.args[0].value if plain and isinstance(node.args[0], nodes.Const) else None
    if not isinstance(name, str) or re.fullmatch(SLUG, name, re.ASCII) is None:
        return f"form() takes the name of one form, in quotes: {FORM_ALLOWED}"
    return None


class _AsField(NodeTransformer):
    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's name for it
        name = node.args[0]
        assert is_form_call(node)
        assert isinstance(name, nodes.Const)
        group = nodes.Name(FORM, "load", lineno=node.lineno)
        return nodes.Getattr(group, name.value, "load", lineno=node.lineno)


def with_forms_as_fields(tree: nodes.Template) -> nodes.Template:
    """The tree with the field ``form.NAME`` in place of each call. Only for a tree in which nothing is forbidden."""
    done = _AsField().visit(tree)
    assert isinstance(done, nodes.Template)
    return done


def form_named(field: str) -> str | None:
    """The form that a field's name stands for, or None."""
    group, _, name = field.partition(".")
    return name if group == FORM and name else None
