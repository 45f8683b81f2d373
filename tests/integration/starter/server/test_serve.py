"""The process as a whole: what it needs at the start, what it takes in, and how it ends."""

import asyncio
import os
import signal
import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from adapters.loop_server import LoopServer
from sequences.errors import SettingsError, UnavailableError
from starter.local.ports import free_port
from starter.local.temporal import LocalTemporal
from starter.server.serve import serve
from tests.support.rigs.api import BEARER, settings_for


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("starter.server.dispatch._PATIENCE", 0.2)


async def test_without_postgres_it_says_so_and_ends(impatient: None) -> None:
    settings = settings_for(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    with pytest.raises(UnavailableError, match="Postgres does not answer at RELANCE_DATABASE_URL"):
        await serve(settings, asyncio.Event())


async def test_without_temporal_it_says_so_and_ends(
    impatient: None, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    with pytest.raises(UnavailableError, match="Temporal does not answer at"):
        await serve(settings_for(database_url), asyncio.Event())


async def test_asked_to_stop_while_it_waits_it_stops(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings_for("postgresql://nobody@127.0.0.1:1/none"), stop))
    await asyncio.sleep(0)
    stop.set()
    async with asyncio.timeout(30):
        await serving


async def test_a_port_in_use_is_named() -> None:
    from fastapi import FastAPI

    first = LoopServer(FastAPI(), "127.0.0.1", 0)
    await first.start()
    second = LoopServer(FastAPI(), "127.0.0.1", first.port)
    with pytest.raises(SettingsError, match=f"cannot listen on port {first.port}"):
        await second.start()
    await first.stop()


async def test_it_serves_takes_mail_and_ends_cleanly_at_sigterm(
    database_url: str, temporal: LocalTemporal, tmp_path: Path
) -> None:
    http, mail = free_port(), free_port()
    environment = {
        **os.environ,
        **temporal.environment,
        "RELANCE_DATABASE_URL": database_url,
        "RELANCE_BEARER_TOKEN": BEARER,
        "RELANCE_HOOK_SECRETS": "hook",
        "RELANCE_TOKEN_KEYS": "key",
        "RELANCE_HTTP_PORT": str(http),
        "RELANCE_INBOUND_PORT": str(mail),
        "RELANCE_INBOUND_PROTOCOL": "smtp",
        "RELANCE_HOME": str(tmp_path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter.cli.main", "serve", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        await _ready(f"http://127.0.0.1:{http}", process)
        await asyncio.to_thread(_post, mail)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http}", trust_env=False, timeout=30) as client:
            headers = {"Authorization": f"Bearer {BEARER}"}
            [found] = (await client.get("/unmatched", headers=headers)).json()["items"]
            missing = await client.get("/readyz", params={"queue": "nobody-polls-this"})
        assert (found["event"], found["reply_text"]) == ("human", "Please call me.")
        assert missing.json()["missing"] == ["worker on nobody-polls-this"]
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, words = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    log = words.decode()
    assert process.returncode == 0
    assert "Traceback" not in log
    assert "serving on port" in log
    assert "client.example" not in log
    assert BEARER not in log


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    deadline = asyncio.get_running_loop().time() + 30
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        while True:
            assert process.returncode is None
            assert asyncio.get_running_loop().time() < deadline
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.1)


def _post(port: int) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "somebody@client.example", "jobs@reply.relance.example"
    mail["Subject"], mail["Message-ID"] = "Hello", "<1@client.example>"
    mail.set_content("Please call me.\n")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(mail)


async def test_the_database_of_a_stranger_is_refused_with_words(database_url: str) -> None:
    # The driver's own message would quote the name of the user.
    settings = settings_for(database_url.replace("relance:", "relance:wrong"))
    with pytest.raises(SettingsError, match="check RELANCE_DATABASE_URL"):
        await serve(settings, asyncio.Event())
