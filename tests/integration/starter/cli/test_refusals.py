"""``relance refusals`` and what an import says of the rules, on a real Postgres with the rules as published."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.postgres.database import Database
from starter.cli.main import app
from tests.support.rigs.rule import RuleRig

NOW = datetime.now(UTC)


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0) -> Any:
        done = await asyncio.to_thread(CliRunner().invoke, app, [str(each) for each in arguments])
        assert done.exit_code == status, done.output + str(done.exception)
        return json.loads(done.stdout) if "--json" in arguments else " ".join(done.output.split())

    return call


@pytest.fixture
async def rig(database_url: str, in_environment: None) -> AsyncIterator[RuleRig]:
    database = await Database.connect(database_url)
    yield RuleRig.over(database)
    await database.close()


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(number: int, *, first: int = 0, email: bool = True) -> Path:
        path = tmp_path / "in.csv"
        rows = [
            f"p{each:03d},Jo,N{each},{f'p{each:03d}@client.example' if email else ''},Hot"
            for each in range(first, first + number)
        ]
        path.write_text("\n".join(["id,first_name,last_name,email,status", *rows]))
        return path

    return write


async def test_refusals_are_listed_with_filters(relance: Callable[..., Awaitable[Any]], rig: RuleRig) -> None:
    await rig.publish()
    await rig.person(1, email=None, last_name="Example")
    await rig.person(2)
    await rig.watch(NOW)
    await rig.publish("other", prevent_reenrollment_within="1 day")
    await rig.write("person", "p002", status="Cold")
    await rig.write("person", "p002", status="Hot")
    await rig.watch(NOW)
    rows = await relance("refusals", "--json")
    found = {(row["sequence"], row["person"]): row for row in rows}
    row = found["s", "p001"]
    assert (row["name"], row["reason"], row["words"], row["fields"], row["state"], row["looked_at_again"]) == (
        "Alex Example",
        "unreachable",
        "no e-mail address",
        ["person.email"],
        "standing",
        True,
    )
    assert {row["person"] for row in await relance("refusals", "--person", "p002", "--json")} == {"p002"}
    assert [row["reason"] for row in await relance("refusals", "--reason", "already_enrolled", "--json")] == [
        "already_enrolled"
    ]
    assert await relance("refusals", "--sequence", "none", "--json") == []
    assert len(await relance("refusals", "--limit", "1", "--json")) == 1
    said = await relance("refusals", "--standing")
    assert "Alex Example (p001)" in said
    assert "checked again when the missing data arrives" in said
    await rig.write("person", "p001", email="alex@client.example")
    await rig.watch(NOW)
    standing = await relance("refusals", "--standing", "--json")
    assert ("s", "p001") not in {(row["sequence"], row["person"]) for row in standing}


async def test_an_import_says_who_waits_before_anything_is_sent(
    relance: Callable[..., Awaitable[Any]], rig: RuleRig, file: Callable[..., Path]
) -> None:
    await rig.publish("hold3", hold_above=6, at=NOW)
    path = file(14)
    (told,) = (await relance("import", path, "--kind", "person", "--dry-run", "--json"))["enters"]
    assert (told["sequence"], told["would_enroll"], told["waits"], told["refused"]) == ("hold3", 14, True, {})
    assert [each["name"] for each in told["sample"]][:2] == ["Jo N0", "Jo N1"]
    assert await rig.fetch("SELECT 1 FROM change_batch") == []
    said = await relance("import", path, "--kind", "person")
    assert "14 rows: 14 created" in said
    assert "hold3 (Hold3): 14 people wait for `relance approve hold3` (more than hold_above (6))" in said
    assert (await rig.watch(NOW)).held == 14
    assert await rig.enrolled("hold3") == []
    said = await relance("approve", "hold3")
    assert "approved; 14 records" in said
    assert (await rig.watch(NOW)).enrolled == 14


@pytest.mark.parametrize("dry", [True, False])
async def test_a_dry_run_in_several_transactions_counts_them_together(
    relance: Callable[..., Awaitable[Any]],
    rig: RuleRig,
    file: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    *,
    dry: bool,
) -> None:
    monkeypatch.setattr("services.records.import_rows.BATCH", 5)
    await rig.publish(hold_above=6, at=NOW)
    arguments = ["--dry-run"] if dry else []
    (told,) = (await relance("import", file(14), "--kind", "person", *arguments, "--json"))["enters"]
    assert (told["would_enroll"], told["matching"], told["waits"]) == (14, 14, True)


async def test_an_import_names_those_who_enter_and_counts_the_others_by_reason(
    relance: Callable[..., Awaitable[Any]], rig: RuleRig, file: Callable[..., Path]
) -> None:
    await rig.publish(at=NOW)
    await rig.publish("none", real={"person.status": ["Cold"]}, at=NOW)
    await relance("import", file(3, email=False), "--kind", "person")
    await rig.watch(NOW)
    said = await relance("import", file(5), "--kind", "person", "--dry-run")
    assert "s (S): 5 people would enter by rule" in said
    assert "Jo N0 (p000)" in said
    assert "none (" not in said
    said = await relance("import", file(2, first=50, email=False), "--kind", "person")
    assert "s (S): no one enters" in said
    assert "2 unreachable: no usable address" in said


async def test_what_is_imported_while_a_batch_waits_joins_it(
    relance: Callable[..., Awaitable[Any]], rig: RuleRig, file: Callable[..., Path]
) -> None:
    await rig.publish(hold_above=6, at=NOW)
    await relance("import", file(10), "--kind", "person")
    await rig.watch(NOW)
    said = await relance("import", file(1, first=50), "--kind", "person")
    assert "1 person waits for `relance approve s` (a batch already waits)" in said
    assert (await rig.watch(NOW)).held == 1
    (row,) = await relance("batches", "--json")
    assert (row["sequence"], row["state"], row["records"]) == ("s", "held", 11)


async def test_a_dry_run_agrees_with_what_then_happens(
    relance: Callable[..., Awaitable[Any]], rig: RuleRig, file: Callable[..., Path]
) -> None:
    await rig.publish(prevent_reenrollment_within="1 day", at=NOW)
    for number in range(3):
        await rig.person(number)
    await rig.watch(NOW)
    await rig.write("person", "p001", status="Cold")
    await rig.write("person", "p002", status="Cold")
    await rig.watch(NOW)
    (told,) = (await relance("import", file(6), "--kind", "person", "--dry-run", "--json"))["enters"]
    await relance("import", file(6), "--kind", "person")
    found = await rig.watch(NOW)
    assert (told["would_enroll"], sum(told["refused"].values())) == (found.enrolled, found.refused) == (3, 2)


@pytest.mark.parametrize("dry", [True, False])
async def test_an_import_counts_who_has_the_address_of_another(
    relance: Callable[..., Awaitable[Any]], rig: RuleRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dry: bool
) -> None:
    """Of three rows with one address one enters, also when they are written in two transactions; a fourth has a run."""
    monkeypatch.setattr("services.records.import_rows.BATCH", 2)
    await rig.publish(at=NOW)
    await rig.person(7, email="taken@client.example")
    await rig.watch(NOW)
    path = tmp_path / "one-address.csv"
    people = {
        "a": "info@client.example",
        "b": "Info@Client.example",
        "c": "INFO@client.example",
        "d": "Taken@client.example",
        "e": "alone@client.example",
    }
    path.write_text(
        "id,first_name,last_name,email,status\n"
        + "".join(f"{each},Jo,{each},{email},Hot\n" for each, email in people.items())
    )
    arguments = ["--dry-run"] if dry else []
    (told,) = (await relance("import", path, "--kind", "person", *arguments, "--json"))["enters"]
    assert (told["would_enroll"], told["refused"], len(told["sample"])) == (2, {"same_address": 3}, 2)
    if not dry:
        found = await rig.watch(NOW)
        assert (found.enrolled, found.refused) == (2, 3)
