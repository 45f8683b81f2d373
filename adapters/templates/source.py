"""Template files, and the template as it is kept with the published version of a sequence.

The format is described in ``docs/templates.md``; a name like ``bd/introduce`` is a path without its ending.
"""

from __future__ import annotations

import difflib
import errno
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from adapters.files.bounded import is_inside, read_bounded
from adapters.templates.files import TemplateFile, load_files
from adapters.templates.html.check_and_finish import local_images
from adapters.templates.locale import is_language
from sequences.channels import CHANNELS, EMAIL, SMS, ChannelSpec
from sequences.errors import TemplateError

EMAIL_TEXT, EMAIL_HTML = EMAIL.endings
MAX_SOURCE = 50_000
# In UTF-8 a character has at most four, and a mark may stand before the first.
_MOST_BYTES = 4 * MAX_SOURCE + 3
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
HEAD = "head:"
"""How the name of a piece begins that is a value of the head."""
HEAD_LINE = re.compile(r"(?i)(subject|attach|language|content|[1-9][0-9]?):[ \t]*(.*)")
"""A line of a head: its key and its value."""
_KEYS_OF_TEXTS = frozenset({"language"})
_KEYS_OF_MAILS = frozenset({"subject", "attach", "language"})


class TemplatePart(NamedTuple):
    """A piece that is a template by itself.

    Attributes:
        part: ``subject``, ``text`` or ``html``.
        file: what errors call it.
        first_line: of the piece, in that file.
        text: as written.
    """

    part: str
    file: str
    first_line: int
    text: str


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """One template as written.

    Attributes:
        name: ``bd/introduce``.
        subject: of an e-mail; None makes it words alone, such as a text message (SMS).
        text: body; empty when an e-mail has HTML only.
        html: HTML body, or None.
        text_line: line of its file on which ``text`` begins.
        html_line: line of its file on which ``html`` begins.
        language: in which dates and amounts are written; None: the recipient's.
        files: attachments and the images that the HTML shows.
        channel: that it is for. Empty when made: e-mail with a subject, SMS without.
        head: what its channel wants to know besides the words: key, line and value, which is a template of its own.
    """

    name: str
    subject: str | None
    text: str
    html: str | None = None
    text_line: int = 1
    html_line: int = 1
    language: str | None = None
    files: tuple[TemplateFile, ...] = ()
    channel: str = ""
    head: tuple[tuple[str, int, str], ...] = ()

    def __post_init__(self) -> None:
        """Tells the channel by the subject, where it is not said."""
        if not self.channel:
            object.__setattr__(self, "channel", _by_subject(self.subject))

    def parts(self) -> tuple[TemplatePart, ...]:
        """Every piece that is a template."""
        if self.subject is None:
            file = self.name + CHANNELS[self.channel].endings[0]
            above = [TemplatePart(f"{HEAD}{key}", file, line, value) for key, line, value in self.head]
            return (*above, TemplatePart("text", file, self.text_line, self.text))
        subject_file = EMAIL_TEXT if self.text else EMAIL_HTML
        parts = [TemplatePart("subject", self.name + subject_file, 1, self.subject)]
        if self.text:
            parts.append(TemplatePart("text", self.name + EMAIL_TEXT, self.text_line, self.text))
        if self.html is not None:
            parts.append(TemplatePart("html", self.name + EMAIL_HTML, self.html_line, self.html))
        return tuple(parts)

    def to_json(self) -> dict[str, Any]:
        """The form in which it is stored; ``from_json`` is its way back."""
        kept = {name: getattr(self, name) for name in _FIRST_FIELDS}
        # Left out when there is nothing, so that what was published before they existed is still the same template.
        if self.language:
            kept["language"] = self.language
        if self.files:
            kept["files"] = [{"path": file.path, "data": file.data, "inline": file.inline} for file in self.files]
        if self.channel != _by_subject(self.subject):
            kept["channel"] = self.channel
        if self.head:
            kept["head"] = [list(each) for each in self.head]
        return kept

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TemplateSource:
        """Restores what ``to_json`` gave."""
        files = tuple(TemplateFile(**file) for file in stored.get("files", ()))
        head = tuple((key, line, value) for key, line, value in stored.get("head", ()))
        return cls(**{**stored, "files": files, "head": head})


_FIRST_FIELDS = ("name", "subject", "text", "html", "text_line", "html_line")


def _by_subject(subject: str | None) -> str:
    return str(SMS.name if subject is None else EMAIL.name)


def source_of(stored: Mapping[str, Any], subject: str | None) -> TemplateSource:
    """A stored template, with another subject where the step or its variant has one of its own."""
    source = TemplateSource.from_json(stored)
    return source if subject is None else replace(source, subject=subject)


class _Head(NamedTuple):
    """What stands above a body.

    Attributes:
        file: that it was read from.
        values: ``(line, key, value)``, keys in small letters.
        line: on which the body begins.
    """

    file: str
    values: tuple[tuple[int, str, str], ...]
    body: str
    line: int

    def get(self, key: str) -> str | None:
        return next((value for _, name, value in self.values if name == key), None)


def is_template_name(name: str) -> bool:
    """Whether a template may have that name, which is a path."""
    return _NAME.fullmatch(name) is not None


