"""Forms on the command line and over HTTP: checked, published with their sequence, listed, revoked; what came in."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.rigs.api import ApiRig
from tests.support.rigs.forms import GOOD, link_of, post

EXAMPLES = Path(__file__).parents[4] / "examples"
runner = CliRunner()


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0) -> Any:
        done = await asyncio.to_thread(runner.invoke, app, [str(argument) for argument in arguments])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if "--json" in arguments else done.stdout + done.stderr

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    return tmp_path / "examples"


async def test_a_sequence_publishes_the_forms_that_its_messages_name(relance: Any, folder: Path) -> None:
    sequence, form = folder / "sequences" / "re-register.yaml", folder / "forms" / "re-registration.yaml"
    said = await relance("publish", sequence, "--yes")
    assert "form re-registration version 1: published" in said
    assert "form re-registration" not in await relance("publish", sequence, "--yes")
    form.write_text(form.read_text("utf-8").replace("Are you still looking?", "Still looking?"), "utf-8")
    assert await relance("publish", form, "--json") == [{"form": "re-registration", "version": 2, "new": True}]
    (listed,) = await relance("forms", "--json")
    assert (listed["form"], listed["version"], listed["definition"]["title"]) == (
        "re-registration",
        2,
        "Still looking?",
    )
    assert "re-registration" in await relance("forms")


async def test_check_names_forms_that_there_are_not(relance: Any, folder: Path) -> None:
    sequence, form = folder / "sequences" / "re-register.yaml", folder / "forms" / "re-registration.yaml"
    sequence.write_text(sequence.read_text("utf-8").replace("form: re-registration", "form: re-registratoin"), "utf-8")
    said = await relance("check", sequence)
    assert "There is no form `re-registratoin`. Did you mean `re-registration`?" in said
    form.write_text(form.read_text("utf-8").replace("title:", "titel:"), "utf-8")
    said = await relance("check", sequence, status=2)
    assert f"{form}:4:1: error: Unknown key `titel`. Did you mean `title`?" in said
    assert "unknown form" not in said
    form.unlink()
    said = await relance("check", sequence, status=2)
    assert (
        "invite.email.txt:7:10: error: Unknown form 're-registration'; there is no form in the folder of forms" in said
    )
    assert "nothing was published" in await relance("publish", sequence, status=2)


async def test_a_form_about_a_placement_fits_no_sequence_about_people(relance: Any, folder: Path) -> None:
    form = folder / "forms" / "re-registration.yaml"
    form.write_text(form.read_text("utf-8").replace("person.city", "placement.location"), "utf-8")
    assert "Unknown form" in await relance("check", folder / "sequences" / "re-register.yaml", status=2)


async def test_what_came_in_is_listed_with_links_and_a_link_can_be_revoked(api: ApiRig, relance: Any) -> None:
    link = await link_of(api)
    await api.http.post(link.path, data=GOOD, files={"person.resume": ("r.pdf", b"%PDF-1.7 x", "text/html")})
    (line,) = (await api.ask("GET", "/submissions?form=re-registration&person=p1")).json()["items"]
    assert (line["form"], line["number"], line["enrollment_id"]) == ("re-registration", 1, link.run)
    assert line["answers"]["person.city"] == "Leeds"
    (file,) = line["files"]
    assert (file["name"], file["kind"], file["size"]) == ("r.pdf", "pdf", 10)
    path = file["url"].removeprefix(api.settings.public_url)
    assert (await api.http.get(path)).content == b"%PDF-1.7 x"
    (same,) = await relance("submissions", "--person", "p1", "--json")
    assert same["id"] == line["id"]
    assert "Leeds" in await relance("submissions")
    said = await relance("submissions", "--links")
    assert "p1: r.pdf" in said
    assert "/d/d" in said
    (form,) = (await api.ask("GET", "/forms")).json()["items"]
    assert (form["links"], form["answered"]) == (1, 1)
    revoked = await api.ask("POST", "/forms/re-registration/revoke", json={"enrollment": link.run})
    assert revoked.json() == {"form": "re-registration", "enrollment": link.run, "revoked": True}
    assert (await post(api, link, person__city="York")).status_code == 410
    missing = await api.ask("POST", "/forms/other/revoke", json={"enrollment": link.run})
    assert missing.status_code == 404
    assert "does not work any more" in await relance("forms", "revoke", "re-registration", link.run[:8])


async def test_nobody_reads_what_came_in_without_the_token(api: ApiRig) -> None:
    for path in ("/forms", "/submissions"):
        answer: httpx.Response = await api.http.get(path)
        assert answer.status_code == 401
