"""``relance token`` against a real Postgres."""

import asyncio
import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app


async def relance(*arguments: str, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["token", *arguments])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if "--json" in arguments and not status else done.output


async def test_tokens_are_created_rotated_and_revoked(in_environment: None) -> None:
    assert "no named tokens yet" in await relance()
    shown = await relance("create", "crm-sync", "--scope", "enroll", "--scope", "read", "--expires", "90 days")
    assert re.search(r"^rel_g[a-z0-9]{26}_[\w-]{43}$", shown, re.MULTILINE)
    made = await relance("create", "board", "--scope", "read", "--json")
    assert made["token"].startswith(f"rel_{made['id']}_")
    rotated = await relance("rotate", "board", "--grace", "7 days", "--json")
    assert (rotated["id"], rotated["name"], rotated["token"] != made["token"]) == (made["id"], "board", True)
    assert rotated["former_until"] is not None
    assert "works until" in await relance("rotate", "board")
    assert "works until" not in await relance("rotate", "board", "--grace", "0 hours")
    listed = await relance("list", "--json")
    assert [(row["name"], row["scopes"], row["created_by"]) for row in listed] == [
        ("board", ["read"], "cli"),
        ("crm-sync", ["enroll", "read"], "cli"),
    ]
    assert "hash" not in listed[0]
    assert await relance("revoke", "board", "--json") == {"id": made["id"], "revoked": True}
    assert "is revoked" in await relance("revoke", made["id"])


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("create", "crm-sync"), 2, "--scope"),
        (("create", "crm-sync", "--scope", "write"), 2, "write"),
        (("create", "Crm Sync", "--scope", "read"), 4, "lower-case letters"),
        (("create", "crm-sync", "--scope", "read", "--expires", "soon"), 2, "--expires"),
        (("create", "crm-sync", "--scope", "read", "--expires", "2020-01-01"), 4, "expired already"),
        (("rotate", "none"), 3, "no such token"),
        (("rotate", "none", "--grace", "soon"), 2, "--grace"),
        (("revoke", "none"), 3, "no such token"),
    ],
)
async def test_what_cannot_be_done_is_said(
    in_environment: None, arguments: tuple[str, ...], status: int, words: str
) -> None:
    assert words in await relance(*arguments, status=status)
