"""``relance mailbox`` against a real Postgres and a mail server that answers as a test writes down."""

import asyncio
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.rigs.api import ApiRig
from tests.support.servers.smtp import ScriptedServer


async def relance(*arguments: str, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["mailbox", *arguments])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if "--json" in arguments else done.output


async def test_a_mailbox_is_added_tried_changed_paused_and_archived(in_environment: None, tmp_path: Path) -> None:
    assert "no mailboxes yet" in await relance("list")
    server = ScriptedServer()
    await server.start()
    try:
        secret, signature = tmp_path / "secret.txt", tmp_path / "signature.html"
        secret.write_text("hunter2-hunter2\n")
        signature.write_text("<p>Jobs<br>Agency</p>")
        server_at = ("--with", "host=localhost", "--with", f"port={server.port}", "--with", "tls=none")
        login = ("--with", "username=-", "--secret-file", str(secret))
        made = await relance("add", "Jobs@Agency.example", "--transport", "smtp", *server_at, *login, "--json")
        tried = await relance("test", "jobs@agency.example", "--json")
        assert (tried["sends"], tried["reads"], tried["state"], len(server.bodies)) == ("", "", "active", 1)
        await relance("set", made["id"], "--signature", str(signature), "--limits", "5/day", "--pool", "out")
        shown = await relance("show", "jobs@agency.example", "--json")
        assert (shown["pool"], shown["limits"], shown["signature_text"]) == ("out", "5/day", "Jobs\nAgency")
        assert "hunter2" not in json.dumps(shown)
        assert shown["has_transport_secret"]
        await relance("set", made["id"], "--pool", "")
        assert (await relance("show", made["id"], "--json"))["pool"] is None
        server.answers["mail"] = "550 5.7.1 no"
        assert "refused" in await relance("test", made["id"], status=1)
    finally:
        await server.stop()
    await relance("pause", made["id"], "--reason", "holidays")
    (listed,) = await relance("list", "--state", "paused", "--json")
    assert (listed["address"], listed["state_reason"]) == ("jobs@agency.example", "holidays")
    await relance("resume", made["id"])
    await relance("archive", made["id"])
    assert "archived" in await relance("pause", made["id"], status=4)


async def test_what_cannot_be_used_is_named(in_environment: None) -> None:
    await relance("add", "one@agency.example")
    assert "there is a mailbox" in await relance("add", "One@agency.example", status=4)
    assert "not an e-mail address" in await relance("add", "nobody", status=4)
    assert "no owner nobody" in await relance("add", "two@agency.example", "--owner", "nobody", status=4)
    assert "host" in await relance("add", "two@agency.example", "--transport", "smtp", status=4)
    assert "there is no kind" in await relance("add", "two@agency.example", "--transport", "pigeon", status=4)
    assert "KEY=VALUE" in await relance("add", "two@agency.example", "--with", "host", status=4)
    assert "own needs an inbox" in await relance("add", "two@agency.example", "--reply-to", "own", status=4)
    assert "limits" in await relance("set", "one@agency.example", "--limits", "a lot", status=4)
    assert "no such mailbox" in await relance("show", "two@agency.example", status=3)
    assert "to itself" in await relance("move-runs", "one@agency.example", "one@agency.example", status=4)


async def test_show_says_until_when_new_mail_is_announced(in_environment: None, api: ApiRig) -> None:
    made = await relance("add", "one@agency.example", "--transport", "graph", "--imap", "api", "--json")
    assert (await relance("show", made["id"], "--json"))["push"] is None
    assert "announced" not in await relance("show", made["id"])
    at = api.now
    await api.execute(
        "INSERT INTO mailbox_push (mailbox, subscription, ends_at, renew_at) VALUES ($1, 's1', $2, $2)", made["id"], at
    )
    assert "not yet" in await relance("show", made["id"])
    await api.execute("UPDATE mailbox_push SET heard_at = $1", at)
    push = (await relance("show", made["id"], "--json"))["push"]
    assert [push[key] is None for key in ("ends_at", "heard_at", "problem")] == [False, False, True]
    await api.execute("UPDATE mailbox_push SET ends_at = NULL, failures = 2, problem = 'Graph refuses it (400)'")
    assert "refused: Graph refuses it (400)" in await relance("show", made["id"])
