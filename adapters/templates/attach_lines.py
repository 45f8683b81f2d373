"""The files that a text of a template names: the ``Attach:`` lines of its head, and the pictures of its HTML."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import Final

from adapters.templates.html.check_and_finish import image_places, local_images
from adapters.templates.source import EMAIL_HTML, HEAD_LINE, MAX_SOURCE
from sequences.errors import TemplateError

_BEFORE: Final = re.compile(r"[ \t]*<p>[ \t]*", re.IGNORECASE)
_AFTER: Final = re.compile(r"[ \t]*</p>[ \t]*\n?", re.IGNORECASE)
_BODY_END: Final = re.compile(r"</body\b", re.IGNORECASE)


def attached_files(text: str) -> tuple[str, ...]:
    """The paths of its ``Attach:`` lines, in their order."""
    lines = text.split("\n")
    return tuple(dict.fromkeys(value for key, value in map(_key_and_value, lines[: _head(lines)]) if key == "attach"))


def shown_files(path: str, text: str) -> tuple[str, ...]:
    """The paths of the pictures that a text shows, in their order; ``path`` is that of the text."""
    # What is longer cannot be published, and its tags may take long.
    return _shown(text) if path.endswith(EMAIL_HTML) and len(text) <= MAX_SOURCE else ()


@lru_cache(maxsize=200)
def _shown(html: str) -> tuple[str, ...]:
    # A page of the editor asks several times for each message.
    return tuple(dict.fromkeys(path for _, path in local_images(html)))


def named_files(path: str, text: str) -> tuple[str, ...]:
    """Both of them."""
    return (*attached_files(text), *shown_files(path, text))


def with_attachment(text: str, path: str) -> str:
    """The text with one more file attached, below those that it has.

    Raises:
        TemplateError: it has no head.
    """
    lines = text.split("\n")
    head = _head(lines)
    if head == 0:
        raise TemplateError("the first line must be the subject, as in 'Subject: Good news'")
    if path in attached_files(text):
        return text
    keys = [_key_and_value(line)[0] for line in lines[:head]]
    below = max(number for number, key in enumerate(keys) if key == "attach" or number == 0) + 1
    return "\n".join([*lines[:below], f"Attach: {path}", *lines[below:]])


def without_attachment(text: str, path: str) -> str:
    """The text without the lines that attach a file; everything else stays as it is."""
    lines = text.split("\n")
    head = _head(lines)
    kept = [line for line in lines[:head] if _key_and_value(line) != ("attach", path)]
    return "\n".join([*kept, *lines[head:]])


def with_picture(html: str, path: str) -> str:
    """The HTML with one more picture, at its end: whoever writes it moves the line to where it belongs."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    words = " ".join(re.split(r"[-_\s]+", stem)).strip()
    line = f'<p><img src="{escape(path)}" alt="{escape(words)}" style="max-width: 100%"></p>\n'
    ends = list(_BODY_END.finditer(html))
    place = ends[-1].start() if ends else len(html)
    before = html[:place]
    return f"{before}{'' if not before or before.endswith(chr(10)) else chr(10)}{line}{html[place:]}"


def without_picture(html: str, path: str) -> str:
    """The HTML without the pictures of a file, and without a paragraph that had nothing else in it."""
    if len(html) > MAX_SOURCE:
        return html
    kept = html
    for begin, end, shown in reversed(image_places(html)):
        if shown == path:
            line = kept.rfind("\n", 0, begin) + 1
            after = _AFTER.match(kept, end)
            if after is not None and _BEFORE.fullmatch(kept, line, begin):
                kept = kept[:line] + kept[after.end() :]
            else:
                kept = kept[:begin] + kept[end:]
    return kept


def _head(lines: list[str]) -> int:
    """How many lines the head has; 0: there is none."""
    if not lines or _key_and_value(lines[0])[0] != "subject":
        return 0
    return next((number for number, line in enumerate(lines) if _key_and_value(line)[0] == ""), len(lines))


def _key_and_value(line: str) -> tuple[str, str]:
    found = HEAD_LINE.fullmatch(line.strip())
    return (found.group(1).lower(), found.group(2).strip()) if found else ("", "")
