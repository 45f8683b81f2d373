"""What a newcomer reads who mistypes: every error says what is there, or what to do."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

STEPS = "version 1 of new-services has no step 'nope'; its steps are introduce, remind, thank-you-anyway"
NINE = "no sequence 'new-services' is published in version 9; its newest version is 1"
NOBODY = "no person has the id nobody; `relance people` lists them"
SHORT = "unknown enrollment abc: type at least 5 characters of an id; `relance enrollments` lists them"


@pytest.fixture
async def relance(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def call(command: str, **env: Any) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, shlex.split(command), env=env)

    await sql("INSERT INTO owner (id) VALUES ('dana')")
    await sql("INSERT INTO person (id, first_name, email) VALUES ('ana', 'Ana', 'ana@example.com')")
    for name in ("new-services", "placement-onboarding"):
        assert (await call(f"publish examples/sequences/{name}.yaml")).exit_code == 0
    return call


BOTH = "there are new-services, placement-onboarding; publish it with `relance publish FILE`"


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("enroll nope ana", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("explain ana nope", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("scan nope", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("pause-all --sequence nope", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("windows lift ana nope", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("render nope introduce ana", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("migrate nope --to 2", 3, f"no sequence 'nope' is published; {BOTH}"),
        ("migrate new-services --to 9", 3, NINE),
        ("render new-services nope ana", 3, STEPS),
        ("enroll new-services nobody", 3, NOBODY),
        ("explain nobody new-services", 3, NOBODY),
        ("windows nobody", 3, NOBODY),
        ("render new-services introduce nobody", 3, NOBODY),
        ("pause-all --owner nope", 3, "unknown owner 'nope'; `relance people` shows the owners of people"),
        ("notify-by nope email", 3, "unknown owner nope; the CRM or `relance import --kind owner` adds owners"),
        ("explain ana placement-onboarding --record pl9", 3, "this person has no placement with the id pl9"),
        ("show abc", 3, SHORT),
        # Lists of nothing are lists: the name is told beside them.
        ("enrollments --sequence nope", 0, f"no sequence 'nope' is published; {BOTH}"),
        ("calendar --sequence nope", 0, f"no sequence 'nope' is published; {BOTH}"),
        ("refusals --sequence nope", 0, f"no sequence 'nope' is published; {BOTH}"),
        ("enrollments --sequence new-services", 0, ""),
    ],
)
async def test_a_name_that_nobody_has_is_answered_with_those_that_are_there(
    relance: Callable[..., Awaitable[Any]], command: str, status: int, said: str
) -> None:
    done = await relance(command)
    assert done.exit_code == status, done.output
    assert done.stderr.strip() == (f"error: {said}" if status else said)


async def test_a_refusal_is_told_in_words(
    relance: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("INSERT INTO person (id, email) VALUES ('finn', NULL), ('eve', 'eve@example.com')")
    await sql("INSERT INTO placement (id, person_id) VALUES ('pl1', 'eve'), ('pl2', 'eve')")
    assert (await relance("enroll new-services finn")).stderr == (
        "error: unreachable: no e-mail address (no_email); for more: `relance explain finn new-services`\n"
    )
    assert (await relance("enroll placement-onboarding eve")).stderr == (
        "error: record: placement-onboarding is about placements; give the id of the placement as record: "
        "there are pl2, pl1\n"
    )


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(app, ["new", "one", "--folder", str(tmp_path / "file" / "below")])
    assert done.exit_code == 4, done.output
    assert done.stderr.endswith("cannot be written: Not a directory; choose another --folder\n")


async def test_where_nothing_is_published_none_are_named(in_environment: None) -> None:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["scan", "nope"])
    assert done.stderr == "error: no sequence 'nope' is published; publish it with `relance publish FILE`\n"


async def test_of_many_sequences_ten_are_named(
    relance: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    for number in range(12):
        await sql(
            "INSERT INTO sequence_version (sequence, version, fingerprint, definition, templates, published_at)"
            " VALUES ($1, 1, 'f', '{}', '{}', now())",
            f"many-{number:02}",
        )
    said = (await relance("scan nope")).stderr
    assert f"there are {', '.join(f'many-{number:02}' for number in range(10))}, ...;" in said


async def test_a_reason_that_does_not_exist_is_answered_with_those_that_do(
    relance: Callable[..., Awaitable[Any]],
) -> None:
    done = await relance("refusals --reason nope", COLUMNS="200")
    assert done.exit_code == 2
    assert "unknown reason nope; known reasons: window, cycle, suppressed," in done.stderr


@pytest.mark.parametrize("command", ["mail", "texts"])
async def test_a_folder_that_does_not_exist_is_no_empty_one(
    relance: Callable[..., Awaitable[Any]], tmp_path: Path, command: str
) -> None:
    done = await relance(f"{command} --folder {tmp_path}/none", COLUMNS="300")
    assert done.exit_code == 2
    assert f"'{tmp_path}/none' does not exist" in done.stderr


async def test_a_mail_that_does_not_exist(relance: Callable[..., Awaitable[Any]], tmp_path: Path) -> None:
    done = await relance(f"mail 99 --folder {tmp_path}")
    assert (done.exit_code, done.stderr) == (3, "error: unknown captured mail 99; `relance mail` lists them\n")


async def test_without_a_stack_it_says_how_one_is_started(
    relance: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("DATABASE_URL", "BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.delenv(f"RELANCE_{name}")
    done = await relance("people")
    assert (done.exit_code, done.stderr) == (
        2,
        f"error: no local stack runs here ({tmp_path}): start it with `relance up` and leave it running, or set "
        "RELANCE_DATABASE_URL, RELANCE_HOOK_SECRETS, RELANCE_TOKEN_KEYS in the environment "
        "(docs/operations.md lists all)\n",
    )


def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    for name, why in (("none.jsonl", "No such file or directory"), ("latin.jsonl", "it is not UTF-8")):
        done = CliRunner().invoke(app, ["sentiment", "evaluate", str(tmp_path / name)])
        assert (done.exit_code, done.stderr) == (2, f"Cannot read {name}: {why}.\n")
