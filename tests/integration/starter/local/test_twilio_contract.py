"""The stand-in's answers against the OpenAPI description that Twilio publishes of its own API."""

import copy
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.sms.twilio_transport import TwilioTransport
from sequences.phone import to_e164
from starter.local.twilio.server import StandInFaults, TwilioStandIn
from tests.support.servers.twilio import ScriptedServer
from tests.support.waiting import PATIENCE

jsonschema: Any = pytest.importorskip("jsonschema", reason="jsonschema is needed to read an OpenAPI document")

CORPORA = Path(os.environ.get("RELANCE_CORPORA", Path(__file__).parents[5] / "shared" / "corpora"))
SPEC = CORPORA / "twilio_api_v2010.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason=f"no {SPEC.name} in RELANCE_CORPORA")

ACCOUNT = "AC" + "0" * 31 + "1"
AUTH = (ACCOUNT, "an-auth-token-for-tests")
OURS = "+12025550100"
PERSON = "+12025550123"
LIST_PATH = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE_PATH = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
LIST_URL = LIST_PATH.format(AccountSid=ACCOUNT)

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time-rfc-2822", raises=ValueError)  # type: ignore[untyped-decorator]
def _is_rfc2822(value: object) -> bool:
    return not isinstance(value, str) or parsedate_to_datetime(value) is not None


@FORMATS.checks("phone-number")  # type: ignore[untyped-decorator]
def _is_sender(value: object) -> bool:
    return not isinstance(value, str) or to_e164(value, None) == value


@pytest.fixture(scope="module")
def spec() -> Any:
    return json.loads(SPEC.read_text(encoding="utf-8"))


