"""``relance publish``: all files or none; ``test_rules`` has what it asks about rules."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

GOOD = "sequence: hello\nname: Hello\nrecord: person\nsteps: [{id: one, email: hello}]\n"
BAD = "sequence: other\nname: Other\nrecord: person\nsteps: [{id: one, email: nothing}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.email.txt").write_text("Subject: Hi\n\nOne.\n{{ unsubscribe_url }}\n")
    (tmp_path / "sequences").mkdir()
    (tmp_path / "sequences" / "hello.yaml").write_text(GOOD)
    (tmp_path / "sequences" / "other.yaml").write_text(BAD)
    return tmp_path / "sequences"


async def test_a_file_with_a_mistake_keeps_the_others_from_being_published(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], folder: Path
) -> None:
    hello, other = folder / "hello.yaml", folder / "other.yaml"
    said = await command("publish", hello, other, status=2)
    assert "nothing was published" in said
    assert await sql("SELECT * FROM sequence_version") == []
    assert [(each["version"], each["new"]) for each in await command("publish", hello, "--json")] == [(1, True)]
    assert [(each["version"], each["new"]) for each in await command("publish", hello, "--json")] == [(1, False)]
    hello.write_text(GOOD.replace("Hello", "Hello again"))
    assert "hello version 2" in await command("publish", hello)
    assert len(await sql("SELECT * FROM sequence_version")) == 2
