"""Breaks samples: their bytes, and their structure where they have one."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**400,
    1e308,
    "",
    "\0",
    "\ud800",
    "\u202e\u2066",
    "\u0130\u1e9e\ufb01",
    "9" * 5_000,
    "a" * 70_000,
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE person; --",
    "<script>",
    "{{ 7 * 7 }}",
    "../../etc/passwd",
    "0001-01-01T00:00:00-23:59",
    "9999-12-31T23:59:59+23:59",
    "2026-02-30",
    "1e999",
    "nan",
    [],
    {},
    [[]] * 50,
    {"": {"": ""}},
)
"""Values that no field was made for."""

PIECES: tuple[bytes, ...] = (
    b"\0",
    b"\r",
    b"\n\n",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xe2\x80\xa8",
    b"\xf4\x90\x80\x80",
    b"%00",
    b"%ff%fe",
    b"%",
    b"&" * 600,
    b"=" * 50,
    b"[" * 3_000,
    b'{"a":' * 3_000,
    b'"' * 40,
    b"\\u0000",
    b"\\ud800",
    b"9" * 5_000,
    b"1e999",
    b"-" * 300,
    b" \t" * 400,
    b"NaN",
    b"Infinity",
    b"null",
    b"&a [*a, *a]",
    b"*a",
    b"!!python/object/apply:os.system ['true']",
    b"<<: *a\n",
    b"? ",
    b"|\n",
    b">-\n",
    b"# ",
    b"---\n",
    b"...\n",
    b"{{",
    b"}}",
    b"{%",
    b"%}",
    b"{% for x in person %}",
    b"{% if ",
    b"{% endif %}",
    b"{{ person.__class__ }}",
    b"{{ person.first_name | default('x') | upper }}",
    b"{{ 'a' * 10**9 }}",
    b"{{ (1).__class__ }}",
    b"{{ person.first_name" + b".a" * 300 + b" }}",
    b"{{" + b"(" * 300,
    b"{{ " + b"not " * 500 + b"x }}",
    b"{#",
    b"{% raw %}",
    b"{% include '/etc/passwd' %}",
    "\u0130\u1e9e\ufb01".encode() * 20,
    "\U0001f600".encode() * 100,
    b"STOP",
    b"a" * 3_000,
)


def broken_bytes(dice: random.Random, samples: Sequence[bytes], pieces: Sequence[bytes] = PIECES) -> bytes:
    """One of the samples with up to six changes of its bytes."""
    raw = bytearray(dice.choice(samples))
    for _ in range(dice.randint(0, 6)):
        at, kind = dice.randint(0, len(raw)), dice.randint(0, 5)
        if kind <= 1:
            raw[at:at] = dice.choice(pieces)
        elif kind == 2:
            raw[at : at + dice.randint(1, 30)] = dice.randbytes(dice.randint(0, 12))
        elif kind == 3:
            del raw[at : at + dice.randint(1, 200)]
        elif kind == 4:
            raw[at:at] = raw[at : at + dice.randint(1, 200)] * dice.randint(1, 5)
        elif raw:
            raw[at % len(raw)] ^= 1 << dice.randint(0, 7)
    return bytes(raw)


def broken_json(dice: random.Random, samples: Sequence[Any]) -> bytes:
    """One of the samples with up to four values, keys or lists replaced, doubled or dropped; it stays JSON."""
    document = json.loads(json.dumps(dice.choice(samples)))
    for _ in range(dice.randint(0, 4)):
        holder = _somewhere(dice, document)
        if isinstance(holder, dict) and holder:
            _change(dice, holder, dice.choice(sorted(holder)), partial(holder.__setitem__, str(dice.choice(ODD))[:50]))
        elif isinstance(holder, list) and holder:
            _change(dice, holder, dice.randrange(len(holder)), holder.append)
    # Numbers and halves of characters that JSON may hold, whatever they are worth.
    return json.dumps(document, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _change(dice: random.Random, holder: Any, key: Any, add: Callable[[Any], None]) -> None:
    kind = dice.randint(0, 3)
    if kind == 0:
        del holder[key]
    elif kind == 1:
        add(deepcopy(holder[key]))
    else:
        holder[key] = deepcopy(dice.choice(ODD))


def _somewhere(dice: random.Random, document: Any) -> Any:
    holder = document
    while True:
        inner = [
            each for each in (holder.values() if isinstance(holder, dict) else holder) if isinstance(each, dict | list)
        ]
        if not inner or dice.random() < 0.3:
            return holder
        holder = dice.choice(inner)


def broken_lines(dice: random.Random, samples: Sequence[bytes]) -> bytes:
    """One of the samples with up to five of its lines moved, doubled, indented anew, or taken from another one."""
    lines = dice.choice(samples).split(b"\n")
    for _ in range(dice.randint(1, 5)):
        at, kind = dice.randrange(len(lines)), dice.randint(0, 4)
        if kind == 0:
            lines.insert(dice.randrange(len(lines) + 1), lines.pop(at))
        elif kind == 1:
            lines[at:at] = [lines[at]] * dice.randint(1, 4)
        elif kind == 2:
            lines[at] = b" " * dice.randint(0, 9) + lines[at].lstrip()
        elif kind == 3:
            lines.insert(at, dice.choice(dice.choice(samples).split(b"\n")))
        else:
            head, colon, _ = lines[at].partition(b":")
            odd = dice.choice(ODD)
            lines[at] = (
                head + colon + b" " + (odd if isinstance(odd, str) else json.dumps(odd)).encode("utf-8", "replace")
            )
    return b"\n".join(lines)


def smallest(raw: bytes, fails: Callable[[bytes], bool], tries: int = 400) -> bytes:
    """What is left of an input after everything was taken away that it fails without."""
    size = max(1, len(raw) // 2)
    while size and tries:
        at = 0
        while at < len(raw) and tries:
            tries -= 1
            shorter = raw[:at] + raw[at + size :]
            if fails(shorter):
                raw = shorter
            else:
                at += size
        size //= 2
    return raw
