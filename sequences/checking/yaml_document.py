"""A YAML 1.2 text as plain values with the position of each, and every problem of its form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from sequences.author_messages import shown
from sequences.checking.problems import Loc

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 10_000
"""Counted with aliases spelled out: a few lines of nested aliases stand for billions of values."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

Place = tuple[int, int]
"""Line and column, from 0 as the parser counts."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the form of the text."""

    place: Place
    message: str
    found: str
    allowed: str


@dataclass
class Document:
    """What a text says.

    Attributes:
        data: plain dicts, lists, texts, numbers, booleans and None; None when the text cannot be read at all.
        values: where each value begins.
        keys: where the key of each value in a mapping begins.
        readable: False when ``data`` means nothing.
    """

    data: Any = None
    values: dict[Loc, Place] = field(default_factory=dict)
    keys: dict[Loc, Place] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    readable: bool = False


@lru_cache(maxsize=1)
def read_document(text: str) -> Document:
    """Read a text. Problems are collected as flaws; nothing is raised for bad input.

    What a file is (a sequence, a form) is asked before it is read as that, so the last one is kept: do not change it.
    """
    document = Document()
    if len(text) > MAX_CHARACTERS:
        document.flaws.append(Flaw((0, 0), "The file is too large.", f"{len(text)} characters", f"{MAX_CHARACTERS}"))
        return document
    try:
        document.flaws.extend(_flaws_of_structure(text))
        root = None if document.flaws else YAML(typ="rt", pure=True).compose(text)
    except ReaderError as error:
        document.flaws.append(_unreadable_character(text, error))
    except MarkedYAMLError as error:
        document.flaws.extend(_syntax(text, error))
    except YAMLError as error:
        document.flaws.append(Flaw((0, 0), "This is not YAML.", type(error).__name__, "YAML 1.2"))
    else:
        if root is not None:
            reader = _Reader(document)
            document.data = reader.read(root, (), 1)
            document.readable = not reader.exhausted
        elif not document.flaws:
            document.flaws.append(Flaw((0, 0), "The file is empty.", "nothing", "a sequence, see writing-sequences.md"))
    return document


def _flaws_of_structure(text: str) -> Iterator[Flaw]:
    """What must be known before the recursive composer sees the text."""
    depth = documents = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        name = type(event).__name__
        place = (event.start_mark.line, event.start_mark.column)
        if name == "DocumentStartEvent":
            documents += 1
            if event.version is not None and tuple(event.version) != (1, 2):
                line = next((i for i, words in enumerate(text.splitlines()) if words.startswith("%YAML")), place[0])
                found = "%YAML " + ".".join(str(part) for part in event.version)
                yield Flaw((line, 0), "Sequence files are YAML 1.2.", found, "no %YAML line")
            if documents == 2:
                yield Flaw(place, "A file holds one sequence; a second document starts here.", "---", "one document")
        if name in {"MappingStartEvent", "SequenceStartEvent"}:
            depth += 1
            if depth > MAX_DEPTH:
                yield Flaw(place, "The values are nested too deeply.", f"{depth} levels", f"{MAX_DEPTH} levels")
                return
        elif name in {"MappingEndEvent", "SequenceEndEvent"}:
            depth -= 1


def _unreadable_character(text: str, error: ReaderError) -> Flaw:
    before = text[: error.position]
    place = (before.count("\n"), len(before) - before.rfind("\n") - 1)
    return Flaw(
        place, "This character is not allowed in a file.", f"U+{ord(text[error.position]):04X}", "printable text"
    )


def _syntax(text: str, error: MarkedYAMLError) -> list[Flaw]:
    at_end = "<stream end>" in str(error.problem)
    mark = error.context_mark if at_end and error.context_mark else error.problem_mark or error.context_mark
    last = mark.line if mark is not None else 0
    lines = text.splitlines()[: last + 1]
    tabs = [(i, len(line) - len(line.lstrip(" "))) for i, line in enumerate(lines) if re.match(r" *\t", line)]
    if tabs:
        return [Flaw(place, "A tab indents this line.", "a tab", "spaces") for place in tabs]
    place = (mark.line, mark.column) if mark is not None else (0, 0)
    reason = " ".join(part for part in (error.problem, error.context) if part)
    quote = lines[place[0]].strip() if place[0] < len(lines) else ""
    hint = 'YAML 1.2; put a string that has `: `, ` #`, `{`, `[`, `*`, `&` or `%` in "quotes"'
    return [Flaw(place, f"This is not YAML: {reason}.", shown(quote) if quote else "the end of the file", hint)]


class _Reader:
    """Turns nodes into plain values and notes where they stand."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0
        self._open: list[int] = []
        self.exhausted = False

    def read(self, node: Node, loc: Loc, depth: int) -> Any:
        self._document.values[loc] = (node.start_mark.line, node.start_mark.column)
        self._count += 1
        if self.exhausted:
            return None
        # Aliases add depth that the events do not show.
        if self._count > MAX_NODES or id(node) in self._open or depth > MAX_DEPTH:
            self.exhausted = True
            message = "The aliases (`*name`) repeat too much, or contain themselves."
            self._flaw(node, message, f"more than {MAX_NODES} values or {MAX_DEPTH} levels", f"{MAX_NODES} values")
            return None
        self._open.append(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._mapping(node, loc, depth)
            if isinstance(node, SequenceNode):
                return [self.read(item, (*loc, i), depth + 1) for i, item in enumerate(node.value)]
            return self._scalar(node)
        finally:
            self._open.pop()

    def _mapping(self, node: MappingNode, loc: Loc, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key_node, ScalarNode) or not str(key_node.tag).endswith((":str", ":merge")):
                self._flaw(
                    key_node, "A key is a string.", shown(key) if isinstance(key, str) else "a list or mapping", "text"
                )
                continue
            here = (*loc, key)
            place = (key_node.start_mark.line, key_node.start_mark.column)
            if key in result:
                first = self._document.keys[here][0] + 1
                message = f"The key `{key}` is repeated here; the first one is on line {first}."
                self._flaw(key_node, message, f"`{key}` twice", "each key once")
                continue
            self._document.keys[here] = place
            result[key] = self.read(value_node, here, depth + 1)
            if value_node.value == "" and value_node.start_mark.index == value_node.end_mark.index:
                # The parser puts "no value" where the next token begins, which is another line.
                self._document.values[here] = place
        return result

    def _scalar(self, node: Node) -> Any:
        kind, text = str(node.tag).rpartition(":")[2], str(node.value)
        if not str(node.tag).startswith("tag:yaml.org,2002:"):
            self._flaw(node, "Tags have no meaning in a sequence.", str(node.tag)[:80], "a value without `!tag`")
            return text
        match kind:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float":
                return self._number(node, kind, text.replace("_", ""))
            case "str" | "timestamp" | "merge":
                if CONTROL.search(text):
                    self._flaw(node, "This string contains a control character.", shown(text), "printable text")
                return text
        self._flaw(node, "Tags have no meaning in a sequence.", str(node.tag)[:80], "a value without `!!tag`")
        return text

    def _number(self, node: Node, kind: str, text: str) -> Any:
        try:
            if kind == "float":
                return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
            base = {"0x": 16, "0o": 8, "0b": 2}.get(text.lstrip("+-")[:2].lower(), 10)
            return int(text, base)
        except ValueError:
            self._flaw(node, "This number cannot be read.", shown(text), "a number")
            return text

    def _flaw(self, node: Node, message: str, found: str, allowed: str) -> None:
        place = (node.start_mark.line, node.start_mark.column)
        self._document.flaws.append(Flaw(place, message, found, allowed))
