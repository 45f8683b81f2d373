"""The app as a whole: health, documentation, and errors that nobody foresaw."""

from pathlib import Path

import pytest

from adapters.postgres.database import Database
from tests.support.rigs.api import ApiRig


async def test_health_needs_no_token_and_no_server(api: ApiRig) -> None:
    api.probed |= {"postgres": False, "temporal": False}
    assert (await api.http.get("/healthz")).json() == {"status": "up"}


@pytest.mark.parametrize("missing", [[], ["postgres"], ["temporal"], ["postgres", "temporal"]])
async def test_readiness_names_what_is_missing(api: ApiRig, missing: list[str]) -> None:
    api.probed |= dict.fromkeys(missing, False)
    answer = await api.http.get("/readyz")
    assert answer.status_code == (503 if missing else 200)
    assert answer.json()["missing"] == missing


async def test_readiness_can_ask_for_workers(api: ApiRig) -> None:
    api.polled.add("relance")
    assert (await api.http.get("/readyz?queue=relance")).status_code == 200
    answer = await api.http.get("/readyz?queue=relance&queue=relance-send")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["worker on relance-send"])


async def test_the_documentation_is_open_and_says_how_each_way_in_is_proved(api: ApiRig) -> None:
    assert (await api.http.get("/docs")).status_code == 200
    schema = (await api.http.get("/openapi.json")).json()
    assert schema["info"]["title"] == "Relance"
    guarded = {path for path, item in schema["paths"].items() if any("security" in each for each in item.values())}
    open_paths = {"/hooks/crm", "/twilio/inbound", "/twilio/status/{token}", "/c/{token}", "/u/{token}"}
    open_paths |= {"/bookings/{calendar}", "/mail-push/google", "/mail-push/microsoft/{mailbox}"}
    open_paths |= {
        "/o/{token}",
        "/calendar/{token}.ics",
        "/u/{token}/preferences",
        "/f/{token}",
        "/f/{token}/thanks",
        "/d/{token}",
    }
    assert set(schema["paths"]) - guarded == open_paths | {"/healthz", "/readyz"}
    body = schema["paths"]["/hooks/crm"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    models = schema["components"]["schemas"]
    assert body == {"$ref": "#/components/schemas/CrmEvent"}
    kinds = [kind["$ref"].rpartition("/")[2] for kind in models["CrmEvent"]["properties"]["changes"]["items"]["oneOf"]]
    assert kinds == ["CrmChange", "CrmLifeEvent"]
    assert all("entity" in models[kind]["properties"] for kind in kinds)


async def test_unknown_addresses_and_methods_get_the_same_kind_of_answer(api: ApiRig) -> None:
    for method, path, status in [("GET", "/nowhere", 404), ("GET", "/hooks/crm", 405), ("DELETE", "/enrollments", 405)]:
        answer = await api.http.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "detail", "hint"}


async def test_the_host_of_a_request_is_no_word_of_ours(api: ApiRig) -> None:
    answer = await api.http.get("/people/?a=1", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (307, "/people?a=1")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await api.http.get("/healthz")).headers["X-Content-Type-Options"] == "nosniff"


async def test_when_postgres_is_away_every_way_in_says_try_again(api: ApiRig, database_url: str) -> None:
    enrollment = await api.enrolled()
    from sequences.tokens import TokenKind

    send = await api.sent(enrollment)
    link = await api.link(send)
    pool = api.database.pool
    away = await Database.connect(database_url, max_size=1)
    await away.close()
    api.database.pool = away.pool
    try:
        answers = [
            await api.hook({"event_id": "e", "changes": []}),
            await api.ask("GET", "/people"),
            await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"}),
            await api.twilio("/twilio/inbound", {"MessageSid": "SM1", "Body": "hi"}),
            await api.http.get(f"/c/{api.token(TokenKind.CLICK, link)}"),
            await api.http.post(f"/u/{api.token(TokenKind.UNSUBSCRIBE, send)}", data={"List-Unsubscribe": "One-Click"}),
        ]
    finally:
        api.database.pool = pool
    assert [answer.status_code for answer in answers] == [503] * 6
    assert all(answer.headers["retry-after"] for answer in answers)
    assert [answer.headers["content-type"].partition(";")[0] for answer in answers] == (
        ["application/json"] * 4 + ["text/html"] * 2
    )


async def test_when_no_connection_is_free_callers_hear_of_it_in_time(api: ApiRig, database_url: str) -> None:
    busy = await Database.connect(database_url, max_size=1)
    own, patience = api.database.pool, api.database.patience
    async with busy.pool.acquire():
        api.database.pool, api.database.patience = busy.pool, 0.02
        try:
            answers = [
                await api.hook({"event_id": "e", "changes": []}),
                await api.ask("GET", "/people"),
                await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"}),
                await api.http.get("/readyz?queue=relance-send"),
            ]
        finally:
            api.database.pool, api.database.patience = own, patience
    await busy.close()
    assert [answer.status_code for answer in answers] == [503] * 4


def test_nobody_waits_for_a_connection_without_an_end() -> None:
    root = Path(__file__).parents[4]
    rooms = ("activities", "adapters", "services", "starter")
    asking = [file for room in rooms for file in (root / room).rglob("*.py") if "pool.acquire(" in file.read_text()]
    assert [str(file.relative_to(root)) for file in asking] == ["adapters/postgres/database.py"]
