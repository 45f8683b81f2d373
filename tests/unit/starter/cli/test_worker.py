"""``relance worker``: which queues it takes."""

from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.commands.worker import QUEUES
from starter.cli.main import app
from tests.support.settings import SECRET

run = CliRunner()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], bool]]:
    """The queues of each worker that was started, and whether it starts runs."""
    started: list[tuple[tuple[str, ...], bool]] = []

    async def work(_: object, queues: tuple[str, ...], *, starts: bool) -> None:
        started.append((queues, starts))

    monkeypatch.setattr("worker.run", work)
    monkeypatch.setenv("RELANCE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    for name in ("BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.setenv(f"RELANCE_{name}", SECRET)
    return started


@pytest.mark.parametrize(
    ("given", "queues", "starts"),
    [
        ([], QUEUES, True),
        (["--queues", "relance-send, relance,relance-send"], ("relance-send", "relance"), True),
        (["--no-starts"], QUEUES, False),
    ],
)
def test_it_takes_the_queues_it_is_given_each_once(
    started: list[Any], given: list[str], queues: tuple[str, ...], starts: bool
) -> None:
    done = run.invoke(app, ["worker", *given])
    assert (done.exit_code, started) == (0, [(queues, starts)]), done.output


@pytest.mark.parametrize("given", ["wrok", " , ", "relance,nope"])
def test_an_unknown_queue_starts_nothing_and_names_those_there_are(started: list[Any], given: str) -> None:
    done = run.invoke(app, ["worker", "--queues", given])
    assert (done.exit_code, started) == (2, [])
    assert all(name in " ".join(done.output.split()) for name in QUEUES)
