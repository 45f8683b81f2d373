"""Templates become the words that one person receives."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from jinja2 import Environment, Template, TemplateRuntimeError, UndefinedError, nodes

from adapters.mail.outgoing.address import one_line
from adapters.templates.bodies import html_from_text, text_from_html
from adapters.templates.environment import environment
from adapters.templates.fields import FieldUse, is_allowed, uses_in
from adapters.templates.filters import LOCALE
from adapters.templates.form_calls import form_named, with_forms_as_fields
from adapters.templates.html.check_and_finish import finish, html_problems
from adapters.templates.locale import DEFAULT_LANGUAGE, locale_of
from adapters.templates.safety import TemplateProblem, did_you_mean, forbidden, parse
from adapters.templates.source import HEAD, TemplatePart, TemplateSource
from adapters.templates.values import Values, as_types, context_of, in_part
from sequences.errors import TemplateError
from sequences.records.catalogue import OF_A_MAIL, ORGANISATION_FOOTER, SIGNATURE, FieldType
from sequences.records.field_hints import field_hint
from sequences.sending.email_content import EmailContent
from sequences.sending.footer import Footer
from sequences.sending.headed_words import HeadedWords

_MAX_OUTPUT = 500_000
_MOST_MISSING = 50


class _MissingFieldError(TemplateError):
    """A field that a template needs has no value."""

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


class _Ready(NamedTuple):
    """A compiled piece and the fields that it uses."""

    template: Template
    uses: tuple[FieldUse, ...]


class Renderer:
    """Checks and renders; keeps what it compiled. Holds no state of a person, so one serves all threads.

    Args:
        cached: how many pieces of templates are kept compiled.
        language: the organisation's, for recipients whose own is not known.
        custom_fields: the organisation's own fields; one declared a date is written as one.
    """

    def __init__(
        self,
        cached: int = 512,
        *,
        language: str = DEFAULT_LANGUAGE,
        custom_fields: Mapping[str, FieldType] | None = None,
    ) -> None:
        self._language = language
        self._types = as_types(custom_fields)
        self._plain = environment(autoescape=False)
        self._html = environment(autoescape=True)
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
                    file, part, use.line, _unknown(use.name, allowed_fields), form_named(use.name) or use.name
                )
                for use in uses_in(with_forms_as_fields(tree), part, first_line)
                if not is_allowed(use.name, allowed_fields)
            ]
        if part == "html":
            wrong += [
                TemplateProblem(file, part, line + first_line - 1, why)
                for line, why in dict.fromkeys(html_problems(text))
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

    def render(
        self, source: TemplateSource, values: Values, footer: Footer | None = None, signature: Footer | None = None
    ) -> EmailContent | str:
        """Renders for one person: an ``EmailContent`` for an e-mail, the text for a text message.

        A body that the recruiter did not write is derived from the other, so an e-mail always has both.

        Args:
            source: as loaded.
            values: fields by group, and what has no group.
            footer: goes under an e-mail that says nowhere how to get no more of them.
            signature: goes above it, under an e-mail that does not name ``signature``.

        Raises:
            TemplateError: a field is missing and has no default; the message names it, never a value.
        """
        placed = values.get(ORGANISATION_FOOTER)
        if signature is not None and isinstance(placed, Footer) and self._places_footer(source):
            # The template says where the footer stands; the signature still belongs above it.
            values, signature = {**values, ORGANISATION_FOOTER: signature.above(placed)}, None
        done = dict(self._pieces(source, values))
        if source.subject is None:
            words = _not_blank(done["text"].strip(), source, "text")
            return HeadedWords.of(words, {key: one_line(done[f"{HEAD}{key}"]) for key, _, _ in source.head})
        subject = _not_blank(one_line(done["subject"]), source, "subject")
        text, html = done.get("text"), done.get("html")
        files = tuple(file.mail_file for file in source.files)
        for below in self._goes_below(source, footer, signature):
            # Into what was written: the other body is derived from it.
            text = below.under_text(text) if text is not None else None
            html = below.under_html(html) if html is not None else None
        if html is not None:
            named = zip(source.files, files, strict=True)
            html = finish(html, {file.path: mail.content_id for file, mail in named if mail.content_id is not None})
        if text is None:
            text = text_from_html(html or "")
        text = _not_blank(text, source, "text")
        return EmailContent(subject, text, html_from_text(text) if html is None else html, files)

    def _goes_below(self, source: TemplateSource, footer: Footer | None, signature: Footer | None) -> Iterator[Footer]:
        if signature is not None and all(use.name != SIGNATURE for use in self.fields_of(source)):
            yield signature
        if footer is not None and not self.says_how_to_leave(source):
            yield footer

    def _places_footer(self, source: TemplateSource) -> bool:
        """Whether each body of an e-mail places the organisation's footer itself, and none the signature."""
        uses = self.fields_of(source)
        placed = {use.part for use in uses if use.name == ORGANISATION_FOOTER}
        bodies = {piece.part for piece in source.parts()} & {"text", "html"}
        return bodies <= placed and all(use.name != SIGNATURE for use in uses)

    def says_how_to_leave(self, source: TemplateSource) -> bool:
        """True for an e-mail that names the unsubscribe page, the preferences or the organisation's footer."""
        return any(use.name in OF_A_MAIL for use in self.fields_of(source))

    def missing(self, source: TemplateSource, values: Values) -> tuple[str, ...]:
        """The fields for want of which ``source`` cannot be rendered for this person; empty when it can be.

        Only what would really be printed counts: a field in a branch that is not taken is not missing. Quick, since
        nothing is made of what is rendered.

        Raises:
            TemplateError: it cannot be rendered for another reason, such as a date that is none.
        """
        found: list[str] = []
        while len(found) < _MOST_MISSING:
            try:
                for _ in self._pieces(source, values, tuple(found)):
                    pass
                break
            except _MissingFieldError as error:
                if error.name in found:
                    break
                found.append(error.name)
            except TemplateError:
                if not found:
                    raise
                break  # the stand-in of a missing field did not fit; those found are missing all the same
        return tuple(found)

    def render_text(self, text: str, values: Values, *, where: str = "template") -> str:
        """Renders one line, such as a task's title.

        Args:
            text: the template.
            values: fields by group.
            where: how an error calls the template.

        Raises:
            TemplateError: forbidden syntax, or a missing field without default.
        """
        return one_line(self._fill(TemplatePart("text", where, 1, text), values))

    def _pieces(
        self, source: TemplateSource, values: Values, stand_ins: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, str]]:
        for part in source.parts():
            yield part.part, self._fill(part, values, language=source.language, stand_ins=stand_ins)

    def _fill(
        self,
        part: TemplatePart,
        values: Values,
        *,
        language: str | None = None,
        stand_ins: tuple[str, ...] = (),
    ) -> str:
        file = part.file
        ready = self._ready(part.part == "html", part.text, file, part.first_line)
        names = [use.name for use in ready.uses]
        values = in_part(values, html=part.part == "html")
        context = context_of(names, values, self._types, file=file, stand_ins=stand_ins)
        person = values.get("person")
        spoken = language or (person.get("language") if isinstance(person, Mapping) else None)
        pieces: list[str] = []
        length = 0
        try:
            for piece in ready.template.generate({**context, LOCALE: locale_of(spoken, self._language)}):
                length += len(piece)
                if length > _MAX_OUTPUT:
                    raise TemplateError(f"{file}: renders to more than {_MAX_OUTPUT} characters")
                pieces.append(piece)
        except UndefinedError as error:
            name = str(error)
            line = min(
                (use.line for use in ready.uses if use.name == name and not use.optional), default=part.first_line
            )
            raise _MissingFieldError(f"{file}:{line}: the field '{name}' is missing and has no default", name) from None
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
        tree = with_forms_as_fields(tree)
        return _Ready(env.from_string(tree), uses_in(tree, "html" if html else "text", first_line))

    def _env(self, part: str) -> Environment:
        return self._html if part == "html" else self._plain


def _not_blank(rendered: str, source: TemplateSource, part: str) -> str:
    if not rendered.strip():
        raise TemplateError(f"{source.name}: the {part} is empty once rendered")
    return rendered


def _unknown(name: str, allowed: Collection[str]) -> str:
    form = form_named(name)
    if form is None:
        return f"unknown field '{name}'{_meant(name, allowed)}"
    known = [known for field in allowed if (known := form_named(field)) is not None]
    return f"unknown form '{form}'{did_you_mean(form, known) or _listed(known)}"


def _listed(forms: Collection[str]) -> str:
    return f"; there are {', '.join(sorted(forms))}" if forms else "; there is no form in the folder of forms"


def _meant(name: str, allowed: Collection[str]) -> str:
    found = field_hint(name, (field for field in allowed if not field.endswith("*")))
    return f", did you mean {' or '.join(repr(field) for field in found)}?" if found else ""
