"""The examples of a page in docs: commands with what they print, run as written and compared with what is printed now.

A block is marked as ``console``. A line with ``$`` is a command; what follows is its output: the words count and not
how they are laid out, and ``...`` is anything. Ids, dates and times of a page are examples: any others are as good, and
an id that was printed once is the same in later commands. So are numbers between 0 and 1: a model's confidence.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_LOOSE = {
    "address": r"http://127\.0\.0\.1:\d+",
    "instant": r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?Z?",
    "date": r"\d{4}-\d\d-\d\d",
    "day": rf"{_DAY}, \d\d {_MONTH} \d{{4}}|{_DAY} \d\d {_MONTH} \d{{4}}|\d\d {_MONTH} \d{{4}}",
    "share": r"\b0\.\d+\b",
    "time": r"\b\d\d:\d\d\b(?::\d\d)?",
    # Those of a page have a digit, so that no word is one.
    "id": r"\b[a-z](?=[a-z]*\d)[a-z0-9]{7,26}\b",
}
_ANYTHING = ".*?"
_IDENT = r"[a-z][a-z0-9]{7,26}"
_PARTS = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _LOOSE.items()) + r"|(?P<any> ?\.\.\. ?)")


@dataclass(frozen=True)
class Example:
    """A command of a page, and what the page says it prints; nothing: the page does not say.

    Attributes:
        into: the file that takes what it prints.
        given: what it reads from standard input.
    """

    words: tuple[str, ...]
    output: tuple[str, ...]
    into: str | None = None
    given: str = ""


def examples(page: str) -> Iterator[Example]:
    """The commands of ``relance`` on a page, in order."""
    for block in _BLOCK.findall((DOCS / page).read_text("utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *output = part.splitlines()
            said, _, file = command.partition(" > ")
            words, given = shlex.split(said), ""
            if words[0] == "curl":
                # What a page shows of the API is held by tests of the API.
                continue
            if words[0] == "printf":
                _, text, pipe, *words = words
                assert pipe == "|", f"{page}: {command}"
                given = text.replace("\\n", "\n")
            assert words[0] == "relance", f"{page}: {command}"
            yield Example(tuple(words[1:]), _lines(output), file or None, given)


def yaml_of(page: str) -> list[str]:
    """The YAML files that a page shows."""
    return re.findall(r"^```yaml\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


@dataclass
class Known:
    """What the ids of a page are in this run of it."""

    ids: dict[str, str] = field(default_factory=dict)

    def command(self, example: Example) -> list[str]:
        """The words of a command, with the ids of now."""
        return [self.ids.get(word, word) for word in example.words]

    def compare(self, example: Example, printed: str) -> None:
        """Fails unless a command printed what its page says."""
        if not example.output:
            return
        lines = _lines(printed.splitlines())
        names: list[str] = []
        pattern = "".join(self._pattern(line, names) for line in example.output)
        match = re.fullmatch(pattern, "".join(f" {line}" for line in lines))
        said, found = "\n".join(example.output), "\n".join(lines)
        assert match, f"relance {' '.join(example.words)}\n\nthe page says\n{said}\n\nit prints\n{found}"
        self.ids.update(zip(names, match.groups(), strict=True))

    def _pattern(self, line: str, names: list[str]) -> str:
        if line == "...":
            return f"(?: {_ANYTHING})?"
        made, end = " ", 0
        for part in _PARTS.finditer(line):
            made += re.escape(line[end : part.start()]) + self._part(part, names)
            end = part.end()
        return made + re.escape(line[end:])

    def _part(self, part: re.Match[str], names: list[str]) -> str:
        kind, said = str(part.lastgroup), part[0]
        if kind == "any":
            before, after = said.startswith(" "), said.endswith(" ")
            return f" (?:{_ANYTHING} )?" if before and after else " " * before + _ANYTHING + " " * after
        if kind != "id":
            return f"(?:{_LOOSE[kind]})"
        if said in self.ids:
            return re.escape(self.ids[said]) + "[a-z0-9]*"
        if said in names:
            return rf"\{names.index(said) + 1}"
        names.append(said)
        return f"({_IDENT})"


def _lines(lines: list[str]) -> tuple[str, ...]:
    """Without what lays out a table."""
    told = (" ".join(line.split()) for line in lines)
    return tuple(line for line in told if line.strip("─ "))