def _as_json_schema(node: Any, components: Any) -> Any:
    """Inlines references and turns OpenAPI 3.0's ``nullable`` into what JSON Schema knows."""
    if isinstance(node, list):
        return [_as_json_schema(item, components) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _as_json_schema(components[node["$ref"].removeprefix("#/components/schemas/")], components)
    schema = {key: _as_json_schema(value, components) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        schema["additionalProperties"] = False
    return schema


def _validator(spec: Any, path: str, method: str, status: str) -> Any:
    operation = spec["paths"][path][method]
    schema = operation["responses"][status]["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator(
        _as_json_schema(schema, spec["components"]["schemas"]), format_checker=FORMATS
    )


@pytest.fixture
async def client(make_standin: Callable[..., Awaitable[TwilioStandIn]]) -> AsyncIterator[Any]:
    standin = await make_standin()
    async with httpx.AsyncClient(base_url=standin.url, auth=AUTH, timeout=PATIENCE) as client:
        client.standin = standin  # type: ignore[attr-defined]
        yield client


async def create(client: Any, **changes: Any) -> Any:
    answer = await client.post(LIST_URL, data={"To": PERSON, "From": OURS, "Body": "Hé 😀"} | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_created_message_is_one_in_twilios_eyes(client: Any, spec: Any) -> None:
    validator = _validator(spec, LIST_PATH, "post", "201")

    plain = await create(client)
    service = await create(client, From="", MessagingServiceSid="MG" + "a" * 32)

    for answer in (plain, service):
        validator.validate(answer)
    properties = spec["components"]["schemas"]["api.v2010.account.message"]["properties"]
    assert set(plain) == set(properties), "every property of the resource is there, and no other"
    assert (service["from"], service["num_segments"], service["status"]) == (None, "0", "accepted")


async def test_fetched_and_listed_messages_are_too(client: Any, spec: Any) -> None:
    client.standin.set_faults(StandInFaults(final_status="undelivered", final_error=30003))
    sid = (await create(client))["sid"]
    for _ in range(3):
        await create(client)
    await client.standin.deliver_inbound(PERSON, OURS, "STOP")
    await client.standin.drain()

    fetched = (await client.get(ONE_PATH.format(AccountSid=ACCOUNT, Sid=sid))).json()
    pages = [(await client.get(LIST_URL, params={"PageSize": 2, "Page": page})).json() for page in range(4)]

    _validator(spec, ONE_PATH, "get", "200").validate(fetched)
    assert fetched["error_code"] == 30003
    validator = _validator(spec, LIST_PATH, "get", "200")
    for page in pages:
        validator.validate(page)
    assert [len(page["messages"]) for page in pages] == [2, 2, 2, 0]
    directions = {message["direction"] for page in pages for message in page["messages"]}
    assert directions == {"inbound", "outbound-api", "outbound-reply"}


@pytest.mark.parametrize(
    "invented",
    [
        {"status": "flying"},
        {"status": None},
        {"sid": "SM123"},
        {"account_sid": "AC-nobody"},
        {"direction": "sideways"},
        {"date_created": "2027-03-01T12:00:00Z"},
        {"num_segments": 1},
        {"error_code": "30003"},
        {"surprise": True},
    ],
)
async def test_an_invented_answer_would_be_noticed(client: Any, spec: Any, invented: Any) -> None:
    validator = _validator(spec, LIST_PATH, "post", "201")
    answer = await create(client)
    assert validator.is_valid(answer)

    assert not validator.is_valid(copy.deepcopy(answer) | invented)


async def test_what_our_transport_sends_is_in_twilios_request(
    client: Any, spec: Any, make_transport: Callable[..., TwilioTransport], scripted: ScriptedServer
) -> None:
    content = spec["paths"][LIST_PATH]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    allowed = set(content["schema"]["properties"])
    required = set(content["schema"].get("required", ()))
    transport = make_transport(scripted.url, smart_encoded=True)

    for sender in (OURS, "MG" + "a" * 32):
        await transport.send(recipient=PERSON, body="x", sender=sender, status_callback="https://hooks.example/s")

    for request in scripted.requests:
        sent = {name for name, _ in request.form}
        assert sent <= allowed
        assert required <= sent


@pytest.mark.parametrize(
    "faults",
    [
        {"answer_last": True},
        {"lose_answer": True, "times": 1},
        {"lose_request": True, "times": 1},
        {"answer_status": 503, "accept_anyway": True, "times": 1},
        {"lose_callbacks": True, "duplicate_callbacks": True, "reorder_callbacks": True},
        {"dead_numbers": {PERSON: 30005}},
        {"final_status": "failed", "final_error": 30008},
    ],
)
@pytest.mark.parametrize("sender", [{}, {"From": "", "MessagingServiceSid": "MG" + "a" * 32}])
async def test_no_fault_makes_the_stand_in_speak_another_language(
    client: Any, spec: Any, faults: dict[str, Any], sender: dict[str, str]
) -> None:
    client.standin.set_faults(StandInFaults(**faults))
    form = {"To": PERSON, "From": OURS, "Body": "Hi"} | sender
    try:
        await client.post(LIST_URL, data=form)
    except httpx.TransportError:
        assert faults.keys() & {"lose_answer", "lose_request"}
    client.standin.set_faults(StandInFaults())
    created = await create(client, **sender)
    await client.standin.drain()

    page = (await client.get(LIST_URL, params={"To": PERSON})).json()

    _validator(spec, LIST_PATH, "post", "201").validate(created)
    _validator(spec, LIST_PATH, "get", "200").validate(page)
    assert len(page["messages"]) == (1 if "lose_request" in faults else 2)


async def test_what_our_search_asks_is_in_twilios_parameters(
    client: Any, spec: Any, make_transport: Callable[..., TwilioTransport]
) -> None:
    allowed = {parameter["name"] for parameter in spec["paths"][LIST_PATH]["get"]["parameters"]}
    transport = make_transport(client.standin.url)
    queries = []
    original = transport._opened().http_client.request

    async def spy(method: str, url: str, params: Any = None, **more: Any) -> Any:
        queries.append((method, dict(params or {})))
        return await original(method, url, params=params, **more)

    transport._opened().http_client.request = spy
    for sender in (OURS, "MG" + "a" * 32):
        assert await transport.find(PERSON, "Hi", datetime.now(UTC), sender=sender) is None

    assert {method for method, _ in queries} == {"GET"}
    assert [set(params) for _, params in queries] == [{"To", "From", "PageSize"}, {"To", "PageSize"}]
    assert all(set(params) <= allowed for _, params in queries)
