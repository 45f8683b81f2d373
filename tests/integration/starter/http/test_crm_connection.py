"""The connection to the CRM over HTTP: its status, its writes, another try."""

from pathlib import Path

from tests.support.rigs.api import ApiRig, open_api_rig

EXAMPLE = Path(__file__).parents[4] / "examples" / "crm" / "bullhorn.yaml"


async def dead(api: ApiRig) -> None:
    await api.execute("INSERT INTO crm_connection (name) VALUES ('bullhorn')")
    await api.execute(
        "INSERT INTO crm_write"
        " (id, crm, occasion, kind, entity, record, person_id, body, at, next_try_at, state, result) VALUES"
        " ('xdeaddead0001', 'bullhorn', 'sent', 'note', 'Candidate', '7', 'c-7', '{}', $1, $1, 'dead', 'no')",
        api.now,
    )


async def test_no_crm_is_off(api: ApiRig) -> None:
    answer = await api.ask("GET", "/crm")
    assert (answer.status_code, answer.json()["state"]) == (200, "off")
    assert (await api.ask("POST", "/crm/writes/retry")).status_code == 404


async def test_status_writes_and_another_try(database_url: str) -> None:
    async with open_api_rig(database_url, crm_file=str(EXAMPLE)) as api:
        assert (await api.ask("GET", "/crm")).json()["state"] == "never_read"
        await dead(api)
        assert (await api.ask("GET", "/crm")).json()["dead"] == 1
        (write,) = (await api.ask("GET", "/crm/writes", params={"state": "dead"})).json()["items"]
        assert (write["record"], write["result"]) == ("7", "no")
        assert (await api.ask("POST", "/crm/writes/retry", json={"id": "xnothinglike1"})).status_code == 404
        answer = await api.ask("POST", "/crm/writes/retry", json={"id": "xdeaddead0001"})
        assert (answer.status_code, answer.json()) == (200, {"retried": 1})
        assert (await api.ask("GET", "/crm")).json()["waiting"] == 1
