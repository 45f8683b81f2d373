"""Jinja with everything taken out that a mail does not need."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from adapters.templates.filters import FILTERS, Missing, printed
from adapters.templates.values import TemplateGroup
from sequences.errors import TemplateError


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        # Never an attribute of a Python object: "person.items" is the field or nothing.
        if isinstance(obj, TemplateGroup) and attribute in obj:
            return obj[attribute]
        path = obj.path if isinstance(obj, TemplateGroup) else getattr(obj, "_undefined_name", "?")
        return self.undefined(name=f"{path}.{attribute}")


def environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    """No globals, our filters, two tests; a missing field is ``Missing``."""
    env = _Environment(
        autoescape=autoescape,
        undefined=Missing,
        finalize=_printed,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
    )
    env.globals.clear()
    env.filters = dict(FILTERS)
    env.tests = {name: env.tests[name] for name in ("defined", "undefined")}
    return env


@pass_context
def _printed(context: Context, value: Any) -> Any:
    if isinstance(value, TemplateGroup):
        raise TemplateError(f"{value.path} is a group of fields; use one of its fields")
    return printed(context, value)
