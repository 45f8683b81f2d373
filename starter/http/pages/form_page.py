"""The page of a form: each question as HTML has it, with its label, its help and what is wrong with the answer."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from adapters.uploads.kinds import KINDS
from sequences.forms.answers import CONSENT
from sequences.records.catalogue import Catalogue, Field, FieldType
from services.forms.intake import LinkState

if TYPE_CHECKING:
    from fastapi.responses import HTMLResponse

    from adapters.page_words import PageWords
    from sequences.forms.answers import Wrong
    from sequences.forms.definition import FormDefinition, FormField
    from services.forms.intake import ShownForm
    from starter.http.pages import Pages

MEGABYTE = 1024 * 1024
_FEW = 6
_LONGEST_LABEL = 80
_INPUTS = {
    FieldType.DATE: "date",
    FieldType.EMAIL: "email",
    FieldType.PHONE: "tel",
    FieldType.FILE: "file",
}
_WITH_OPTIONS = ("radio", "checkbox", "select")
_INPUT_MODES = {FieldType.NUMBER: "decimal"}
_AUTOCOMPLETE = {
    "person.first_name": "given-name",
    "person.last_name": "family-name",
    "person.email": "email",
    "person.phone": "tel",
    "person.company": "organization",
    "person.job_title": "organization-title",
    "person.city": "address-level2",
}
_CLOSED = {
    LinkState.EXPIRED: (410, "form.expired"),
    LinkState.USED: (410, "form.used"),
    LinkState.REVOKED: (410, "form.revoked"),
    LinkState.TOO_MANY: (429, "form.too_many"),
}


@dataclass(frozen=True)
class _Option:
    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class _Row:
    """One question.

    Attributes:
        focus: id of what a link to the error leads to.
        described: ids of help and error, for screen readers.
    """

    name: str
    id: str
    kind: str
    label: str
    help: str
    required: bool
    wrong: str
    value: str = ""
    options: tuple[_Option, ...] = ()
    lines: int = 1
    autocomplete: str = ""
    inputmode: str = ""

    @property
    def focus(self) -> str:
        return f"{self.id}-1" if self.kind in ("radio", "checkbox") else self.id

    @property
    def described(self) -> str:
        return " ".join(f"{self.id}-{part}" for part, there in (("help", self.help), ("wrong", self.wrong)) if there)


@dataclass(frozen=True)
class _Consent:
    text: str
    given: bool
    wrong: str
    label: str
    focus: str = "consent"


@dataclass(frozen=True)
class FormPages:
    """Renders forms.

    Attributes:
        known: the field catalogue.
        limit: most bytes of a file; 0: none are taken, and none asked for.
        language: the organisation's, for forms that name none.
    """

    known: Catalogue
    limit: int
    language: str

    def show(self, pages: Pages, shown: ShownForm) -> HTMLResponse:
        """The form, or why it cannot be used and what to do."""
        pages = self._speaking(pages, shown.form)
        words = pages.words
        if shown.state is not LinkState.OPEN:
            return self._closed(pages, shown)
        rows = [
            _row(number, asked, declared, _Shown(shown, words, self.limit))
            for number, asked in enumerate(shown.form.fields, start=1)
            if (declared := self.known.get(asked.field)) is not None
            and (self.limit or declared.type is not FieldType.FILE)
        ]
        consent = self._consent(shown, words)
        errors = [*(row for row in rows if row.wrong), *((consent,) if consent and consent.wrong else ())]
        return pages.page(
            "form.html",
            400 if errors else 200,
            title=shown.form.title,
            introduction=shown.form.introduction,
            rows=rows,
            consent=consent,
            errors=errors,
            files=any(row.kind == "file" for row in rows),
            files_lost=shown.files_lost,
            accept=",".join(f".{ending}" for ending in KINDS),
            any_required=any(row.required for row in rows) or consent is not None,
            sent_on=words.day(shown.sent_at) if shown.sent_at else "",
            until=words.day(shown.expires_at),
            button=shown.form.button or words("form.button"),
        )

    def thanks(self, pages: Pages, shown: ShownForm, token: str) -> HTMLResponse:
        """After the form was sent. The link back is relative: the public address may have a path of its own."""
        pages = self._speaking(pages, shown.form)
        change = f"../{token}" if shown.state is LinkState.OPEN else ""
        title = pages.words("form.thanks_title")
        return pages.page("thanks.html", 200, title=title, thank_you=shown.form.thank_you, change=change)

    def _speaking(self, pages: Pages, form: FormDefinition) -> Pages:
        """What the author wrote is in one language: so is what stands around it."""
        return pages.speaking(form.language, self.language)

    def _closed(self, pages: Pages, shown: ShownForm) -> HTMLResponse:
        status, key = _CLOSED[shown.state]
        sent = pages.words.day(shown.sent_at) if shown.sent_at else ""
        return pages.notice(status, key, until=pages.words.day(shown.expires_at), day=sent)

    def _consent(self, shown: ShownForm, words: PageWords) -> _Consent | None:
        if shown.form.consent is None:
            return None
        wrong = shown.wrong.get(CONSENT)
        # Agreed to already, when it is only another field that has to be looked at again.
        given = bool(shown.wrong) and wrong is None
        label = shorten(shown.form.consent, _LONGEST_LABEL, placeholder=" …").rstrip(".")
        return _Consent(shown.form.consent, given, words(f"wrong.{wrong}") if wrong else "", label)


@dataclass(frozen=True)
class _Shown:
    shown: ShownForm
    words: PageWords
    limit: int

    def wrong(self, field: str) -> str:
        found: Wrong | None = self.shown.wrong.get(field)
        return self.words(f"wrong.{found}", megabytes=self.limit // MEGABYTE) if found else ""


def _row(number: int, asked: FormField, declared: Field, about: _Shown) -> _Row:
    values = about.shown.values.get(asked.field, ())
    kind = _kind(asked, declared)
    there = declared.type is FieldType.FILE and asked.field in about.shown.has_file
    return _Row(
        name=asked.field,
        id=f"field-{number}",
        kind=kind,
        label=asked.label or declared.label,
        help=_help(asked, declared, about, there=there),
        required=asked.required and not there,
        wrong=about.wrong(asked.field),
        value=values[0] if values and kind not in (*_WITH_OPTIONS, "file") else "",
        options=_options(asked, declared, values, about.words) if kind in _WITH_OPTIONS else (),
        lines=asked.lines,
        autocomplete=_AUTOCOMPLETE.get(asked.field, ""),
        inputmode=_INPUT_MODES.get(declared.type, ""),
    )


def _kind(asked: FormField, declared: Field) -> str:
    choices = asked.choices or declared.choices
    if declared.type is FieldType.LIST:
        return "checkbox"
    if declared.type is FieldType.BOOLEAN:
        return "radio"
    if choices:
        return "radio" if len(choices) <= _FEW else "select"
    return "textarea" if asked.lines > 1 else _INPUTS.get(declared.type, "text")


def _options(asked: FormField, declared: Field, values: tuple[str, ...], words: PageWords) -> tuple[_Option, ...]:
    if declared.type is FieldType.BOOLEAN:
        pairs = [("true", words("form.yes")), ("false", words("form.no"))]
    else:
        pairs = [(choice, choice) for choice in asked.choices or declared.choices]
    if _kind(asked, declared) == "radio" and not asked.required:
        # A radio button cannot be taken back otherwise.
        pairs.append(("", words("form.no_answer")))
    return tuple(_Option(value, label, value in (values or ("",))) for value, label in pairs)


def _help(asked: FormField, declared: Field, about: _Shown, *, there: bool) -> str:
    parts = [asked.help or ""]
    if declared.type is FieldType.FILE:
        parts.append(about.words("form.file_hint", megabytes=about.limit // MEGABYTE))
        parts.append(about.words("form.file_there") if there else "")
    return " ".join(part for part in parts if part)
