"""The words that a template says to everybody: without fields, and by the shorter way of each choice."""

from __future__ import annotations

from jinja2 import Environment, TemplateSyntaxError, nodes

# As the renderer's own environment cuts white space.
_ENV = Environment(autoescape=False, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - never rendered


def literal_text(source: str) -> str:
    """The shortest that ``source`` can become, fields left out; empty when it cannot be read (others say why)."""
    try:
        tree = _ENV.parse(source)
    except (TemplateSyntaxError, RecursionError, ValueError):
        return ""
    return _least(tree.body).strip()


def _least(body: list[nodes.Node]) -> str:
    return "".join(_of(node) for node in body)


def _of(node: nodes.Node) -> str:
    if isinstance(node, nodes.Output):
        return "".join(part.data for part in node.nodes if isinstance(part, nodes.TemplateData))
    if isinstance(node, nodes.If):
        choices = [node.body, *(each.body for each in node.elif_), node.else_]
        return min((_least(choice) for choice in choices), key=len)
    return ""
