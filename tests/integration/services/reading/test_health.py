"""A dead mail server is seen where ops look: in readiness and in the health check."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.outages import MAIL_SERVER, Outages
from services.reading.health import outbox
from tests.support.rigs.send import send_rig

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


async def test_an_outage_that_nobody_has_met_for_long_is_not_called_one(api: Any) -> None:
    now = api.clock()
    await Outages(api.database, lambda: now).fails(MAIL_SERVER, REFUSED)
    assert len((await outbox(api.database, now + timedelta(minutes=14))).outages) == 1
    assert (await outbox(api.database, now + timedelta(minutes=16))).outages == ()
