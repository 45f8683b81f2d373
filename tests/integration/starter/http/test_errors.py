"""The app as a whole: health, documentation, and errors that nobody foresaw."""

import pytest

from adapters.postgres.database import Database


async def test_health_needs_no_token_and_no_server(hub):
    hub.probed |= {"postgres": False, "temporal": False}
    assert (await hub.http.get("/healthz")).json() == {"status": "up"}


@pytest.mark.parametrize("missing", [[], ["postgres"], ["temporal"], ["postgres", "temporal"]])
async def test_readiness_names_what_is_missing(hub, missing):
    hub.probed |= dict.fromkeys(missing, False)
    answer = await hub.http.get("/readyz")
    assert answer.status_code == (503 if missing else 200)
    assert answer.json()["missing"] == missing


async def test_readiness_can_ask_for_workers(hub):
    hub.polled.add("relance")
    assert (await hub.http.get("/readyz?queue=relance")).status_code == 200
    answer = await hub.http.get("/readyz?queue=relance&queue=relance-send")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["worker on relance-send"])


async def test_the_documentation_is_open_and_says_how_each_way_in_is_proved(hub):
    assert (await hub.http.get("/docs")).status_code == 200
    schema = (await hub.http.get("/openapi.json")).json()
    assert schema["info"]["title"] == "Relance"
    guarded = {path for path, item in schema["paths"].items() if any("security" in each for each in item.values())}
    open_paths = {"/hooks/crm", "/twilio/inbound", "/twilio/status/{token}", "/c/{token}", "/u/{token}"}
    open_paths |= {"/u/{token}/preferences"}
    assert set(schema["paths"]) - guarded == open_paths | {"/healthz", "/readyz"}
    body = schema["paths"]["/hooks/crm"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    models = schema["components"]["schemas"]
    assert body == {"$ref": "#/components/schemas/CrmEvent"}
    kinds = [kind["$ref"].rpartition("/")[2] for kind in models["CrmEvent"]["properties"]["changes"]["items"]["oneOf"]]
    assert kinds == ["CrmChange", "CrmLifeEvent"]
    assert all("entity" in models[kind]["properties"] for kind in kinds)


async def test_unknown_addresses_and_methods_get_the_same_kind_of_answer(hub):
    for method, path, status in [("GET", "/nowhere", 404), ("GET", "/hooks/crm", 405), ("DELETE", "/enrollments", 405)]:
        answer = await hub.http.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "detail", "hint"}


async def test_when_postgres_is_away_every_way_in_says_try_again(hub, database_url):
    enrollment = await hub.enrolled()
    from sequences.tokens import TokenKind

    send = await hub.sent(enrollment)
    link = await hub.link(send)
    pool = hub.database.pool
    away = await Database.connect(database_url, max_size=1)
    await away.close()
    hub.database.pool = away.pool
    try:
        answers = [
            await hub.hook({"event_id": "e", "changes": []}),
            await hub.ask("GET", "/people"),
            await hub.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"}),
            await hub.twilio("/twilio/inbound", {"MessageSid": "SM1", "Body": "hi"}),
            await hub.http.get(f"/c/{hub.token(TokenKind.CLICK, link)}"),
            await hub.http.post(f"/u/{hub.token(TokenKind.UNSUBSCRIBE, send)}", data={"List-Unsubscribe": "One-Click"}),
        ]
    finally:
        hub.database.pool = pool
    assert [answer.status_code for answer in answers] == [503] * 6
    assert all(answer.headers["retry-after"] for answer in answers)
    assert [answer.headers["content-type"].partition(";")[0] for answer in answers] == (
        ["application/json"] * 4 + ["text/html"] * 2
    )
