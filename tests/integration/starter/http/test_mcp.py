"""Tools for assistants: the official client over streamable HTTP and over a real process, with good and bad tokens."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import validate
from mcp import Client, MCPError
from mcp.client.stdio import StdioServerParameters, stdio_client

from adapters.postgres import listings
from sequences.access.token_scope import TokenScope
from services.access.audit import CLI
from services.access.tokens import revoke_token
from tests.support.assistants import CALLS, assistant, said, serving_assistants, token_of
from tests.support.held_replies import add_reply
from tests.support.rigs.api import BEARER, ApiRig

ROOT = Path(__file__).parents[4]
FILE = """sequence: fresh
name: Fresh
record: person
steps:
  - id: hello
    email: fresh/hello
"""
MAIL = "Subject: Hello\n\nDear {{ person.first_name or 'colleague' }}, hello.\n{{ unsubscribe_url }}\n"
GOOD = {"sequence.yaml": FILE, "fresh/hello.email.txt": MAIL}


async def furnished(api: ApiRig) -> dict[str, dict[str, Any]]:
    """A run and a reply that needs review; calls of all tools about them."""
    run = await api.enrolled()
    reply = await add_reply(api, 1, run)
    return {**CALLS, "get_run": {"run": run}, "judge_reply": {**CALLS["judge_reply"], "reply": reply}}


async def every_tool(client: Client, calls: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Calls all, in the order of the list; each answer is as its schema says."""
    found = {}
    for tool in (await client.list_tools()).tools:
        answer = await client.call_tool(tool.name, calls[tool.name])
        assert not answer.is_error, f"{tool.name}: {said(answer)}"
        assert tool.output_schema is not None
        validate(answer.structured_content, tool.output_schema)
        found[tool.name] = answer.structured_content
    return found


def as_they_are(found: dict[str, Any], run: str) -> None:
    (person,) = found["find_people"]["items"]
    assert (person["id"], person["name"], person["open_runs"]) == ("p1", "Alex", 1)
    assert "email" not in person
    assert [each["id"] for each in found["get_person"]["runs"]] == [run]
    assert "p1@client.example" not in str(found["get_person"])
    assert (found["explain"]["answer"], found["explain"]["person"]) == ("enrolled", "p1")
    assert [each["id"] for each in found["list_runs"]["items"]] == [run]
    assert found["get_run"]["moments"][0]["kind"] == "enrolled"
    assert [each["text"] for each in found["list_replies"]["items"]] == ["Perhaps"]
    assert [each["sequence"] for each in found["list_sequences"]["items"]] == ["hello"]
    assert found["get_statistics"]["rows"][0]["sequence"] == "hello"
    assert found["read_guide"]["text"].startswith("# Templates")
    assert "person.first_name" in {each["name"] for each in found["list_fields"]["items"]}
    assert found["get_draft"]["saved"] is False
    assert "sequence: hello" in found["get_draft"]["files"]["sequence.yaml"]
    for checked in (found["check_sequence"], found["save_draft"]):
        assert checked["good"] is False
        assert {(each["file"], each["line"]) for each in checked["problems"]} == {("sequence.yaml", 1)}
    assert (found["judge_reply"]["label"], found["judge_reply"]["enrollment"]) == ("negative", run)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_every_tool_over_http(api: ApiRig, mode: str) -> None:
    calls = await furnished(api)
    token = await token_of(api, TokenScope.READ, TokenScope.STEER)
    async with serving_assistants(api) as url, assistant(url, token, mode) as client:
        as_they_are(await every_tool(client, calls), calls["get_run"]["run"])
    # Nothing was sent, published or enrolled; the judgement waits for its run.
    assert api.runs.started == []
    assert api.runs.commands == []
    assert [row["count"] for row in await api.fetch("SELECT count(*) FROM send")] == [0]
    assert [row["count"] for row in await api.fetch("SELECT count(*) FROM sequence_version")] == [1]
    assert [row["reviewer"] for row in await api.fetch("SELECT reviewer FROM review")] == ["token:assistant"]


