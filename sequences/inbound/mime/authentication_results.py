"""``Authentication-Results`` (RFC 8601 section 2.2): what a mail server found out about who sent a mail.

Linear, never raises. What does not follow the grammar proves nothing: such a field is None, and such a result is left
out. ``authres``, the library for this field, is not used: its last release is of 2019, and a field of nothing but open
brackets ends it in a ``RecursionError``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_VERSION = "1"
_MOST_RESULTS = 50
# A value as it is written: quoted text, and everything that neither separates nor opens a comment.
_VALUE = r"(?:\"(?:[^\"\\]|\\.)*\"|[^\s;\"()\\])+"
_ID = re.compile(rf"\s*({_VALUE})(?:\s+(\d+))?\s*")
_METHOD = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9_-]*))\s*(?:/\s*(\d+)\s*)?=\s*([A-Za-z]+)\s*")
_PROPERTY = re.compile(rf"([A-Za-z0-9_-]+(?:\s*\.\s*[A-Za-z0-9_-]+)?)\s*=\s*({_VALUE})(?:\s+|$)")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What one method says.

    Attributes:
        method: ``spf``, ``dkim``, ``dmarc`` and others, lower case.
        result: ``pass``, ``fail``, ``none`` and others, lower case.
        properties: by ``ptype.property`` in lower case, such as ``header.d``; of one that comes twice, the first.
    """

    method: str
    result: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AuthenticationResults:
    """One field.

    Attributes:
        authserv_id: who says so, lower case.
        results: in order; empty: the server checked nothing (``none``).
    """

    authserv_id: str
    results: tuple[MethodResult, ...]


def read_authentication_results(value: str) -> AuthenticationResults | None:
    """Reads the value of one field; None for one that is not of version 1, or has no authserv-id.

    Args:
        value: unfolded.
    """
    plain = _without_comments(value)
    parts = list(_parts(plain)) if plain is not None else []
    head = _ID.fullmatch(parts[0]) if parts else None
    if head is None or "=" in head[1] or (head[2] or _VERSION) != _VERSION:
        return None
    results = (_result(part) for part in parts[1 : _MOST_RESULTS + 1])
    return AuthenticationResults(_unquoted(head[1]).lower(), tuple(each for each in results if each is not None))


def _result(part: str) -> MethodResult | None:
    found = _METHOD.match(part)
    if found is None or (found[2] or _VERSION) != _VERSION:
        return None
    properties: dict[str, str] = {}
    at = found.end()
    while at < len(part):
        each = _PROPERTY.match(part, at)
        if each is None:
            return None
        properties.setdefault("".join(each[1].lower().split()), _unquoted(each[2]))
        at = each.end()
    return MethodResult(found[1].lower(), found[3].lower(), properties)


def _unquoted(value: str) -> str:
    if not value.startswith('"') or not value.endswith('"') or len(value) == 1:
        return value
    return _ESCAPED.sub(r"\1", value[1:-1])


def _without_comments(value: str) -> str | None:
    """The value with a blank in place of each comment, however deep; None when one of them, or a quote, never ends."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in value:
        special = not escaped
        escaped = special and char == "\\" and (quoted or depth > 0)
        if special and char == '"' and not depth:
            quoted = not quoted
        elif special and char == "(" and not quoted:
            depth += 1
            continue
        elif special and char == ")" and depth:
            depth -= 1
            if not depth:
                kept.append(" ")
            continue
        if not depth:
            kept.append(char)
    return None if depth or quoted else "".join(kept)


def _parts(value: str) -> Iterator[str]:
    """What the semicolons outside of quotes separate."""
    start, quoted, escaped = 0, False, False
    for at, char in enumerate(value):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == ";" and not quoted:
            yield value[start:at]
            start = at + 1
    yield value[start:]
