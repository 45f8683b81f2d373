"""What tools for assistants may do: held against the acts of users, the scopes of tokens and each call they make."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from mcp import Client

from adapters.assistant_settings import AssistantSettings
from adapters.mcp_settings import McpSettings
from sequences.access.act import Act
from sequences.access.caller import TOOL_HEADER
from sequences.access.token_scope import TokenScope, needed_scope
from starter.mcp.api import Api
from starter.mcp.guide_pages import PAGES, page
from starter.mcp.operations import OPERATIONS, Operation
from starter.mcp.server import create_server
from tests.support.assistants import CALLS, said

ROOT = Path(__file__).parents[3]
HARMLESS = {Act.LOOK, Act.READ_PERSON, Act.READ_MESSAGE, Act.WRITE_SEQUENCE, Act.REVIEW_REPLY}
NEVER = {Act.SEND_TEST, Act.ANSWER_REPLY, Act.ENROLL, Act.RESUME_RUN, Act.APPROVE, Act.PUBLISH, Act.HOLD, Act.OPERATE}


def which(request: httpx.Request) -> Operation:
    """The operation that a request is; it is one of the list."""
    (found,) = (
        each
        for each in OPERATIONS
        if each.method == request.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), request.url.path)
    )
    return found


class Recorded:
    """An API that remembers what it was asked, and has nothing."""

    def __init__(self, answer: httpx.Response | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        problem = {"error": "not_found", "detail": "there is nothing", "hint": "check the id"}
        return self._answer or httpx.Response(404, json=problem)


class Kept:
    """One server for all tests: making it takes half a second. It asks whichever API a test gives it."""

    def __init__(self) -> None:
        self.api: Callable[[httpx.Request], httpx.Response] = Recorded()

    @cached_property
    def server(self) -> Any:
        return create_server(Api(self.connect))

    @asynccontextmanager
    async def connect(self, context: Any) -> AsyncIterator[httpx.AsyncClient]:
        del context
        transport = httpx.MockTransport(self.api)
        async with httpx.AsyncClient(transport=transport, base_url="http://relance.example") as client:
            yield client


KEPT = Kept()


@asynccontextmanager
async def asked(api: Callable[[httpx.Request], httpx.Response]) -> AsyncIterator[Client]:
    KEPT.api = api
    async with Client(KEPT.server) as client:
        yield client


def test_no_operation_is_an_act_that_sends_approves_or_publishes() -> None:
    assert {each.act for each in OPERATIONS} <= HARMLESS
    assert NEVER.isdisjoint(HARMLESS)
    assert set(Act) >= HARMLESS


def test_what_changes_something_is_a_draft_or_a_judgement() -> None:
    needs = {each.name: needed_scope(each.name, [each.method]) for each in OPERATIONS}
    assert {name for name, scope in needs.items() if scope is not TokenScope.READ} == {
        "save_sequence_draft",
        "review_reply",
    }
    assert set(needs.values()) == {TokenScope.READ, TokenScope.DRAFT, TokenScope.JUDGE}


async def test_every_tool_asks_for_its_operation_and_no_other() -> None:
    api = Recorded()
    async with asked(api) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == CALLS.keys()
        seen = set()
        for name, arguments in CALLS.items():
            api.requests.clear()
            answer = await client.call_tool(name, arguments)
            if name == "read_guide":
                assert (answer.is_error, api.requests) == (False, [])
                continue
            assert said(answer) == f"Error executing tool {name}: not_found: there is nothing; check the id"
            (request,) = api.requests
            assert request.headers[TOOL_HEADER] == name
            operation = which(request)
            seen.add(operation)
            only_reads = operation.act not in (Act.WRITE_SEQUENCE, Act.REVIEW_REPLY)
            hints = tools[name].annotations
            assert hints is not None
            assert (hints.read_only_hint, hints.destructive_hint) == (only_reads, not only_reads), name
    assert seen == OPERATIONS


async def test_a_judgement_can_lift_nothing() -> None:
    api = Recorded()
    async with asked(api) as client:
        given = {**CALLS["judge_reply"], "not_an_opt_out": True, "not_theirs": True, "by": "Dana"}
        await client.call_tool("judge_reply", given)
    (request,) = api.requests
    assert json.loads(request.content) == {"label": "negative", "intent": "decline", "note": ""}


async def test_every_tool_describes_its_answer_and_arguments() -> None:
    async with asked(Recorded()) as client:
        for tool in (await client.list_tools()).tools:
            assert tool.description, tool.name
            assert tool.title, tool.name
            assert tool.output_schema is not None, tool.name
            Draft202012Validator.check_schema(tool.input_schema)
            Draft202012Validator.check_schema(tool.output_schema)
            for name, argument in tool.input_schema.get("properties", {}).items():
                assert argument.get("description"), f"{tool.name}: {name}"
            if "limit" in tool.input_schema["properties"]:
                assert tool.input_schema["properties"]["limit"]["maximum"] <= 50


@pytest.mark.parametrize(
    ("tool", "wrong"),
    [
        ("get_person", {"person": ".."}),
        ("get_person", {"person": "../tokens"}),
        ("get_person", {"person": "p1?x=1"}),
        ("get_person", {"person": "p" * 65}),
        ("explain", {"person": "..", "sequence": "hello"}),
        ("explain", {"person": "p1", "sequence": "../x"}),
        ("get_draft", {"sequence": "Hello"}),
        ("get_run", {"run": "e1/pause"}),
        ("judge_reply", {"reply": "r0000000000/x"}),
        ("judge_reply", {"reply": "r0000000000", "label": "splendid"}),
        ("judge_reply", {"label": "neutral"}),
        ("find_people", {"text": "x" * 201}),
        ("find_people", {"text": "a\x00b"}),
        ("list_runs", {"limit": 51}),
        ("list_runs", {"limit": 0}),
        ("list_replies", {"since": "yesterday"}),
        ("check_sequence", {"sequence": "fresh", "files": {}}),
        ("check_sequence", {"sequence": "fresh", "files": {f"a{n}.email.txt": "x" for n in range(51)}}),
        ("save_draft", {"sequence": "fresh", "files": {"sequence.yaml": "x" * 100_001}}),
        ("save_draft", {"sequence": "fresh", "files": {"a\x00": "x"}}),
        ("read_guide", {"which": "../../adapters/settings"}),
    ],
)
async def test_what_no_tool_takes_never_leaves(tool: str, wrong: dict[str, Any]) -> None:
    api = Recorded()
    async with asked(api) as client:
        answer = await client.call_tool(tool, wrong)
    assert answer.is_error
    assert api.requests == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(502, text="<html>Bad gateway</html>"), "answered with HTTP status 502"),
        (httpx.Response(200, json={"items": "none"}), "is of another release than these tools"),
        (httpx.Response(302, headers={"location": "https://elsewhere.example/"}), "answered with HTTP status 302"),
        (
            httpx.Response(
                429, json={"error": "too_many", "detail": "slower", "hint": "wait"}, headers={"Retry-After": "7"}
            ),
            "too_many: slower; wait (Retry-After: 7 seconds)",
        ),
    ],
)
async def test_an_answer_that_is_none_is_said_in_words(answer: httpx.Response, words: str) -> None:
    async with asked(Recorded(answer)) as client:
        result = await client.call_tool("list_runs", {})
    assert result.is_error
    assert words in said(result)


async def test_a_server_that_does_not_answer() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    async with asked(away) as client:
        result = await client.call_tool("list_runs", {})
    assert "the server of Relance does not answer" in said(result)


async def test_the_guide_is_that_of_the_documentation() -> None:
    async with asked(Recorded()) as client:
        resources = {str(each.uri): each for each in (await client.list_resources()).resources}
        assert resources.keys() == {f"relance://guide/{name}" for name in PAGES}
        for uri in resources:
            (content,) = (await client.read_resource(uri)).contents
            assert content.text == page(uri.rpartition("/")[2])  # type: ignore[union-attr]
    for name in ("writing-sequences", "templates"):
        assert page(name) == (ROOT / "docs" / f"{name}.md").read_text()
    assert page("schema") == (ROOT / "docs" / "sequence.schema.json").read_text()
    with pytest.raises(KeyError):
        page("../server")


async def test_prompts_name_tools_that_there_are() -> None:
    async with asked(Recorded()) as client:
        tools = {tool.name for tool in (await client.list_tools()).tools}
        for prompt, given in (
            ("draft_a_sequence", {"purpose": "win back former clients"}),
            ("why_did_they_stop", {"name": "Ben", "sequence": "hello"}),
        ):
            (message,) = (await client.get_prompt(prompt, given)).messages
            text = message.content.text  # type: ignore[union-attr]
            assert next(iter(given.values())) in text
            assert set(re.findall(r"\b[a-z]+_[a-z]+\b", text)) <= tools
        assert client.instructions is not None
        assert set(re.findall(r"\b[a-z]+_[a-z]+\b", client.instructions)) <= tools


def test_a_token_is_needed_and_travels_without_tls_on_this_machine_only() -> None:
    assert AssistantSettings.model_validate({"token": " x "}).token.get_secret_value() == "x"
    assert AssistantSettings.model_validate({"token": "x", "url": "https://r.example/"}).url == "https://r.example"
    for wrong in ({}, {"token": " "}, {"token": "x", "url": "http://hooks.example"}, {"token": "x", "url": "ftp://x"}):
        with pytest.raises(ValueError, match=r"empty|TLS"):
            AssistantSettings.model_validate(wrong)


def test_hosts() -> None:
    assert McpSettings(mcp_hosts="a.example, localhost:6274 ,").mcp_host_names() == ("a.example", "localhost:6274")
    for wrong in ("https://a.example", "a b", "a.example/x", "*"):
        with pytest.raises(ValueError, match="not a host"):
            McpSettings(mcp_hosts=wrong)
