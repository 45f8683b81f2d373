"""``relance choose``, with the example of docs/variants.md; a real Postgres."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sequences.checking import load_file
from sequences.sending.wording import drawn
from starter.cli.main import app

DOCS = Path(__file__).parents[4] / "docs" / "variants.md"
EXAMPLE = next(iter(re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)))
WORDS = "Hello {{ person.first_name }}, this is who we are.\n"
runner = CliRunner()


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0, as_json: bool = True) -> Any:
        given = [str(argument) for argument in arguments] + (["--json"] if as_json else [])
        done = await asyncio.to_thread(runner.invoke, app, given)
        assert done.exit_code == status, done.output
        return done.stderr if status else json.loads(done.stdout) if as_json else done.stdout

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "templates" / "bd"
    folder.mkdir(parents=True)
    (folder / "introduce.email.txt").write_text(f"Subject: Who we are\n\n{WORDS}")
    (folder / "introduce-short.email.txt").write_text("Subject: In short\n\nShort.\n")
    (folder / "remind.email.txt").write_text("Subject: Again\n\nDid you see it?\n")
    (tmp_path / "sequences").mkdir()
    path = tmp_path / "sequences" / "new-services.yaml"
    path.write_text("# compared since March\n" + EXAMPLE)
    return path


@pytest.fixture
async def people(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> None:
    for i in range(6):
        await sql(
            "INSERT INTO person (id, first_name, email, timezone) VALUES ($1, 'Ann', $2, 'Europe/London')",
            f"p{i}",
            f"p{i}@people.example",
        )


async def test_every_surface_says_the_same_variant(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None
) -> None:
    await relance("publish", file)
    introduce = load_file(file.read_text(), "f").sequence.steps[0]
    seen = set()
    for i in range(6):
        run = (await relance("enroll", "new-services", f"p{i}", "--key", f"run-{i}"))["enrollment"]
        wanted = drawn(introduce, run)
        assert wanted is not None
        shown = (await relance("show", run))["steps"][0]
        rendered = await relance("render", "new-services", "introduce", f"p{i}")
        assert shown["variant"] == rendered["variant"] == wanted.variant
        assert shown["template"] == wanted.template
        assert ("Short." in rendered["text"]) is (wanted.variant == "short")
        assert (
            rendered["headers"]["Subject"]
            == {
                "plain": "Who we are",
                "question": "A question, Ann",
                "short": "In short",
            }[str(wanted.variant)]
        )
        seen.add(wanted.variant)
    assert len(seen) > 1
    asked = await relance("render", "new-services", "introduce", "p0", "--variant", "question")
    assert (asked["variant"], asked["headers"]["Subject"]) == ("question", "A question, Ann")
    assert "its variants are plain, question, short" in await relance(
        "render", "new-services", "introduce", "p0", "--variant", "other", status=3
    )
    assert "it has no variants" in await relance(
        "render", "new-services", "remind", "p0", "--variant", "other", status=3
    )


async def test_the_winner_is_published_and_the_file_keeps_its_comments(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    for i in range(3):
        await relance("enroll", "new-services", f"p{i}")
    await sql(
        "UPDATE enrollment_step SET state = 'sent', decided_at = now() WHERE step = 'introduce' AND enrollment_id = "
        "(SELECT min(id) FROM enrollment)"
    )
    done = await relance("choose", "new-services", "introduce", "question", "--file", file)
    assert done == {
        "sequence": "new-services",
        "step": "introduce",
        "variant": "question",
        "version": 2,
        "new": True,
        "had": 1,
        "waiting": 2,
        "file_edited": True,
    }
    said = file.read_text()
    assert said.startswith("# compared since March\n")
    assert "variants" not in said
    assert '    subject: "A question, {{ person.first_name }}"\n' in said
    rows = await sql("SELECT version, templates FROM sequence_version ORDER BY version")
    templates = [
        sorted(json.loads(row["templates"]) if isinstance(row["templates"], str) else row["templates"]) for row in rows
    ]
    assert templates == [["bd/introduce", "bd/introduce-short", "bd/remind"], ["bd/introduce", "bd/remind"]]
    # What was edited is what was published, and the same again is no news.
    assert (await relance("publish", file))[0]["new"] is False
    again = await relance("choose", "new-services", "introduce", "question", "--file", file)
    assert (again["version"], again["new"], again["file_edited"]) == (2, False, False)
    assert "had been published already" in await relance(
        "choose", "new-services", "introduce", "question", as_json=False
    )
    # Another one cannot be chosen any more.
    assert "has no variants in version 2" in await relance("choose", "new-services", "introduce", "short", status=4)


async def test_what_is_not_there_is_not_chosen(relance: Callable[..., Awaitable[Any]], file: Path) -> None:
    await relance("publish", file)
    assert "no sequence 'other'" in await relance("choose", "other", "introduce", "short", status=3)
    assert "no step 'hello'" in await relance("choose", "new-services", "hello", "short", status=3)
    assert "no variants" in await relance("choose", "new-services", "remind", "short", status=4)
    assert "Did you mean `question`?" in await relance("choose", "new-services", "introduce", "questoin", status=3)


async def test_a_file_that_says_something_else_is_left_alone(
    relance: Callable[..., Awaitable[Any]], file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    other = file.read_text().replace("7 days after", "8 days after")
    file.write_text(other)
    said = await relance("choose", "new-services", "introduce", "short", "--file", file, status=4)
    assert "says something else than version 1" in said
    assert file.read_text() == other
    assert len(await sql("SELECT 1 FROM sequence_version")) == 1
    # Without the file the published version is what counts.
    assert (await relance("choose", "new-services", "introduce", "short"))["new"] is True
