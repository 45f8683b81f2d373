"""A bar for work that goes part by part, and names each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from starter.cli import output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def part_progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A function that is told what comes next, how many parts are done, and how many there are."""
    with output.progress(quiet=quiet) as bar:
        task = bar.add_task("")

        def tell(part: str, done: int, parts: int) -> None:
            bar.update(task, description=part, completed=done, total=max(1, parts))

        yield tell
