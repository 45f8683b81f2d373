"""A new sequence to begin with: working hours, weekdays and an unsubscribe line are there from the first line on."""

from __future__ import annotations

import re
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from sequences.definition.scalar_types import SLUG_ALLOWED, SLUG_PATTERN
from sequences.errors import DefinitionError, RefusedError, RequestRefused

if TYPE_CHECKING:
    from pathlib import Path

STEPS: Final = ("first", "reminder")


def begin_sequence(folder: Path, sequence: str, title: str | None, record: str) -> list[Path]:
    """Writes a sequence file with its templates.

    Args:
        folder: gets ``sequences/NAME.yaml`` and ``templates/NAME/*.email.txt``.
        sequence: the id.
        title: what people call it; None makes one of the id.
        record: ``person | placement``.

    Returns:
        The files, the sequence first.

    Raises:
        DefinitionError: the name cannot be an id.
        RefusedError: one of the files is there already, as nothing is overwritten, or it cannot be written.
    """
    file = folder / "sequences" / f"{sequence}.yaml"
    source, templates = sequence_outline(sequence, title, record, str(file))
    wanted = {file: source} | {folder / "templates" / path: text for path, text in templates.items()}
    if there := [path for path in wanted if path.exists()]:
        raise RefusedError(
            RequestRefused.ALREADY_EXISTS, f"{there[0]} already exists; choose another name, or remove it first"
        )
    for path, text in wanted.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            raise RefusedError(
                RequestRefused.FILE, f"{path} cannot be written: {error.strerror}; choose another --folder"
            ) from None
    return list(wanted)


def sequence_outline(sequence: str, title: str | None, record: str, file: str) -> tuple[str, dict[str, str]]:
    """The text of a sequence to begin with, and those of its templates by path.

    Args:
        sequence: the id.
        title: what people call it; None makes one of the id.
        record: ``person | placement``.
        file: where the sequence will be, for its comments.

    Raises:
        DefinitionError: the name cannot be an id.
    """
    if re.fullmatch(SLUG_PATTERN, sequence, re.ASCII) is None:
        raise DefinitionError(f"name: {sequence!r} cannot be an id; use {SLUG_ALLOWED}")
    name = title or sequence.replace("-", " ").capitalize()
    values = {"sequence": sequence, "name": name, "title": yaml_scalar(name), "file": file}
    outlines = files("services.publishing.outlines")
    source = Template((outlines / f"{record}.yaml").read_text("utf-8")).substitute(values)
    return source, {
        f"{sequence}/{step}.email.txt": (outlines / f"{record}.{step}.email.txt").read_text("utf-8") for step in STEPS
    }


def yaml_scalar(text: str) -> str:
    """The text as one YAML scalar, quoted where it would mean something else."""
    out = StringIO()
    YAML(typ="safe").dump(text, out)
    return str(out.getvalue()).removesuffix("...\n").strip()
