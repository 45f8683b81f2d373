"""``relance user`` and ``relance audit`` against a real Postgres."""

import asyncio
import csv
import io
import json
import re
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app


async def relance(*arguments: str, status: int = 0) -> Any:
    done = await asyncio.to_thread(CliRunner().invoke, app, list(arguments))
    assert done.exit_code == status, done.output
    return json.loads(done.stdout) if "--json" in arguments and not status else done.output


async def test_users_are_invited_changed_and_shut_out(in_environment: None) -> None:
    shown = await relance("user", "invite", "ann@agency.example", "--role", "admin")
    assert re.search(r"/console/sign-in/[\w-]{43}", shown)
    made = await relance("user", "invite", "bo@agency.example", "--json")
    assert (made["new"], made["user"]["role"], made["user"]["email"]) == (True, "recruiter", "bo@agency.example")
    again = await relance("user", "invite", "BO@AGENCY.example", "--team", "North", "--json")
    assert (again["new"], again["user"]["id"], again["user"]["team"]) == (False, made["user"]["id"], "North")
    assert again["link"] != made["link"]

    assert "bo@agency.example is lead now" in await relance("user", "role", "bo@agency.example", "lead")
    assert (await relance("user", "role", made["user"]["id"], "lead", "--json"))["changed"] is False
    assert "is disabled" in await relance("user", "disable", "bo@agency.example")
    listed = await relance("user", "--json")
    assert [(row["email"], row["role"], row["disabled_at"] is None) for row in listed] == [
        ("ann@agency.example", "admin", True),
        ("bo@agency.example", "lead", False),
    ]
    assert "disabled" in await relance("user", "list")
    assert await relance("user", "sessions", "ann@agency.example", "--json") == []
    assert (await relance("user", "revoke", "ann@agency.example", "--json")) == {"ended": 0}

    written = await relance("audit", "--json")
    assert [row["act"] for row in reversed(written)] == [
        "user_invited",
        "user_invited",
        "user_changed",
        "link_made",
        "role_changed",
        "user_disabled",
    ]
    assert {row["way"] for row in written} == {"cli"}
    assert "command line" in await relance("audit", "--since", "1 day")
    assert await relance("audit", "--who", "bo@agency.example", "--json") == []
    assert len(list(csv.reader(io.StringIO(await relance("audit", "--csv"))))) == 7


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["user", "invite", "nothing"], 4),
        (["user", "invite", "bo@agency.example", "--role", "king"], 2),
        (["user", "disable", "nobody@agency.example"], 3),
        (["user", "disable", "ann@agency.example"], 4),
        (["user", "role", "ann@agency.example", "lead"], 4),
        (["user", "invite", "ann@agency.example", "--role", "lead"], 4),
        (["audit", "--since", "yesterday"], 2),
        (["audit", "--csv", "--json"], 2),
        (["audit", "--who", "nobody@agency.example"], 3),
    ],
)
async def test_what_makes_no_sense_is_refused(in_environment: None, arguments: list[str], status: int) -> None:
    await relance("user", "invite", "ann@agency.example", "--role", "admin")
    await relance(*arguments, status=status)
