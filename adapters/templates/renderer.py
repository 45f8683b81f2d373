"""Templates become the words that one person receives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from jinja2 import Template, TemplateRuntimeError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from adapters.mail.address import one_line
from adapters.templates.bodies import html_from_text, text_from_html
from adapters.templates.fields import FieldUse, is_allowed, uses_in
from adapters.templates.filters import FILTERS, Missing, format_date
from adapters.templates.safety import TemplateProblem, did_you_mean, forbidden, parse
from adapters.templates.source import TemplateSource
from sequences.errors import TemplateError
from sequences.outbound import EmailContent

Values = Mapping[str, Mapping[str, object]]
_MAX_VALUE = 10_000
_MAX_OUTPUT = 500_000


class _Group(dict[str, Any]):
    """Fields under one name; knows its name, so that a missing field can be called by its whole one."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


class _Environment(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        # Never an attribute of a Python object: "person.items" is the field or nothing.
        if isinstance(obj, _Group) and attribute in obj:
            return obj[attribute]
        path = obj.path if isinstance(obj, _Group) else getattr(obj, "_undefined_name", "?")
        return self.undefined(name=f"{path}.{attribute}")


class _Ready(NamedTuple):
    """A compiled piece and the fields that it uses."""

    template: Template
    uses: tuple[FieldUse, ...]


def _environment(*, autoescape: bool) -> _Environment:
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


def _printed(value: Any) -> Any:
    if isinstance(value, _Group):
        raise TemplateError(f"{value.path} is a group of fields; name one of them")
    return format_date(value, "short") if isinstance(value, date) else value


class Renderer:
    """Checks and renders; keeps what it compiled. Holds no state of a person, so one serves all threads."""

    def __init__(self, cached: int = 512) -> None:
        self._plain = _environment(autoescape=False)
        self._html = _environment(autoescape=True)
        self._ready = lru_cache(maxsize=cached)(self._compile)

    def check(self, source: TemplateSource, allowed_fields: Collection[str]) -> tuple[TemplateProblem, ...]:
        """Finds everything that keeps ``source`` from being published; an empty answer means that it is good.

        Args:
            source: as loaded.
            allowed_fields: full names (``person.first_name``); ``custom.*`` allows every custom field.
        """
        found: list[TemplateProblem] = []
        for part, file, first_line, text in source.parts():
            found += self.check_text(text, allowed_fields, file=file, part=part, first_line=first_line)
        return tuple(found)

    def check_text(
        self, text: str, allowed_fields: Collection[str], *, file: str, part: str = "text", first_line: int = 1
    ) -> tuple[TemplateProblem, ...]:
        """Does what ``check`` does for a single piece, such as a task's title in a sequence file."""
        tree = parse(self._env(part), text)
        if not isinstance(tree, nodes.Template):
            return (TemplateProblem(file, part, tree[0] + first_line - 1, tree[1]),)
        wrong = [TemplateProblem(file, part, line + first_line - 1, why) for line, why in forbidden(tree)]
        if not wrong:
            wrong = [
                TemplateProblem(
                    file, part, use.line, f"there is no field '{use.name}'{did_you_mean(use.name, allowed_fields)}"
                )
                for use in uses_in(tree, part, first_line)
                if not is_allowed(use.name, allowed_fields)
            ]
        return tuple(sorted(wrong, key=lambda problem: problem.line))

    def fields_of(self, source: TemplateSource) -> tuple[FieldUse, ...]:
        """Every field that ``source`` uses, where, and whether it renders without it.

        Raises:
            TemplateError: the template is not one that ``check`` lets through.
        """
        uses: list[FieldUse] = []
        for part, file, first_line, text in source.parts():
            ready = self._ready(part == "html", text, file, first_line)
            uses += [replace(use, part=part) for use in ready.uses]
        return tuple(uses)

    def render(self, source: TemplateSource, values: Values) -> EmailContent | str:
        """Renders for one person: an ``EmailContent`` for an e-mail, the text for a text message.

        A body that the recruiter did not write is derived from the other, so an e-mail always has both.

        Raises:
            TemplateError: a field is missing and has no default; the message names it, never a value.
        """
        done = {
            part: self._fill(text, values, file=file, first_line=first_line, html=part == "html")
            for part, file, first_line, text in source.parts()
        }
        if source.subject is None:
            return _not_blank(done["text"].strip(), source, "text")
        subject = _not_blank(one_line(done["subject"]), source, "subject")
        text, html = done.get("text"), done.get("html")
        if text is None:
            text = text_from_html(html or "")
        return EmailContent(subject, _not_blank(text, source, "text"), html_from_text(text) if html is None else html)

    def render_text(self, text: str, values: Values, *, where: str = "template") -> str:
        """Renders one line, such as a task's title.

        Args:
            text: the template.
            values: fields by group.
            where: how an error calls the template.

        Raises:
            TemplateError: forbidden syntax, or a missing field without default.
        """
        return one_line(self._fill(text, values, file=where, first_line=1, html=False))

    def _fill(self, text: str, values: Values, *, file: str, first_line: int, html: bool) -> str:
        ready = self._ready(html, text, file, first_line)
        pieces: list[str] = []
        length = 0
        try:
            for piece in ready.template.generate(_context(ready.uses, values, file)):
                length += len(piece)
                if length > _MAX_OUTPUT:
                    raise TemplateError(f"{file}: renders to more than {_MAX_OUTPUT} characters")
                pieces.append(piece)
        except UndefinedError as error:
            name = str(error)
            line = min((use.line for use in ready.uses if use.name == name and not use.optional), default=first_line)
            raise TemplateError(f"{file}:{line}: the field '{name}' is missing and has no default") from None
        except (TemplateRuntimeError, TypeError, ValueError) as error:
            # The error's own words may quote a value.
            raise TemplateError(f"{file}: cannot be rendered: {type(error).__name__}") from None
        return "".join(pieces)

    def _compile(self, html: bool, text: str, file: str, first_line: int) -> _Ready:
        env = self._html if html else self._plain
        tree = parse(env, text)
        if not isinstance(tree, nodes.Template):
            raise TemplateError(f"{file}:{tree[0] + first_line - 1}: {tree[1]}")
        for line, why in forbidden(tree):
            raise TemplateError(f"{file}:{line + first_line - 1}: {why}")
        return _Ready(env.from_string(tree), uses_in(tree, "html" if html else "text", first_line))

    def _env(self, part: str) -> _Environment:
        return self._html if part == "html" else self._plain


def _context(uses: tuple[FieldUse, ...], values: Values, file: str) -> dict[str, Any]:
    """Only the fields that the template names, as plain values; what is missing is left out."""
    root = _Group("")
    for use in uses:
        *groups, last = use.name.split(".")
        here: _Group = root
        there: object = values
        for name in groups:
            path = f"{here.path}.{name}".lstrip(".")
            group = here.setdefault(name, _Group(path))
            if not isinstance(group, _Group):
                raise TemplateError(f"{file}: {path} is a field, not a group of fields")
            here = group
            there = there.get(name) if isinstance(there, Mapping) else None
        value = _plain_value(there.get(last) if isinstance(there, Mapping) else None, use.name, file)
        if value is not None and last not in here:
            here[last] = value
    return dict(root)


def _plain_value(value: object, name: str, file: str) -> object:
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)
        value = ", ".join(items)
    if isinstance(value, Mapping):
        return None
    if not isinstance(value, str):
        raise TemplateError(f"{file}: the field '{name}' holds a {type(value).__name__}, which cannot be printed")
    if len(value) > _MAX_VALUE:
        raise TemplateError(f"{file}: the field '{name}' holds more than {_MAX_VALUE} characters")
    return value if value.strip() else None


def _not_blank(rendered: str, source: TemplateSource, part: str) -> str:
    if not rendered.strip():
        raise TemplateError(f"{source.name}: the {part} is empty once rendered")
    return rendered
