"""Named tokens of the API: every route by every scope, one answer for what is not good, rotation, and who did it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi.routing import APIRoute

from adapters.postgres import listings
from sequences.access.token_scope import TokenScope, needed_scope
from services.access.audit import CLI
from services.access.tokens import MadeToken, NewToken, create_token, revoke_token, rotate_token
from services.intake.mail import MailIntake
from starter.http.app import create_app
from tests.support.kept_apps import app_of
from tests.support.rigs.api import BEARER, ApiRig, open_api_rig, ways_for
from tests.support.screens.routes import walk

# What proves itself in its own way, or needs no proof.
OPEN = {
    *("/", "/console", "/docs", "/docs/start.js", "/docs/style.css", "/healthz", "/readyz"),
    *("/bookings/{calendar}", "/hooks/crm", "/twilio/inbound", "/twilio/status/{token}"),
    *("/inbound/mailgun", "/inbound/mailgun/mime", "/inbound/sendgrid", "/inbound/postmark", "/inbound/ses"),
    *("/inbound/mailgun/events", "/inbound/postmark/events", "/inbound/sendgrid/events"),
    *(
        "/c/{token}",
        "/o/{token}",
        "/u/{token}",
        "/u/{token}/preferences",
        "/d/{token}",
        "/f/{token}",
        "/f/{token}/thanks",
    ),
    *("/mail-push/google", "/mail-push/microsoft/{mailbox}"),
    *("/test/{rest:path}", "/calendar/{token}.ics"),
}


async def made(api: ApiRig, *scopes: TokenScope, name: str = "crm-sync", **more: Any) -> MadeToken:
    async with api.database.transaction() as connection:
        return await create_token(connection, CLI, NewToken(name, scopes, **more), api.now)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def whole(api: ApiRig, mail: MailIntake) -> AsyncIterator[tuple[list[APIRoute], httpx.AsyncClient]]:
    """Every route there is, in this process."""
    nothing = cast("Any", object())
    with app_of(replace(ways_for(api), bulk=nothing, mail=mail)) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://relance.example") as client:
            yield list(walk(app.routes)), client


def address(path: str) -> str:
    """One that exists nowhere."""
    return re.sub(r"\{[\w:]+\}", "unknownunknown", path)


async def test_every_route_by_every_scope(api: ApiRig, mail_intake: MailIntake) -> None:
    tokens = {scope: (await made(api, scope, name=scope)).token for scope in TokenScope}
    walked = set()
    async with whole(api, mail_intake) as (routes, client):
        for route in routes:
            if route.path in OPEN:
                continue
            methods = route.methods or set()
            method, needed = min(methods), needed_scope(route.name, methods)
            nobody = await client.request(method, address(route.path))
            assert nobody.status_code == 401, f"{method} {route.path} lets anybody in, and is not in the list of those"
            for scope, token in tokens.items():
                answer = await client.request(method, address(route.path), headers=bearer(token))
                where = f"{method} {route.path} as {scope}: {answer.text[:200]}"
                narrow = (TokenScope.DRAFT, TokenScope.JUDGE)
                if scope in (needed, TokenScope.ADMIN) or (scope is TokenScope.STEER and needed in narrow):
                    assert answer.status_code not in (401, 403), where
                else:
                    assert answer.status_code == 403, where
                    assert f"needs a token with the scope {needed}; this one has {scope}" in answer.text
                    challenge = answer.headers["www-authenticate"]
                    assert challenge == f'Bearer error="insufficient_scope", scope="{needed}"'
            walked.add(needed)
    assert walked == set(TokenScope)


async def test_the_description_says_which_scope_each_operation_needs(api: ApiRig) -> None:
    document = create_app(ways_for(api)).openapi()
    secured = [
        (path, each) for path, found in document["paths"].items() for each in found.values() if "security" in each
    ]
    assert len(secured) > 60
    for path, operation in secured:
        (scopes,) = {tuple(found) for one in operation["security"] for found in one.values()}
        assert set(scopes) <= set(TokenScope), path
        assert len(scopes) == 1, path


@pytest.mark.parametrize(
    "how", ["expired", "revoked", "rotated", "another secret", "unknown id", "non-ASCII", "no shape"]
)
async def test_what_is_not_good_gets_one_and_the_same_answer(api: ApiRig, how: str) -> None:
    token = await made(api, TokenScope.READ, expires_at=api.now + timedelta(days=1))
    given = token.token
    assert (await api.http.get("/people", headers=bearer(given))).status_code == 200
    if how == "expired":
        api.now += timedelta(days=1)
    async with api.database.transaction() as connection:
        if how == "revoked":
            await revoke_token(connection, CLI, "crm-sync", api.now)
        if how == "rotated":
            await rotate_token(connection, CLI, "crm-sync", api.now, timedelta(0))
    given = {
        "another secret": given[:-43] + "A" * 43,
        "unknown id": f"rel_{'gzzzzzzzzzzzz'}_{given[-43:]}",
        "non-ASCII": given[:-1] + "\xe9",
        "no shape": "rel_",
    }.get(how, given)
    answer = await api.http.get("/people", headers=[(b"Authorization", b"Bearer " + given.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.json()["detail"] == "the bearer token is unknown, or no longer valid"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_rotated_token_works_by_both_secrets_for_a_while(api: ApiRig) -> None:
    first = await made(api, TokenScope.READ)
    answer = await api.ask("POST", "/tokens/crm-sync/rotate", json={"grace_hours": 2})
    second = answer.json()["token"]
    assert answer.json()["details"]["former_until"] == "2027-05-04T11:00:00Z"

    async def works(token: str) -> bool:
        return (await api.http.get("/people", headers=bearer(token))).status_code == 200

    assert await works(first.token)
    assert await works(second)
    third = (await api.ask("POST", f"/tokens/{first.id}/rotate")).json()["token"]
    # Of a rotation within the grace of another, the oldest secret ends.
    assert [await works(each) for each in (first.token, second, third)] == [False, True, True]
    api.now += timedelta(hours=24)
    assert [await works(each) for each in (second, third)] == [False, True]
    assert (await api.ask("POST", "/tokens/none/rotate")).status_code == 404
    assert (await api.ask("POST", f"/tokens/{first.id}/rotate", json={"grace_hours": 721})).status_code == 422


async def test_tokens_are_created_listed_and_revoked(api: ApiRig) -> None:
    answer = await api.ask(
        "POST", "/tokens", json={"name": "crm-sync", "scopes": ["steer", "read"], "expires_at": None}
    )
    assert answer.status_code == 201
    token, details = answer.json()["token"], answer.json()["details"]
    assert re.fullmatch(rf"rel_{details['id']}_[\w-]{{43}}", token)
    assert (details["scopes"], details["state"], details["created_by"]) == (["read", "steer"], "open", "api")
    for wanted, status, words in (
        ({"name": "crm-sync", "scopes": ["read"]}, 409, "already"),
        ({"name": "old", "scopes": ["read"], "expires_at": "2027-05-04"}, 409, "expired already"),
        ({"name": "Crm Sync", "scopes": ["read"]}, 422, "name"),
        ({"name": "none", "scopes": []}, 422, "scopes"),
        ({"name": "none", "scopes": ["write"]}, 422, "scopes"),
        ({"name": "none", "scopes": ["read"], "expires_at": "soon"}, 422, "the end of a token"),
    ):
        refused = await api.ask("POST", "/tokens", json=wanted)
        assert (refused.status_code, words in refused.json()["detail"]) == (status, True), refused.text
    # What is stored opens nothing, and no list shows a secret.
    assert token not in str(await api.fetch("SELECT * FROM api_token"))
    assert token[-43:] not in (await api.ask("GET", "/tokens")).text
    revoked = await api.ask("DELETE", "/tokens/crm-sync")
    assert (revoked.json()["state"], revoked.json()["revoked_by"]) == ("revoked", "api")
    assert (await api.ask("DELETE", f"/tokens/{details['id']}")).json() == revoked.json()
    assert (await api.ask("DELETE", "/tokens/crm-sync")).status_code == 404
    assert (await api.ask("GET", "/tokens")).json()["items"] == []
    (line,) = (await api.ask("GET", "/tokens?state=revoked")).json()["items"]
    assert line == revoked.json()
    # The name is free again.
    assert (await api.ask("POST", "/tokens", json={"name": "crm-sync", "scopes": ["read"]})).status_code == 201
    acts = [
        row["act"] for row in await api.fetch("SELECT act FROM audit_event WHERE subject LIKE 'token:g%' ORDER BY id")
    ]
    assert acts.count("token_created") == 2
    assert acts.count("token_revoked") == 1


async def test_the_use_of_a_token_is_noted_at_most_once_a_minute(api: ApiRig) -> None:
    token = await made(api, TokenScope.READ)

    async def used() -> Any:
        assert (await api.http.get("/people", headers=bearer(token.token))).status_code == 200
        (row,) = await api.fetch("SELECT last_used_at FROM api_token")
        return row["last_used_at"]

    first = await used()
    assert first == api.now
    api.now += timedelta(seconds=59)
    assert await used() == first
    api.now += timedelta(seconds=1)
    assert await used() == api.now


async def test_what_a_token_changes_says_so(api: ApiRig) -> None:
    token = await made(api, TokenScope.STEER, TokenScope.ENROLL)
    enrollment = await api.enrolled()
    headers = bearer(token.token)
    await api.http.post(f"/enrollments/{enrollment}/pause", headers=headers, json={"reason": "a word"})
    await api.http.post("/enrollments", headers=headers, json={"sequence": "none", "person": "p1"})
    await api.http.post("/enrollments", headers=headers, json={"sequence": "none", "person": "p1@client.example"})
    await api.http.post("/tokens", headers=headers, json={"name": "more", "scopes": ["admin"]})
    await api.http.get("/people", headers=headers)
    await api.ask("POST", "/batches/bnonenonenone/discard")
    rows = await api.fetch(
        "SELECT way, token_id, act, subject, address FROM audit_event WHERE act <> 'token_created' ORDER BY id"
    )
    assert [(row["act"], row["subject"], row["token_id"]) for row in rows] == [
        ("pause_enrollment", f"enrollment:{enrollment}", token.id),
        ("enroll_person", "person:p1 sequence:none", token.id),
        # What is no id is not kept.
        ("enroll_person", "sequence:none", token.id),
        ("refused", "", token.id),
        ("discard_batch", "key:bnonenonenone", None),
    ]
    assert {(row["way"], row["address"]) for row in rows} == {("api", "127.0.0.1")}
    (shown, *_) = await api.listed(listings.AUDIT_EVENTS, act="pause_enrollment", token=token.id)
    assert (shown["token_name"], shown["email"]) == ("crm-sync", None)


async def test_lists_and_stories_name_the_token(api: ApiRig) -> None:
    token = await made(api, TokenScope.STEER)
    await api.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
        " VALUES ('baaaaaaaaaaa', 'hello', 1, 'scan', 'held', 1, $1)",
        api.now,
    )
    await api.execute("INSERT INTO rule_queue VALUES ('hello', 'p1', 'p1', 'baaaaaaaaaaa', 'held', $1)", api.now)
    answer = await api.http.post("/batches/baaaaaaaaaaa/discard", headers=bearer(token.token))
    assert answer.status_code == 200, answer.text
    (row,) = await api.fetch("SELECT decided_by FROM rule_batch")
    assert row["decided_by"] == "token:crm-sync"


async def test_the_setting_may_hold_several_tokens_and_needs_no_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = f"the-newer-token-of-tests, {BEARER}"
    async with open_api_rig(database_url, bearer_token=both) as api:
        assert (await api.http.get("/people", headers=bearer(both))).status_code == 401

        async def fail(*_: object) -> None:
            raise AssertionError("asked Postgres who calls")

        monkeypatch.setattr("starter.http.callers.caller_of", fail)
        for token in both.split(", "):
            assert (await api.http.get("/people", headers=bearer(token))).status_code == 200
