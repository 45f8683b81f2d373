"""A person starts everything, a CRM enrolls somebody, the somebody answers, the recruiter sees the task."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiosmtplib
import httpx
import pytest

from starter.demo.people import changes, post_hook
from starter.local.mail_capture import list_mail, read_mail
from tests.support.page_examples import Known, examples

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.support.rigs.up import Up

    Call = Callable[..., Awaitable[tuple[int, str]]]
    Wait = Callable[..., Awaitable[None]]

NEW_SERVICES = "examples/sequences/new-services.yaml"


async def _hand_over(up: Up) -> None:
    settings = up.settings
    async with httpx.AsyncClient(timeout=30) as http:
        body = {"event_id": "people", "changes": changes(datetime.now(UTC).date())}
        answer = await post_hook(http, settings["RELANCE_PUBLIC_URL"], settings["RELANCE_HOOK_SECRETS"], body)
    assert answer.status_code == 200, answer.text


async def _answer(up: Up, words: str) -> None:
    folder = Path(up.settings["RELANCE_MAIL_FOLDER"])
    mail = read_mail(folder, list_mail(folder)[-1].file)
    reply = EmailMessage()
    reply["From"], reply["To"] = "ada@client.example", mail.header("Reply-To") or ""
    reply["Subject"], reply["Message-ID"] = f"Re: {mail.mail.subject}", "<e2e-1@client.example>"
    reply.set_content(words)
    port = int(up.settings["RELANCE_INBOUND_PORT"])
    await aiosmtplib.send(
        reply, sender="ada@client.example", recipients=[reply["To"]], hostname="127.0.0.1", port=port, start_tls=False
    )


async def test_from_publish_to_the_task_that_a_reply_causes(up: Up, call: Call, wait: Wait) -> None:
    status, output = await call(up.home, "publish", NEW_SERVICES)
    assert status == 0, output
    await _hand_over(up)
    status, output = await call(up.home, "enroll", "new-services", "ada", "--json")
    assert status == 0, output
    enrollment = json.loads(output)["enrollment"]
    folder = Path(up.settings["RELANCE_MAIL_FOLDER"])
    introduce: dict[str, Any] = {}

    async def planned() -> bool:
        status, output = await call(up.home, "show", enrollment, "--json")
        assert status == 0, output
        introduce.update(next((row for row in json.loads(output)["steps"] if row["step"] == "introduce"), {}))
        return bool(introduce)

    await wait(planned)
    if introduce["state"] == "planned" and datetime.fromisoformat(introduce["due_at"]) > datetime.now(UTC):
        # Outside working hours, as the README has it.
        status, output = await call(up.home, "send-now", enrollment)
        assert status == 0, output

    async def arrived() -> bool:
        return len(list_mail(folder)) == 1

    await wait(arrived)
    await _answer(up, "Please tell me more")
    tasks: list[Any] = []

    async def task_made() -> bool:
        status, output = await call(up.home, "tasks", "--json")
        assert status == 0, output
        tasks[:] = json.loads(output)
        return bool(tasks)

    await wait(task_made)
    assert [task["title"] for task in tasks] == ["Call Ada Example"]
    status, output = await call(up.home, "show", enrollment, "--json")
    assert status == 0, output
    assert "replied.positive" in output
    status, output = await call(up.home, "show", enrollment)
    assert status == 0
    for words in ("introduce", "sent", "stopped", "cancelled"):
        assert words in output
    status, output = await call(up.home, "mail")
    assert status == 0
    assert "ada@client.example" in output
    await _both_questions_of_the_readme(up, call)


async def _both_questions_of_the_readme(up: Up, call: Call) -> None:
    """Who replied and what was done, and which step works: the commands of the README, and what it says they print."""
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    replies, stats = ("replies", "--since", "7 days"), ("stats", "new-services")
    for command in ('$ relance replies --since "7 days"', "$ relance stats new-services"):
        assert command in readme
    status, output = await call(up.home, *replies)
    assert status == 0, output
    for words in ("Please tell me more", "positive", "run: stop", "task: Call", "lead (source"):
        assert words in output
        assert words in readme
    status, output = await call(up.home, *stats, "--json")
    assert status == 0, output
    people = {row["step"]: row["people"] for row in json.loads(output)["rows"] if row["version"] == 1}
    assert [(people[step]["sent"], people[step]["replied"]) for step in ("introduce", "remind")] == [(1, 1), (0, 0)]
    status, output = await call(up.home, *stats)
    assert status == 0, output
    for words in ("new-services by step", "entered", "delivered", "replied", "positive", "introduce", "thank-you"):
        assert words in output


async def test_no_other_user_of_the_machine_reads_its_folder(up: Up) -> None:
    assert _open_to_others(up.home) == []
    names = {path.name for path in up.home.rglob("*") if path.is_file()}
    assert {"temporal.db", "local.env", "secrets.json", "serve.log", "temporal.log", "postgres.log"} <= names
    assert any(name.endswith(".eml") for name in names)


def _open_to_others(home: Path) -> list[str]:
    """What others may use. As root, the group of the account that Postgres runs as passes through the folder."""
    found = []
    for path in (home, *home.rglob("*")):
        try:
            mode = stat.S_IMODE(path.lstat().st_mode)
        except FileNotFoundError:
            continue
        passing = 0o010 if path == home and os.geteuid() == 0 else 0
        if mode & 0o077 & ~passing:
            found.append(f"{path} {mode:o}")
    return found


async def test_a_rehearsal_plays_beside_it_as_its_page_says(up: Up, call: Call) -> None:
    status, output = await call(up.home, "publish", NEW_SERVICES)
    assert status == 0, output
    await _hand_over(up)
    before = list_mail(Path(up.settings["RELANCE_MAIL_FOLDER"]))
    (example,) = (each for each in examples("look-before-sending.md") if each.words[0] == "rehearse")
    status, output = await call(up.home, *example.words)
    assert status == 0, output
    Known().compare(example, output)
    assert list_mail(Path(up.settings["RELANCE_MAIL_FOLDER"])) == before


async def test_the_health_of_a_good_stack_is_good(up: Up, call: Call, wait: Wait) -> None:
    found: dict[str, Any] = {}

    async def good() -> bool:
        # The worker for sentiment loads its model first.
        _, output = await call(up.home, "health", "--json")
        found.update(json.loads(output))
        return bool(found["good"])

    await wait(good)
    names = {each["name"] for each in found["checks"]}
    assert {"Postgres", "Temporal", "hooks", "mail server"} <= names
    assert {f"worker on {queue}" for queue in ("relance", "relance-send", "relance-sentiment")} <= names
    status, output = await call(up.home, "health")
    assert status == 0, output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("enroll", "new-services", "nobody"), 3, "no person"),
        (("enroll", "no-such-sequence", "ada"), 3, "no-such-sequence"),
        (("show", "e0000000000"), 3, "unknown enrollment"),
        (("stop", "e0000000000"), 3, "unknown enrollment"),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_line_with_its_own_exit_status(
    up: Up, call: Call, arguments: tuple[str, ...], status: int, words: str
) -> None:
    found, output = await call(up.home, *arguments)
    assert found == status, output
    assert words in output
    assert "Traceback" not in output


async def test_the_api_is_documented_and_closed(up: Up) -> None:
    url = up.settings["RELANCE_PUBLIC_URL"]
    async with httpx.AsyncClient(timeout=30) as http:
        page = (await http.get(f"{url}/docs")).text
        # The page must work without a network: everything that it loads comes from here.
        assets = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert len(assets) >= 3
        for asset in assets:
            assert (await http.get(f"{url}/{asset}")).status_code == 200, asset
        paths = (await http.get(f"{url}/openapi.json")).json()["paths"]
        assert {"/hooks/crm", "/enrollments", "/healthz", "/readyz"} <= paths.keys()
        assert (await http.get(f"{url}/enrollments")).status_code == 401
        assert (await http.get(f"{url}/healthz")).status_code == 200


async def test_a_second_stack_on_the_same_data_is_refused(up: Up, call: Call) -> None:
    status, output = await call(up.home, "up")
    assert status == 5, output
    assert "another stack already runs" in output


@pytest.mark.parametrize(
    ("missing", "words"),
    [("TEMPORAL_ADDRESS", "Temporal does not answer"), ("RELANCE_DATABASE_URL", "Postgres does not answer")],
)
async def test_a_server_that_is_not_there_is_named_with_what_to_do(
    up: Up, call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, words: str
) -> None:
    nowhere = {"TEMPORAL_ADDRESS": "127.0.0.1:9", "RELANCE_DATABASE_URL": "postgresql://relance:x@127.0.0.1:9/relance"}
    for key, value in {**up.settings, missing: nowhere[missing]}.items():
        monkeypatch.setenv(key, value)
    commands = (("worker", "--queues", "relance"), ("serve",))
    for status, output in await asyncio.gather(*(call(tmp_path, *command) for command in commands)):
        assert status == 5, output
        assert words in output
        assert "Traceback" not in output


@pytest.mark.timeout(600)
async def test_a_part_that_dies_is_started_again(up: Up, call: Call, wait: Wait) -> None:
    """All but one at once, as the kernel kills what takes too much memory; commands work afterwards."""
    parts = ("main serve", "--queues relance,relance-send", "postgres -D", "start-dev")
    dead = [pid for pid in _children(up.process.pid) if any(words in _command(pid) for words in parts)]
    assert len(dead) == len(parts)
    for pid in dead:
        os.kill(pid, signal.SIGKILL)

    async def again() -> bool:
        alive = {pid: _command(pid) for pid in _children(up.process.pid) if pid not in dead}
        return all(any(words in command for command in alive.values()) for words in parts)

    async def good() -> bool:
        status, output = await call(up.home, "health", "--json")
        return status == 0 and bool(json.loads(output)["good"])

    await wait(again)
    await wait(good)
    status, output = await call(up.home, "enrollments", "--json")
    assert status == 0, output
    assert up.process.returncode is None


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


# The last one: it stops what the others use.
async def test_ctrl_c_stops_all_of_it_and_a_second_start_finds_the_data_again(
    up: Up, start: Callable[[Path, Sequence[str]], Awaitable[Up]], call: Call
) -> None:
    await _hand_over(up)
    pids = _children(up.process.pid)
    assert len(pids) >= 5
    address = up.settings["RELANCE_PUBLIC_URL"]
    printed = await up.stop(signal.SIGINT)
    for words in ("Temporal UI", "/docs", "captured mail", "stopped"):
        assert words in printed
    # Nobody could sign in yet.
    assert re.search(rf"{re.escape(address)}/console/sign-in/[\w-]{{43}}", printed)
    assert up.process.returncode == 0
    assert [pid for pid in pids if _alive(pid)] == []
    # As releases before left it.
    (up.home / "temporal.db").chmod(0o644)
    (up.home / "mail").chmod(0o755)
    second = await start(up.home, ["relance"])
    try:
        assert _open_to_others(up.home) == []
        status, output = await call(up.home, "people", "--json")
        assert status == 0, output
        assert "ada" in [person["id"] for person in json.loads(output)]
    finally:
        await second.stop(signal.SIGTERM)
    assert second.process.returncode == 0


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (entry / "stat").exists():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