async def test_every_call_is_in_the_audit_log_with_the_tokens_name(api: ApiRig) -> None:
    calls = await furnished(api)
    token = await token_of(api, TokenScope.READ, TokenScope.STEER)
    async with serving_assistants(api) as url, assistant(url, token) as client:
        await every_tool(client, calls)
    rows = [row for row in await api.listed(listings.AUDIT_EVENTS) if "tool" in row["detail"]]
    assert {row["detail"]["tool"] for row in rows} == CALLS.keys() - {"read_guide"}
    assert {(row["way"], row["token_name"], row["address"]) for row in rows} == {("api", "assistant", "127.0.0.1")}
    (explained,) = (row for row in rows if row["detail"]["tool"] == "explain")
    assert (explained["act"], explained["subject"]) == ("explain_person", "person:p1 name:hello")
    # What was looked for is in none of them.
    assert "Alex" not in str(rows)


async def test_a_draft_is_written_corrected_and_never_published(api: ApiRig) -> None:
    token = await token_of(api, TokenScope.READ, TokenScope.STEER)
    async with serving_assistants(api) as url, assistant(url, token) as client:

        async def call(tool: str, **given: Any) -> Any:
            answer = await client.call_tool(tool, {"sequence": "fresh", **given})
            return answer.structured_content or said(answer)

        wrong = {**GOOD, "sequence.yaml": FILE.replace("email: fresh/hello", "emial: fresh/hello")}
        found = await call("check_sequence", files=wrong)
        assert found["good"] is False
        assert ("sequence.yaml", 6, 5, "error") in {
            (each["file"], each["line"], each["column"], each["severity"]) for each in found["problems"]
        }
        assert await api.fetch("SELECT FROM sequence_draft") == []
        saved = await call("save_draft", files=GOOD)
        assert (saved["good"], saved["newest"], saved["changed_by"]) == (True, None, "token:assistant")
        # the same again changes nothing, with or without its mark
        assert (await call("save_draft", files=GOOD))["mark"] == saved["mark"]
        # another text needs the mark of what was read
        changed = {"fresh/hello.email.txt": MAIL + "Bye.\n"}
        assert "read its draft, and send the mark of it" in await call("save_draft", files=changed)
        assert "was changed meanwhile" in await call("save_draft", files=changed, mark="x")
        again = await call("save_draft", files=changed, mark=saved["mark"])
        assert again["mark"] != saved["mark"]
        # the template goes, and then it is missing
        gone = await call("save_draft", files={"fresh/hello.email.txt": None}, mark=again["mark"])
        assert gone["good"] is False
        assert "cannot go" in await call("save_draft", files={"sequence.yaml": None}, mark=gone["mark"])
        draft = await call("get_draft")
        assert (draft["saved"], list(draft["files"])) == (True, ["sequence.yaml"])
        # files that no template has, and those above the folder, are refused
        for path in ("../../etc/passwd", "/etc/passwd", "fresh/../../x.email.txt", "notes.md"):
            assert "no file of a template" in await call("save_draft", files={path: "x"}, mark=gone["mark"])
            assert "no file of a template" in await call("check_sequence", files={path: "x"})
    assert await api.fetch("SELECT FROM sequence_version") == []
    assert [row["count"] for row in await api.fetch("SELECT count(*) FROM sequence_draft")] == [1]


async def test_a_draft_over_what_is_published_needs_to_be_read_first(api: ApiRig) -> None:
    await api.publish()
    token = await token_of(api, TokenScope.READ, TokenScope.STEER)
    async with serving_assistants(api) as url, assistant(url, token) as client:
        files = {"hello/one.email.txt": "Subject: Hi\n\nHi {{ person.first_name }}\n"}
        refused = await client.call_tool("save_draft", {"sequence": "hello", "files": files})
        assert "there is a sequence hello already" in said(refused)
        read = (await client.call_tool("get_draft", {"sequence": "hello"})).structured_content
        assert read is not None
        saved = await client.call_tool("save_draft", {"sequence": "hello", "files": files, "mark": read["mark"]})
        assert saved.structured_content is not None
        assert saved.structured_content["newest"] == 1
    assert [row["count"] for row in await api.fetch("SELECT count(*) FROM sequence_version")] == [1]


@pytest.mark.parametrize(
    ("scope", "works"),
    [
        (TokenScope.READ, CALLS.keys() - {"save_draft", "judge_reply"}),
        (TokenScope.STEER, {"read_guide", "save_draft", "judge_reply"}),
        (TokenScope.DRAFT, {"read_guide", "save_draft"}),
        (TokenScope.JUDGE, {"read_guide", "judge_reply"}),
        (TokenScope.ENROLL, {"read_guide"}),
        (TokenScope.HOOKS, {"read_guide"}),
    ],
)
async def test_what_the_token_may_not_do_no_tool_does(api: ApiRig, scope: TokenScope, works: set[str]) -> None:
    calls = await furnished(api)
    token = await token_of(api, scope)
    done = set()
    async with serving_assistants(api) as url, assistant(url, token) as client:
        for name, given in calls.items():
            answer = await client.call_tool(name, given)
            if answer.is_error:
                needed = {"save_draft": "draft", "judge_reply": "judge"}.get(name, "read")
                assert f"this needs a token with the scope {needed}; this one has {scope}" in said(answer)
            else:
                done.add(name)
    assert done == works


