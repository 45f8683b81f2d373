"""The files of a template: what they are called, and their text for a template that is stored with a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.templates.source import EMAIL_HTML, EMAIL_TEXT, is_template_name
from sequences.channels import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.templates.source import TemplateSource


def template_of(path: str) -> tuple[str, str] | None:
    """Name and channel of the template that a file belongs to; None: no template has such a file.

    >>> template_of("bd/introduce.email.txt")
    ('bd/introduce', 'email')
    """
    for spec in CHANNELS.values():
        for ending in spec.endings:
            name = path.removesuffix(ending)
            if name != path and is_template_name(name):
                return name, str(spec.name)
    return None


def files_of(source: TemplateSource) -> dict[str, str]:
    """The texts of a template by path. Read again they are the same template, line numbers too."""
    head = list(_head(source))
    if source.subject is None:
        path = source.name + CHANNELS[source.channel].endings[0]
        return {path: _with_head(head, source.text, source.text_line)}
    if not source.text:
        return {source.name + EMAIL_HTML: _with_head(head, source.html or "", source.html_line)}
    files = {source.name + EMAIL_TEXT: _with_head(head, source.text, source.text_line)}
    if source.html is not None:
        files[source.name + EMAIL_HTML] = source.html
    return files


def _head(source: TemplateSource) -> Iterator[str]:
    if source.subject is not None:
        yield f"Subject: {source.subject}"
        yield from (f"Attach: {file.path}" for file in source.files if not file.inline)
    if source.language:
        yield f"Language: {source.language}"
    yield from (f"{key.capitalize()}: {value}" for key, _, value in source.head)


def _with_head(head: list[str], body: str, first_line: int) -> str:
    # A version says on which line its body began: blank lines between the two put it there again.
    blank = max(first_line - 1 - len(head), 1 if head else 0)
    lines = "\n".join([*head, *[""] * blank, body])
    return lines if lines.endswith("\n") else lines + "\n"
