"""``/unknown``: messages that may or may not have gone out, settled over HTTP."""

from __future__ import annotations

import pytest

from tests.support.rigs.api import ApiRig
from tests.support.screens.world import unknown_send


@pytest.mark.parametrize(
    ("sent", "state", "kind", "said"),
    [
        (True, ("sent", "proved"), "send_proved", ("by", "Dana, by hand")),
        (False, ("unknown", "given_up"), "send_given_up", ("reason", "it did not go out, says Dana")),
    ],
)
async def test_who_has_looked_settles_a_message_once(
    api: ApiRig, sent: bool, state: tuple[str, str], kind: str, said: tuple[str, str]
) -> None:
    send = await unknown_send(api, await api.enrolled())
    (line,) = (await api.ask("GET", "/unknown")).json()["items"]
    assert (line["id"], line["person_id"], line["reason"]) == (send, "p1", "the <server> hung up")
    path = f"/unknown/{send}/settle"
    assert (await api.http.post(path, json={"sent": sent})).status_code == 401
    done = await api.ask("POST", path, json={"sent": sent, "by": "Dana"})
    assert done.json() == {"send": send, "repeated": False}
    # Too late to say something else.
    assert (await api.ask("POST", path, json={"sent": False})).json() == {"send": send, "repeated": True}
    (row,) = await api.fetch("SELECT state, resolution FROM send WHERE id = $1", send)
    assert (row["state"], row["resolution"]) == state
    (event,) = await api.fetch("SELECT detail FROM enrollment_event WHERE kind = $1", kind)
    assert event["detail"][said[0]] == said[1]
    assert (await api.ask("GET", "/unknown")).json()["items"] == []


async def test_what_does_not_exist_and_what_says_nothing(api: ApiRig) -> None:
    assert (await api.ask("POST", "/unknown/saaaaaaaaaaaa/settle", json={"sent": True})).status_code == 404
    assert (await api.ask("POST", "/unknown/saaaaaaaaaaaa/settle", json={})).status_code == 422