@pytest.mark.parametrize("how", ["none", "unknown", "revoked", "expired"])
async def test_without_a_good_token_nothing_is_answered(api: ApiRig, how: str) -> None:
    token = await token_of(api, TokenScope.READ)
    async with serving_assistants(api) as url:
        if how == "revoked":
            async with api.database.transaction() as connection:
                await revoke_token(connection, CLI, "assistant", api.now)
        if how == "expired":
            await api.execute("UPDATE api_token SET expires_at = $1", api.now - timedelta(seconds=1))
        headers = {} if how == "none" else {"Authorization": f"Bearer {'rel_x' if how == 'unknown' else token}"}
        async with httpx.AsyncClient(headers=headers) as http:
            for method in ("POST", "GET", "DELETE"):
                answer = await http.request(method, url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
                assert answer.status_code == 401, method
                assert answer.json()["error"] == "unauthorized"
                assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_is_revoked_ends_a_session_under_way(api: ApiRig) -> None:
    token = await token_of(api, TokenScope.READ)
    async with serving_assistants(api) as url, assistant(url, token) as client:
        assert not (await client.call_tool("list_sequences", {})).is_error
        async with api.database.transaction() as connection:
            await revoke_token(connection, CLI, "assistant", api.now)
        with pytest.raises(MCPError, match="error response"):
            await client.call_tool("list_sequences", {})


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "hooks.agency.example"}, 200),
        ({"Host": "tools.example"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://hooks.agency.example"}, 200),
        ({"Origin": "http://tools.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
async def test_hosts_and_origins(api: ApiRig, headers: dict[str, str], status: int) -> None:
    given = {"Authorization": f"Bearer {BEARER}", "Accept": "application/json, text/event-stream", **headers}
    async with serving_assistants(api, mcp_hosts="tools.example") as url, httpx.AsyncClient() as http:
        assert (await http.post(url, json=INITIALIZE, headers=given)).status_code == status


async def test_limits_of_the_border_hold(api: ApiRig) -> None:
    given = {"Authorization": f"Bearer {BEARER}", "Accept": "application/json, text/event-stream"}
    async with serving_assistants(api) as url, httpx.AsyncClient(headers=given) as http:
        large = {**INITIALIZE, "params": {"x": "x" * 1_000_001}}
        assert (await http.post(url, json=large)).status_code == 413
        for broken in (b"", b"[", b"\xff\xfe", b'{"jsonrpc": "2.0"}', b"[" * 100_000):
            answer = await http.post(url, content=broken, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, broken[:20]


async def test_nothing_is_there_unless_it_is_wanted(api: ApiRig) -> None:
    assert (await api.ask("POST", "/mcp", json=INITIALIZE)).status_code == 404


def process(api: ApiRig, token: str) -> StdioServerParameters:
    environment = {"RELANCE_TOKEN": token, "RELANCE_URL": str(api.http.base_url), "PYTHONPATH": ":".join(sys.path)}
    return StdioServerParameters(
        command=sys.executable, args=["-m", "starter.cli.main", "mcp"], env=environment, cwd=ROOT
    )


async def test_every_tool_over_a_process(api: ApiRig) -> None:
    calls = await furnished(api)
    token = await token_of(api, TokenScope.READ, TokenScope.STEER)
    async with Client(stdio_client(process(api, token)), read_timeout_seconds=120) as client:
        as_they_are(await every_tool(client, calls), calls["get_run"]["run"])
        async with api.database.transaction() as connection:
            await revoke_token(connection, CLI, "assistant", api.now)
        answer = await client.call_tool("list_runs", {})
        assert "the bearer token is unknown, or no longer valid" in said(answer)
    rows = [row for row in await api.listed(listings.AUDIT_EVENTS) if "tool" in row["detail"]]
    assert {row["detail"]["tool"] for row in rows} == CALLS.keys() - {"read_guide"}
    assert {row["token_name"] for row in rows} == {"assistant"}
