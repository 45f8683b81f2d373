"""The description of the API: names that are unique, one model of errors, and everything that is really sent.

That each answer which any test gets is described stands in ``described.py``.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from services.intake.mail import MailIntake
from starter.http.app import create_app
from tests.support.rigs.api import BEARER, ApiRig, ways_for

METHODS = {"get", "post", "put", "delete", "patch"}


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return {}


@pytest.fixture
def document(api: ApiRig, mail_intake: MailIntake, kept: dict[str, Any]) -> Any:
    """With every way in there is; it is made once."""
    if not kept:
        kept |= create_app(replace(ways_for(api), bulk=cast("Any", object()), mail=mail_intake)).openapi()
    return kept


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield f"{method.upper()} {path}", operation


def test_every_operation_has_a_name_of_its_own_that_a_program_can_bear(document: Any) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names)) >= 65
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    for _, operation in operations(document):
        assert operation["summary"]
        assert len(operation["tags"]) == 1


def test_every_model_has_a_plain_name_and_is_used(document: Any) -> None:
    names = document["components"]["schemas"]
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z]+", name)] == []
    text = str(document)
    assert [name for name in names if f"#/components/schemas/{name}'" not in text] == []


def test_every_answer_that_is_json_has_a_shape(document: Any) -> None:
    for where, operation in operations(document):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if "application/json" in content:
                schema = content["application/json"]["schema"]
                assert "$ref" in schema or schema.get("items", {}).get("$ref"), (where, status)


def test_errors_have_one_model(document: Any) -> None:
    shapes = set()
    for where, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400" and "application/json" in answer.get("content", {}) and where != "GET /readyz":
                shapes.add(answer["content"]["application/json"]["schema"]["$ref"])
    assert shapes == {"#/components/schemas/Problem"}
    assert set(document["components"]["schemas"]["Problem"]["required"]) == {"error", "detail", "hint"}
    assert "HTTPValidationError" not in str(document)


def test_what_every_guarded_operation_can_answer_is_declared(document: Any) -> None:
    guarded = [(where, each) for where, each in operations(document) if "security" in each]
    assert len(guarded) >= 50
    for where, operation in guarded:
        assert {"401", "422", "500", "503"} <= operation["responses"].keys(), where
        if "requestBody" in operation:
            assert "400" in operation["responses"], where
        if re.search(r"^GET \S*\{\w+\}$", where):
            assert "404" in operation["responses"], where
        retry = operation["responses"]["503"]["headers"]
        assert "Retry-After" in retry, where


def test_no_text_that_we_are_sent_may_hold_what_cannot_be_kept(document: Any) -> None:
    # What the CRM sends is read item by item, by rules of its own.
    shapes, seen = document["components"]["schemas"], set()
    for where, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        if where == "POST /hooks/crm" or not (named := re.findall(r"schemas/(\w+)", str(body))):
            continue
        for name in named:
            for field, shape in shapes[name]["properties"].items():
                for kind in shape.get("anyOf", [shape]):
                    if kind.get("type") == "string" and not {"enum", "const", "format"} & kind.keys():
                        seen.add(f"{name}.{field}")
                        assert not re.search(kind["pattern"], "a\x00b"), f"{name}.{field}"
    assert {"CommandRequest.reason", "BulkPause.reason", "WindowLiftRequest.reason", "ReviewRequest.note"} <= seen


@pytest.mark.parametrize("token", [BEARER, "none"])
async def test_no_body_is_read_beyond_what_any_needs(api: ApiRig, token: str) -> None:
    async def blanks(count: int) -> AsyncIterator[bytes]:
        for _ in range(count // 1000):
            yield b" " * 1000
        yield b"{}"

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    is_ours = token == BEARER
    for count, error in ((1_000_000, "too_large"), (999_000, "invalid")):
        answer = await api.http.post("/enrollments", content=blanks(count), headers=headers)
        assert answer.json()["error"] == (error if is_ours else "unauthorized")


@pytest.mark.parametrize("path", ["pause", "stop", "skip"])
async def test_a_reason_that_cannot_be_kept_never_reaches_a_run(api: ApiRig, path: str) -> None:
    enrollment = await api.enrolled()
    answer = await api.ask("POST", f"/enrollments/{enrollment}/{path}", json={"reason": "a\x00b"})
    assert (answer.status_code, answer.json()["detail"][:7]) == (422, "reason:")
    assert api.runs.commands == []


def test_lists_have_the_same_way_of_paging(document: Any) -> None:
    pages = {name for name in document["components"]["schemas"] if name.endswith("Page")}
    for where, operation in operations(document):
        shape = str(operation["responses"].get("200", {}).get("content", {}))
        names = {each["name"] for each in operation.get("parameters", [])}
        assert ({"limit", "cursor"} <= names) == any(f"/{page}'" in shape for page in pages), where
    for name in pages:
        assert set(document["components"]["schemas"][name]["required"]) == {"items", "next"}


async def test_a_body_that_is_no_json_and_one_that_is_no_text(api: ApiRig) -> None:
    for body, status in ((b"{", 422), (b'"\xff"', 400), (b"[" * 100_000, 400), (b"", 422)):
        headers = {"Authorization": f"Bearer {BEARER}", "Content-Type": "application/json"}
        answer = await api.http.post("/enrollments", content=body, headers=headers)
        assert answer.status_code == status, body[:3]
        assert set(answer.json()) == {"error", "detail", "hint"}


async def test_a_fault_of_our_own_is_the_same_kind_of_answer(
    api: ApiRig, asking: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise KeyError("p1@client.example")

    monkeypatch.setattr("starter.http.routes.people.person_record", fail)
    async with asking() as call:
        answer = await call("GET", "/people/p1")
    assert (answer.status_code, answer.json()["error"]) == (500, "failed")
    assert "client.example" not in answer.text


async def test_an_answer_that_is_not_described_is_noticed(api: ApiRig) -> None:
    check: Any = api.http.event_hooks["response"][0]
    described = check.__self__
    request = httpx.Request("GET", "http://relance.example/people")
    for answer, words in (
        (httpx.Response(418, request=request, json={}), "not described: GET /people: 418"),
        (httpx.Response(200, request=request, text="x"), "not described as text/plain"),
        (httpx.Response(200, request=request, json={"items": [{"id": 5}], "next": None}), "is not of type"),
        (httpx.Response(404, request=httpx.Request("GET", "http://x/people/p1"), json={"error": "e"}), "required"),
    ):
        with pytest.raises(AssertionError, match=words):
            await described.check(answer)
    await described.check(httpx.Response(404, request=httpx.Request("GET", "http://x/nowhere"), text="x"))


async def test_the_root_needs_no_token_and_tells_nothing(api: ApiRig) -> None:
    answer = await api.http.get("/")
    assert answer.status_code == 200
    assert 'href="docs"' in answer.text
    assert "Agency" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert (await api.http.head("/")).status_code == 200
    assert "script-src 'self';" in (await api.http.get("/docs")).headers["content-security-policy"]
