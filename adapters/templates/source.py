"""Template files, and the template as it is kept with the published version of a sequence.

The format is described in ``docs/templates.md``; a name like ``bd/introduce`` is a path without its ending.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sequences.errors import TemplateError

EMAIL_TEXT, EMAIL_HTML, SMS_TEXT = ".email.txt", ".email.html", ".sms.txt"
MAX_SOURCE = 50_000
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
_SUBJECT = re.compile(r"(?i)subject:[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """One template as written.

    Attributes:
        name: ``bd/introduce``.
        subject: of an e-mail; None makes it a text message (SMS).
        text: body; empty when an e-mail has HTML only.
        html: HTML body, or None.
        text_line: line of its file on which ``text`` begins.
        html_line: line of its file on which ``html`` begins.
    """

    name: str
    subject: str | None
    text: str
    html: str | None = None
    text_line: int = 1
    html_line: int = 1

    @property
    def channel(self) -> str:
        """``email`` or ``sms``."""
        return "sms" if self.subject is None else "email"

    def parts(self) -> tuple[tuple[str, str, int, str], ...]:
        """Every piece that is a template: ``(part, file, first line, source)``."""
        if self.subject is None:
            return (("text", self.name + SMS_TEXT, self.text_line, self.text),)
        subject_file = EMAIL_TEXT if self.text else EMAIL_HTML
        parts = [("subject", self.name + subject_file, 1, self.subject)]
        if self.text:
            parts.append(("text", self.name + EMAIL_TEXT, self.text_line, self.text))
        if self.html is not None:
            parts.append(("html", self.name + EMAIL_HTML, self.html_line, self.html))
        return tuple(parts)

    def to_json(self) -> dict[str, Any]:
        """The form in which it is stored; ``from_json`` is its way back."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TemplateSource:
        """Restores what ``to_json`` gave."""
        return cls(**stored)


def load_templates(folder: Path, names: Iterable[str]) -> dict[str, TemplateSource]:
    """Reads the templates called ``names`` from ``folder``.

    Raises:
        TemplateError: one is missing, is both e-mail and text message, has no subject or body, is too long or is not
            UTF-8. The message names file and line.
    """
    return {name: _load(folder, name) for name in dict.fromkeys(names)}


def _load(folder: Path, name: str) -> TemplateSource:
    if not _NAME.fullmatch(name):
        raise TemplateError(f"{name!r} is no template name: lower-case letters, digits, - and _, parts divided by /")
    text, html, sms = (_read(folder, name + ending) for ending in (EMAIL_TEXT, EMAIL_HTML, SMS_TEXT))
    if sms is not None:
        if text is not None or html is not None:
            raise TemplateError(f"{name}{SMS_TEXT}:1: there is an e-mail of the same name; rename one of them")
        if not sms.strip():
            raise TemplateError(f"{name}{SMS_TEXT}:1: the text is empty")
        return TemplateSource(name, None, sms.strip("\n"), text_line=_first_line(sms))
    if text is not None:
        subject, body, line = _split(name + EMAIL_TEXT, text)
        return TemplateSource(name, subject, body, html, text_line=line)
    if html is not None:
        subject, body, line = _split(name + EMAIL_HTML, html)
        return TemplateSource(name, subject, "", body, html_line=line)
    raise TemplateError(f"there is no template {name!r}: {folder / name}{EMAIL_TEXT} is missing{_hint(folder, name)}")


def _split(file: str, source: str) -> tuple[str, str, int]:
    """Divides a file into its subject, its body and the line on which the body begins."""
    first, _, rest = source.partition("\n")
    subject = _SUBJECT.fullmatch(first.strip())
    if not subject or not subject.group(1).strip():
        raise TemplateError(f"{file}:1: the first line must be the subject, as in 'Subject: Good news'")
    if rest.strip() and rest.split("\n", 1)[0].strip():
        raise TemplateError(f"{file}:2: an empty line must divide the subject from the body")
    if not rest.strip():
        raise TemplateError(f"{file}:2: the body is empty")
    return subject.group(1).strip(), rest.strip("\n") + "\n", 1 + _first_line(rest)


def _first_line(text: str) -> int:
    return 1 + len(text) - len(text.lstrip("\n"))


def _read(folder: Path, file: str) -> str | None:
    try:
        raw = (folder / file).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TemplateError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TemplateError(f"{file}:{line}: is not UTF-8; save the file with that encoding") from None
    if len(text) > MAX_SOURCE:
        raise TemplateError(f"{file}: has {len(text)} characters, {MAX_SOURCE} are allowed")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _hint(folder: Path, name: str) -> str:
    known = {
        path.relative_to(folder).as_posix().removesuffix(ending)
        for ending in (EMAIL_TEXT, EMAIL_HTML, SMS_TEXT)
        for path in folder.rglob(f"*{ending}")
    }
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
