"""``/company-opt-outs``."""

from __future__ import annotations

import pytest

from tests.support.rigs.api import NOW, ApiRig

REPLY = "rwwwwwwwwwwww"


@pytest.fixture
async def wish(api: ApiRig) -> str:
    enrollment = await api.enrolled("p1")
    await api.execute(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, received_at, handled_at) "
        "VALUES ($1, 'k', $2, 'p1', 'replied', true, $3, $3)",
        REPLY,
        enrollment,
        NOW,
    )
    await api.execute(
        "INSERT INTO company_opt_out (reaction_id, person_id, client_id, domain, reasons, state, noticed_at) "
        "VALUES ($1, 'p1', NULL, 'client.example', '{remove our company}', 'open', $2)",
        REPLY,
        NOW,
    )
    return enrollment


async def test_they_are_listed_and_suppressed_once(api: ApiRig, wish: str) -> None:
    (line,) = (await api.ask("GET", "/company-opt-outs?state=open")).json()["items"]
    assert (line["reply"], line["domain"], line["reasons"]) == (REPLY, "client.example", ["remove our company"])
    answer = await api.ask("POST", f"/company-opt-outs/{REPLY}/suppress", json={"by": "Dana"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "reply": REPLY,
        "state": "suppressed",
        "client": None,
        "domain": "client.example",
        "people": 1,
        "runs": 1,
        "repeated": False,
    }
    assert (await api.ask("POST", f"/company-opt-outs/{REPLY}/suppress")).json()["repeated"] is True
    assert (await api.ask("GET", "/company-opt-outs?state=open")).json()["items"] == []
    (line,) = (await api.ask("GET", "/company-opt-outs")).json()["items"]
    assert (line["state"], line["decided_by"], line["people"]) == ("suppressed", "Dana", 1)
    assert (await api.ask("POST", f"/company-opt-outs/{REPLY}/dismiss")).status_code == 409
    suppressions = (await api.ask("GET", "/suppressions")).json()["items"]
    assert {(each["address"], each["reason"]) for each in suppressions} == {
        (None, "company"),
        ("@client.example", "company"),
    }


async def test_dismissed_and_unknown(api: ApiRig, wish: str) -> None:
    assert (await api.ask("POST", f"/company-opt-outs/{REPLY}/suppress", json={"scope": "client"})).status_code == 409
    answer = await api.ask("POST", f"/company-opt-outs/{REPLY}/dismiss", json={})
    assert (answer.status_code, answer.json()["state"]) == (200, "dismissed")
    assert (await api.ask("POST", f"/company-opt-outs/{REPLY}/suppress")).status_code == 409
    assert (await api.ask("POST", "/company-opt-outs/raaaaaaaaaaaa/suppress")).status_code == 404
    assert (await api.ask("POST", f"/company-opt-outs/{REPLY}/suppress", json={"scope": "all"})).status_code == 422
