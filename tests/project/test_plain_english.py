"""What users read is plain, present-day English: the style page of CONTRIBUTING.md, as far as words can be counted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

NOT = re.compile(
    r"\b(whoever|whom|anew|none of|it stands|stands for|passed over|let go|lets? in|is told|are told|was told"
    r"|is none of|and is none|by itself|leaves? the house|in the way of|said before|for ever|nobody knows|nobody can"
    r"|nobody (?:[^.]* )?but)\b",
    re.IGNORECASE,
)
"""Old or roundabout words, with what is written instead in the style page."""

CODE = (
    "starter",
    "services",
    "adapters/settings.py",
    "adapters/authoring_settings.py",
    "sequences/checking",
    "sequences/definition",
    "sequences/enrolling",
)
"""Where strings for users are. Docstrings count only where they become help texts: in commands."""

HELP = "starter/cli/commands"

EXCEPTIONS: frozenset[str] = frozenset()
"""Whole strings that may hold such a word, such as what the letters of people say."""

PAGES = sorted(path for path in (ROOT / "docs").glob("*.md") if path.name not in {"decisions.md"})


def _files() -> Iterator[Path]:
    for name in CODE:
        path = ROOT / name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def _docstring(node: ast.AST) -> ast.Constant | None:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if not isinstance(node, kinds) or not node.body or not isinstance(node.body[0], ast.Expr):
        return None
    value = node.body[0].value
    return value if isinstance(value, ast.Constant) else None


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Line and value of each string that is no docstring and no comment on a name; in commands, of their help too."""
    tree = ast.parse(path.read_text())
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    if path.is_relative_to(ROOT / HELP):
        functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.decorator_list)
        bare -= {id(_docstring(node)) for node in functions}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.lineno, node.value


def test_strings_that_users_read_are_plain_english() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}": (match[0], text)
        for path in _files()
        for line, text in _strings(path)
        if text not in EXCEPTIONS and (match := NOT.search(text))
    }
    assert found == {}


def test_pages_are_plain_english() -> None:
    found = [
        f"{page.relative_to(ROOT)}:{number}: {match[0]}"
        for page in [*PAGES, ROOT / "README.md"]
        for number, line in enumerate(page.read_text().splitlines(), 1)
        if (match := NOT.search(re.sub(r"`[^`]*`", "", line)))
    ]
    assert found == []
