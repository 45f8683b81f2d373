"""``relance lint`` over what is published in a real Postgres, and the files in its place."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from sequences.records.catalogue import FieldType
from services.publishing.lint import read_files
from starter.cli.main import app

FILE = """\
sequence: {name}
name: Ring
record: person
steps:
  - {{id: write, do: [{{set_field: {{person.status: {writes}}}}}]}}
auto_enroll:
  real: {{person.status: [{reads}]}}
  cycle_protection: {protection}
"""


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Any]]:
    def write(protection: Any) -> list[Any]:
        made = []
        for name, reads, writes in (("a", '"1"', '"2"'), ("b", '"2"', '"1"')):
            made.append(tmp_path / f"{name}-{protection}.yaml")
            made[-1].write_text(FILE.format(name=name, reads=reads, writes=writes, protection=protection))
        return made

    return write


@pytest.fixture
async def publish(database_url: str) -> Callable[..., Awaitable[None]]:
    async def all_of(paths: Any, custom_fields: Any = None) -> None:
        database = await Database.connect(database_url, max_size=1)
        try:
            for definition in read_files(paths, custom_fields):
                async with database.transaction() as connection:
                    await Versions().publish(connection, definition, {}, datetime(2027, 1, 1, tzinfo=UTC))
        finally:
            await database.close()

    return all_of


async def lint(*arguments: object) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """In a thread: the command brings its own event loop."""
    done = await asyncio.to_thread(CliRunner().invoke, app, ["lint", "--json", *map(str, arguments)])
    found = json.loads(done.stdout)
    return done.exit_code, found["sequences"], [(one["severity"], one["kind"]) for one in found["findings"]]


async def test_the_newest_versions_and_files_in_their_place(
    in_environment: None, publish: Callable[..., Awaitable[None]], files: Callable[..., list[Any]]
) -> None:
    assert await lint() == (0, 0, [])
    bad, good = files("window"), files("lineage")
    await publish(bad)
    published = [("error", "loop"), ("warning", "no_window"), ("warning", "no_window")]
    assert await lint() == (2, 2, published)
    # One file in place of the published version is enough to break the loop.
    assert await lint(good[0]) == (0, 2, [("warning", "no_window"), ("note", "loop")])
    await publish(good)
    assert await lint() == (0, 2, [("note", "loop")])


async def test_a_rule_on_a_custom_field_that_is_no_longer_declared(
    in_environment: None, publish: Callable[..., Awaitable[None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sized.yaml"
    file.write_text(
        "sequence: sized\nname: Sized\nrecord: person\nsteps:\n  - {id: tell, do: [{notify: owner}]}\n"
        "auto_enroll:\n  real: {custom.size: [large]}\n"
    )
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "size:text")
    assert await lint(file) == (0, 1, [])
    # As a file it is refused later on; published before the field went, it is found.
    await publish([file], {"size": FieldType.TEXT})
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "")
    assert await lint() == (2, 1, [("error", "gone")])
