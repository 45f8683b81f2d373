"""A dead mail server is seen where ops look: in readiness and in the health check."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.settings import Settings
from sequences.runs.bulk import BulkOrder
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.operations.bulk import add_hold
from services.outages import MAIL_SERVER, Outages
from services.reading.health import Check, health, old_keys, outbox
from tests.support.deliveries import add_delivery
from tests.support.rigs.api import ApiRig, settings_for
from tests.support.rigs.send import NOW, send_rig
from tests.support.settings import SECRETS

REFUSED = TransportOutcome(TransportVerdict.RETRY, "tls", None, "the server's certificate is not trusted", away=True)


async def test_readiness_names_the_mail_server_and_why(api: Any) -> None:
    api.polled.add("relance-send")
    ready = await api.http.get("/readyz?queue=relance-send")
    assert (ready.status_code, ready.json()["oldest_due_seconds"]) == (200, None)
    outages = Outages(api.database, api.clock)
    await outages.fails(MAIL_SERVER, REFUSED)
    answer = await api.http.get("/readyz?queue=relance-send")
    assert answer.status_code == 503
    assert "mail server cannot be used since" in answer.json()["missing"][0]
    assert "certificate" in answer.json()["missing"][0]
    # Who asks for another queue, or for none, is not kept out of it by a mail server.
    assert (await api.http.get("/readyz")).status_code == 200
    await outages.works(MAIL_SERVER)
    assert (await api.http.get("/readyz?queue=relance-send")).status_code == 200


async def test_the_oldest_due_send_has_an_age_and_what_is_held_has_none(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("old")
        run = await rig.ready("old", frozen=False)
        due = (await rig.fetch("SELECT due_at FROM enrollment_step"))[0]["due_at"]
        found = await outbox(rig.database, due + timedelta(hours=1))
        assert found.oldest_due_seconds == 3600
        assert (await outbox(rig.database, due - timedelta(hours=1))).oldest_due_seconds is None
        await rig.fetch("UPDATE enrollment SET state = 'paused' WHERE id = $1", run.run.id)
        assert (await outbox(rig.database, due + timedelta(hours=1))).oldest_due_seconds is None


async def test_follow_ups_that_were_given_up_are_counted(api: ApiRig) -> None:
    run = await api.enrolled()
    for position, state in enumerate(("dead", "dead", "failed", "done", "pending")):
        follow_up = await add_delivery(api, run, position)
        await api.execute("UPDATE follow_up SET state = $2 WHERE id = $1", follow_up, state)
    # One that "failed" was refused or overruled by a person: nobody has to do anything about it.
    assert (await outbox(api.database, api.now)).dead == 2


async def test_holds_have_a_line_and_one_that_did_not_end_is_wrong(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with send_rig(database_url) as rig:
        checks = await _checks(database_url, monkeypatch, NOW)
        assert "holds" not in checks
        until = NOW + timedelta(hours=1)
        async with rig.database.transaction() as connection:
            order = BulkOrder("order", "pause", "wrong template", by="Dana", until=until)
            await add_hold(connection, "everything", "all", order, NOW)
            await add_hold(connection, "owner", "dana", BulkOrder("other", "pause"), NOW)
    found = (await _checks(database_url, monkeypatch, NOW))["holds"]
    assert found.good
    assert found.words.startswith(
        "everything has been paused since Tue 04 May 2027 09:00 UTC by Dana, until Tue 04 May"
    )
    assert found.words.endswith("(wrong template); nothing is sent; paused: owner dana")
    late = (await _checks(database_url, monkeypatch, until + timedelta(hours=1)))["holds"]
    assert not late.good
    assert "did not end automatically" in late.words


async def _checks(database_url: str, monkeypatch: pytest.MonkeyPatch, now: datetime) -> dict[str, Check]:
    async def elsewhere() -> list[Check]:
        return []

    monkeypatch.setattr("services.reading.health._of_temporal", elsewhere)
    settings = Settings(
        database_url=database_url,
        **SECRETS,
        http_port=1,
        public_url="http://127.0.0.1:1",
    )
    return {each.name: each for each in (await health(settings, now)).checks}


def test_an_old_key_that_can_be_guessed_is_named_and_is_no_fault() -> None:
    def found(keys: str) -> list[Check]:
        return old_keys(settings_for("postgresql://db", token_keys=keys))

    (check,) = found("0f1e2d3c4b5a69788796a5b4c3d2e1f0, short, 1f1e2d3c4b5a69788796a5b4c3d2e1f0")
    assert (check.good, check.words.startswith("1 old and weak in RELANCE_TOKEN_KEYS")) == (True, True)
    assert found("0f1e2d3c4b5a69788796a5b4c3d2e1f0") == []


async def test_an_outage_that_nobody_has_met_for_long_is_not_called_one(api: Any) -> None:
    now = api.clock()
    await Outages(api.database, lambda: now).fails(MAIL_SERVER, REFUSED)
    assert len((await outbox(api.database, now + timedelta(minutes=14))).outages) == 1
    assert (await outbox(api.database, now + timedelta(minutes=16))).outages == ()


async def test_readiness_of_one_machine_is_not_that_of_another(api: Any) -> None:
    api.polled |= {"relance", "relance@one"}
    assert (await api.http.get("/readyz?queue=relance&host=one")).status_code == 200
    answer = await api.http.get("/readyz?queue=relance&host=two")
    assert (answer.status_code, answer.json()["missing"]) == (503, ["worker on relance"])