def load_templates(folder: Path, names: Iterable[str], channel: str = "") -> dict[str, TemplateSource]:
    """Reads the templates called ``names`` from ``folder``.

    Args:
        folder: of the templates.
        names: without the endings of their files.
        channel: of whose templates a missing one would be; empty: any.

    Raises:
        TemplateError: one is missing, is both e-mail and text message, has no subject or body, is too long or is not
            UTF-8. The message names file and line.
    """
    return {name: _load(folder, name, channel) for name in dict.fromkeys(names)}


def _load(folder: Path, name: str, channel: str) -> TemplateSource:
    if not is_template_name(name):
        raise TemplateError(f"{name!r} is not a template name: lower-case letters, digits, - and _, parts divided by /")
    text, html = (_read(folder, name + ending) for ending in (EMAIL_TEXT, EMAIL_HTML))
    first = EMAIL if text is not None or html is not None else None
    plain = None
    for spec in CHANNELS.values():
        words = None if spec.mail_like else _read(folder, name + spec.endings[0])
        if words is None:
            continue
        if first is not None:
            raise TemplateError(f"{name}{spec.endings[0]}:1: {first.noun} has the same name; rename one of them")
        first, plain = spec, _plain(spec, name, words)
    if plain is not None:
        return plain
    if text is None and html is None:
        sought = [f"{folder / name}{spec.endings[0]}" for spec in CHANNELS.values() if channel in ("", spec.name)]
        missing = " is missing, and so is ".join(sought) + (" is missing" if len(sought) == 1 else "")
        raise TemplateError(f"unknown template {name!r}: {missing}{_hint(folder, name)}")
    file = name + (EMAIL_HTML if text is None else EMAIL_TEXT)
    head = _split(file, (html if text is None else text) or "")
    body_of_html, html_line = (head.body, head.line) if text is None else (html, 1)
    files = _files(folder, name, head, body_of_html, html_line)
    return TemplateSource(
        name,
        head.get("subject"),
        "" if text is None else head.body,
        body_of_html,
        text_line=1 if text is None else head.line,
        html_line=html_line,
        language=head.get("language"),
        files=files,
    )


def _plain(spec: ChannelSpec, name: str, content: str) -> TemplateSource:
    """Words alone have no subject; a head they have only when their first line is one."""
    file = name + spec.endings[0]
    head = _Head(file, (), content.strip("\n"), _first_line(content))
    first, known = HEAD_LINE.fullmatch(content.split("\n", 1)[0].strip()), _KEYS_OF_TEXTS | spec.head
    if first and first.group(1).lower() in known:
        head = _head(file, content)
        for line, key, _ in head.values:
            if key not in known:
                raise TemplateError(f"{file}:{line}: {spec.noun} has no '{key}'")
        head = head._replace(body=head.body.rstrip("\n"))
    if not head.body.strip():
        raise TemplateError(f"{file}:1: the text is empty")
    language = head.get("language")
    above = tuple((key, line, value) for line, key, value in head.values if key in spec.head)
    return TemplateSource(name, None, head.body, text_line=head.line, language=language, channel=spec.name, head=above)


def _split(file: str, source: str) -> _Head:
    """Divides a file of an e-mail into its head and its body."""
    first = HEAD_LINE.fullmatch(source.partition("\n")[0].strip())
    if not first or first.group(1).lower() != "subject" or not first.group(2).strip():
        raise TemplateError(f"{file}:1: the first line must be the subject, as in 'Subject: Good news'")
    head = _head(file, source)
    for line, key, _ in head.values:
        if key not in _KEYS_OF_MAILS:
            raise TemplateError(f"{file}:{line}: an empty line must separate the subject from the body")
    return head


def _head(file: str, source: str) -> _Head:
    values: list[tuple[int, str, str]] = []
    lines = source.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            break
        found = HEAD_LINE.fullmatch(line.strip())
        if not found:
            raise TemplateError(f"{file}:{number}: an empty line must separate the subject from the body")
        key, value = found.group(1).lower(), found.group(2).strip()
        if key != "attach" and any(key == known for _, known, _ in values):
            raise TemplateError(f"{file}:{number}: '{found.group(1)}:' is there twice")
        if key == "language" and not is_language(value):
            raise TemplateError(f"{file}:{number}: {value!r} is not a language code such as en-GB or de")
        values.append((number, key, value))
    rest = "\n".join(lines[len(values) :])
    if not rest.strip():
        raise TemplateError(f"{file}:{len(values) + 1}: the body is empty")
    return _Head(file, tuple(values), rest.strip("\n") + "\n", len(values) + _first_line(rest))


def _files(folder: Path, name: str, head: _Head, html: str | None, html_line: int) -> tuple[TemplateFile, ...]:
    wanted = [(f"{head.file}:{line}", value, False) for line, key, value in head.values if key == "attach"]
    wanted += [(f"{name}{EMAIL_HTML}:{line + html_line - 1}", path, True) for line, path in local_images(html or "")]
    return load_files(folder, wanted)


def _first_line(text: str) -> int:
    return 1 + len(text) - len(text.lstrip("\n"))


def _read(folder: Path, file: str) -> str | None:
    place = folder / file
    try:
        if not is_inside(folder, place):
            raise TemplateError(f"{file}: is outside the folder of templates; a link must lead to a file inside of it")
        if not place.is_file():
            raise TemplateError(f"{file}: cannot be read: it is not a file")
        raw = read_bounded(place, _MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise TemplateError(
                f"{file}: has more than {_MOST_BYTES} bytes, {MAX_SOURCE} characters are allowed"
            ) from None
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
        for spec in CHANNELS.values()
        for ending in spec.endings
        for path in folder.rglob(f"*{ending}")
    }
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
