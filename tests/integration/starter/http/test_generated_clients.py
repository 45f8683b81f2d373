"""Clients that others generate from our description: they are made here, and speak to a running server.

openapi-python-client makes a client of functions and models; datamodel-code-generator makes pydantic models.
"""

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from services.intake.mail import MailIntake
from starter.http.app import create_app
from tests.support.rigs.api import BEARER, ApiRig, ways_for


@pytest.fixture
def described(api: ApiRig, mail_intake: MailIntake, tmp_path: Path) -> Path:
    """The description with every way in there is, as a file."""
    file = tmp_path / "openapi.json"
    file.write_text(
        json.dumps(create_app(replace(ways_for(api), bulk=cast("Any", object()), mail=mail_intake)).openapi())
    )
    return file


def _run(*words: object) -> str:
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


# The command of openapi-python-client wants an older typer than we have; what it calls does not.
_GENERATE = """
import sys
from pathlib import Path
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
config = Config.from_sources(
    ConfigFile(
        project_name_override="relance-client", package_name_override="made_client", post_hooks=[],
        # The picture of an open is for mail programs; the generator knows no pictures.
        content_type_overrides={"image/gif": "application/octet-stream"},
    ),
    MetaType.NONE, Path(sys.argv[1]), "utf-8", False, Path(sys.argv[2]),
)
for problem in generate(config=config):
    print(problem.level, problem.header, problem.detail, problem.data)
"""


@pytest.fixture
def made_client(described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The generated package; nothing was left out and nothing was warned of."""
    said = _run("-c", _GENERATE, described, tmp_path / "made_client")
    assert said.startswith("Generating ")
    assert said.count("\n") == 1, said
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("made_client")
    for name in [name for name in sys.modules if name.partition(".")[0] == "made_client"]:
        del sys.modules[name]


async def test_a_generated_client_enrolls_steers_pages_and_reads_errors(api: ApiRig, made_client: Any) -> None:
    def operation(tag: str, name: str) -> Any:
        return importlib.import_module(f"made_client.api.{tag}.{name}").asyncio

    models = importlib.import_module("made_client.models")
    for number in ("p1", "p2", "p3"):
        await api.person(number)
    await api.publish()
    url = str(api.http.base_url)
    async with made_client.AuthenticatedClient(base_url=url, token=BEARER) as client:
        # 1, 2: enroll, and the same refused with the reason
        asked = models.EnrollRequest(sequence="hello", person="p1")
        enrolled = await operation("enrollments", "enroll_person")(client=client, body=asked)
        assert (enrolled.workflow_id, enrolled.started) == ("enrollment:hello:p1", True)
        again = await operation("enrollments", "enroll_person")(client=client, body=asked)
        assert (type(again), again.error) == (models.Problem, "refused")
        assert again.reason == "already_enrolled"
        await api.execute("UPDATE enrollment SET state = 'active'")
        # 3: a command
        paused = await operation("enrollments", "pause_enrollment")(
            enrolled.enrollment, client=client, body=models.CommandRequest(reason="on holiday")
        )
        assert paused.changed is True
        # the same without a body, which may be left out
        resumed = await operation("enrollments", "resume_enrollment")(enrolled.enrollment, client=client)
        assert resumed.changed is True
        # 4: the story
        story = await operation("enrollments", "get_enrollment")(enrolled.enrollment, client=client)
        assert (story.person_id, story.moments[0].kind) == ("p1", "enrolled")
        assert isinstance(story.enrolled_at, datetime)
        # 5: a list with filters of every kind
        listed = await operation("enrollments", "list_enrollments")(
            client=client,
            person="p1",
            state=[models.EnrollmentState.ACTIVE],
            since=datetime(2020, 1, 1, tzinfo=UTC),
            limit=10,
        )
        assert ([row.id for row in listed.items], listed.next_) == ([enrolled.enrollment], None)
        # 6: pages
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = await operation("reading", "list_people")(client=client, limit=2, **cursor)
            found += [row.id for row in page.items]
            if page.next_ is None:
                break
            cursor = {"cursor": page.next_}
        assert found == ["p1", "p2", "p3"]
        # 7: a record
        person = await operation("reading", "get_person")("p1", client=client)
        assert (person.email, [run.id for run in person.runs]) == ("p1@client.example", [enrolled.enrollment])
        # 8: what is not there
        missing = await operation("reading", "get_person")("p9", client=client)
        assert (type(missing), missing.error) == (models.Problem, "not_found")
        # 9: why
        why = await operation("auto_enrollment", "explain_person")("p1", "hello", client=client)
        assert (why.person, why.answer) == ("p1", models.EntryAnswer.ENROLLED)
        # 10: what is wrong with a request
        wrong = await operation("reading", "list_people")(client=client, cursor="x")
        assert (type(wrong), wrong.error) == (models.Problem, "invalid")
        # 11: fields, a list that is no page
        fields = await operation("auto_enrollment", "list_fields")(client=client)
        assert "person.email" in {line.name for line in fields}
    async with made_client.Client(base_url=url) as stranger:
        # 12, 13: without the token
        closed = await operation("reading", "list_tasks")(client=stranger)
        assert (type(closed), closed.error) == (models.Problem, "unauthorized")
        ready = await operation("health", "get_readiness")(client=stranger)
        assert (ready.status, ready.missing) == ("ready", [])


async def test_generated_models_take_what_is_sent(
    api: ApiRig, described: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "made_models.py"
    said = await asyncio.to_thread(
        _run,
        "-m",
        "datamodel_code_generator",
        "--input",
        described,
        "--output",
        file,
        "--input-file-type",
        "openapi",
        "--output-model-type",
        "pydantic_v2.BaseModel",
        "--target-python-version",
        "3.11",
        "--use-annotated",
        "--formatters",
        "builtin",
    )
    assert said == ""
    monkeypatch.syspath_prepend(str(tmp_path))
    models = importlib.import_module("made_models")
    names = set(json.loads(described.read_text())["components"]["schemas"])
    assert [name for name in names if not hasattr(models, name)] == []
    enrollment = await api.enrolled()
    await api.sent(enrollment)
    for path, name in (
        ("/people", "PeoplePage"),
        ("/people/p1", "PersonRecord"),
        ("/enrollments", "EnrollmentsPage"),
        (f"/enrollments/{enrollment}", "Timeline"),
        ("/people/p1/sequences/hello/explain", "Explanation"),
        ("/windows", "WindowsPage"),
        ("/tasks", "TasksPage"),
        ("/reviews", "ReviewsPage"),
        ("/readyz", "Readiness"),
        ("/people/p9", "Problem"),
    ):
        getattr(models, name).model_validate_json((await api.ask("GET", path)).content)
    sys.modules.pop("made_models")
