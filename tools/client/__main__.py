"""Writes ``relance/client``: ``python -m tools.client`` after every change of the API's description."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.client.description import description
from tools.client.in_asyncio import for_asyncio
from tools.client.models import HEAD, models_text
from tools.client.operations import described, methods_text, operations_text

PACKAGE = Path(__file__).parents[2] / "relance" / "client"


def written() -> dict[str, str]:
    """The text of every module that is made, formatted, by file name."""
    document = description()
    found = list(described(document))
    methods = methods_text(found)
    threads = (PACKAGE / "in_threads.py").read_text()
    texts = {
        "models.py": models_text(document),
        "operations.py": operations_text(found),
        "sync_operations.py": methods,
        "async_operations.py": for_asyncio(methods),
        "in_asyncio.py": _marked(for_asyncio(threads)),
    }
    return {name: _formatted(name, text) for name, text in texts.items()}


def _marked(text: str) -> str:
    about, _, rest = text.removeprefix('"""').partition('"""\n\n')
    return HEAD.format(about=about).replace("the description of the API", "``in_threads.py``") + rest


def _formatted(name: str, text: str) -> str:
    for command in (["check", "--quiet", "--fix", "--exit-zero"], ["format", "--quiet"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(PACKAGE / name), "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        text = done.stdout
    return text


def main() -> None:
    """Writes them."""
    texts = written()
    for name, text in texts.items():
        (PACKAGE / name).write_text(text)
    sys.stdout.write(f"{len(texts)} files in {PACKAGE}\n")


if __name__ == "__main__":
    main()
