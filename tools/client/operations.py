"""Operations of the client: one constant and one method for each operation of the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tools.client.models import HEAD, Schema, python_name, type_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPEN: Final = frozenset({"get_health", "get_readiness"})
"""What needs no token, and a program may ask all the same."""
_KEYS: Final = ("idempotency_key", "id")
_ONCE: Final = ("same key", "repeated id")
"""Words by which the description says that a field makes a repeated request be done once."""


@dataclass(frozen=True)
class Described:
    """An operation as the description has it."""

    name: str
    method: str
    path: str
    summary: str
    parameters: tuple[Schema, ...]
    body: str | None
    body_required: bool
    answer: str
    items: str | None
    key: str | None

    @property
    def constant(self) -> str:
        """Its name among the operations."""
        return self.name.upper()

    @property
    def takes(self) -> list[str]:
        """Parameters of its method, as they are written."""
        at = [f"{python_name(each['name'])}: str" for each in self.parameters if each["in"] == "path"]
        body = [f"body: models.{self.body}" + ("" if self.body_required else " | None = None")] if self.body else []
        asked = [_asked(each) for each in self.parameters if each["in"] == "query"]
        return [*at, *body, *(["*", *asked] if asked else [])]

    def call(self) -> str:
        """The arguments of ``_ask``."""
        words = [f"operations.{self.constant}"]
        for place, kind in (("at", "path"), ("asked", "query")):
            names = [each["name"] for each in self.parameters if each["in"] == kind]
            if names:
                pairs = ", ".join(f'"{name}": {python_name(name)}' for name in names)
                words.append(f"{place}={{{pairs}}}")
        return ", ".join([*words, *(["body=body"] if self.body else [])])


def described(document: Mapping[str, Any]) -> Iterator[Described]:
    """The operations that a program with a token calls, by name."""
    shapes = document["components"]["schemas"]
    found = [
        (path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "security" in operation or operation["operationId"] in _OPEN
    ]
    for path, method, operation in sorted(found, key=lambda each: str(each[2]["operationId"])):
        content = operation.get("requestBody", {}).get("content", {})
        if content and "application/json" not in content:
            continue
        body = content["application/json"]["schema"]["$ref"].rpartition("/")[2] if content else None
        answer = _answer(operation["responses"])
        yield Described(
            operation["operationId"],
            method.upper(),
            path,
            operation["summary"],
            tuple(operation.get("parameters", ())),
            body,
            bool(operation.get("requestBody", {}).get("required")),
            answer,
            _items(shapes.get(answer.removeprefix("models."), {})),
            _key(shapes[body]) if body else None,
        )


def operations_text(found: list[Described]) -> str:
    """The module of the constants."""
    lines = [
        f"{each.constant}: Final = Operation("
        f'"{each.method}", "{each.path}", {each.answer}' + (f', "{each.key}")' if each.key else ")")
        for each in found
    ]
    head = HEAD.format(about="The operations of the API.")
    imports = """from __future__ import annotations

from typing import Final

from relance.client import models
from relance.client.call import Operation

"""
    return head + imports + "\n".join(lines) + "\n"


def methods_text(found: list[Described]) -> str:
    """The module of the methods, for threads."""
    head = HEAD.format(about="A method for each operation of the API, for threads.")
    imports = '''from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from relance.client import models, operations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

    from relance.client.call import Operation

_T = TypeVar("_T")


class SyncOperations:
    """The operations."""

    def _ask(
        self,
        operation: Operation[_T],
        *,
        at: Mapping[str, str] | None = None,
        asked: Mapping[str, Any] | None = None,
        body: BaseModel | None = None,
    ) -> _T:
        raise NotImplementedError

'''
    return head + imports + "\n\n".join(text for each in found for text in _methods(each)) + "\n"


def _methods(one: Described) -> Iterator[str]:
    takes = ", ".join(["self", *one.takes])
    summary = one.summary.rstrip(".") + "."
    yield (
        f'    def {one.name}({takes}) -> {one.answer}:\n        """{summary}"""\n        return self._ask({one.call()})'
    )
    if one.items is None:
        return
    takes = ", ".join(["self", *(each for each in one.takes if not each.startswith("cursor:"))])
    yield (
        f"    def {_all(one.name)}({takes}) -> Iterator[{one.items}]:\n"
        f'        """The same over all pages, one after the other."""\n'
        f"        cursor: str | None = None\n"
        f"        while True:\n"
        f"            page = self._ask({one.call()})\n"
        f"            yield from page.items\n"
        f"            if page.next is None:\n"
        f"                return\n"
        f"            cursor = page.next"
    )


def _all(name: str) -> str:
    return f"iter_{name.removeprefix('list_')}"


def _asked(parameter: Schema) -> str:
    kind = type_of(parameter["schema"], "models.")
    none = "" if "None" in kind.split(" | ") else " | None"
    if parameter.get("required"):
        return f"{python_name(parameter['name'])}: {kind}"
    return f"{python_name(parameter['name'])}: {kind}{none} = None"


def _answer(responses: Mapping[str, Any]) -> str:
    kinds = [
        type_of(content["schema"], "models.") if kind == "application/json" else "bytes"
        for status, response in responses.items()
        if status.startswith("2")
        for kind, content in response.get("content", {}).items()
    ]
    (only,) = set(kinds)
    return only


def _items(shape: Schema) -> str | None:
    """The type of the lines of a page; None: it is none."""
    properties = shape.get("properties", {})
    if not {"items", "next"} <= properties.keys():
        return None
    return type_of(properties["items"]["items"], "models.")


def _key(shape: Schema) -> str | None:
    for key in _KEYS:
        about = str(shape.get("properties", {}).get(key, {}).get("description", "")).lower()
        if any(words in about for words in _ONCE):
            return key
    return None
