"""The process as a whole: what it needs at the start, what it takes in, and how it ends."""

import asyncio
import json
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
from tests.support.waiting import PATIENCE


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
    async with asyncio.timeout(PATIENCE):
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
    http, mail, metrics = free_port(), free_port(), free_port()
    environment = {
        **os.environ,
        **temporal.environment,
        "RELANCE_DATABASE_URL": database_url,
        "RELANCE_BEARER_TOKEN": BEARER,
        "RELANCE_HOOK_SECRETS": "hook-key-for-tests",
        "RELANCE_TOKEN_KEYS": "token-key-for-tests",
        "RELANCE_HTTP_PORT": str(http),
        "RELANCE_INBOUND_PORT": str(mail),
        "RELANCE_INBOUND_PROTOCOL": "smtp",
        "RELANCE_HOME": str(tmp_path),
        "RELANCE_METRICS_PORT": str(metrics),
        "RELANCE_LOG_FORMAT": "json",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "starter.cli.main", "serve", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        await _ready(f"http://127.0.0.1:{http}", process)
        await asyncio.to_thread(_post, mail)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http}", trust_env=False, timeout=PATIENCE) as client:
            headers = {"Authorization": f"Bearer {BEARER}"}
            [found] = (await client.get("/unmatched", headers=headers)).json()["items"]
            missing = await client.get("/readyz", params={"queue": "nobody-polls-this"})
            scrape = await client.get(f"http://127.0.0.1:{metrics}/metrics")
            hidden = await client.get("/metrics")
        assert (found["event"], found["reply_text"]) == ("human", "Please call me.")
        assert missing.json()["missing"] == ["worker on nobody-polls-this"]
        assert "relance_unmatched_waiting 1.0" in scrape.text
        assert (
            'relance_http_request_duration_seconds_count{method="GET",route="/unmatched",status="2xx"} 1.0'
            in scrape.text
        )
        assert "client.example" not in scrape.text
        assert hidden.status_code == 404
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            _, words = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    log = words.decode()
    assert process.returncode == 0
    assert "Traceback" not in log
    lines = [json.loads(line) for line in log.splitlines()]
    assert any(line["message"].startswith("serving on port") for line in lines)
    assert [line["inbound"] for line in lines if line["logger"] == "relance.intake" and "inbound" in line]
    assert "client.example" not in log
    assert BEARER not in log


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    # A busy machine takes a minute to load what `relance serve` needs.
    deadline = asyncio.get_running_loop().time() + 150
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
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
