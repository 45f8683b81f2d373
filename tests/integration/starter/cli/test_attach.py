"""``relance attach`` and its HTTP sister against a real Postgres."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

NOW = datetime(2027, 3, 26, 10, tzinfo=UTC)
ONE, TWO = "e1aaaaaaaaaa", "e2aaaaaaaaaa"
run = CliRunner()


@pytest.fixture
def attach(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: str, status: int = 0, as_json: bool = True) -> Any:
        given = ["attach", *arguments, *(["--json"] if as_json else [])]
        done = await asyncio.to_thread(run.invoke, app, given)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and not status else done.output

    return call


@pytest.fixture
async def runs_of(sql: Callable[..., Awaitable[Any]]) -> None:
    await sql(
        "INSERT INTO person (id, first_name, email, phone) VALUES ('p1', 'Ana', 'P1@client.example', '+447700900123')"
    )
    await sql("INSERT INTO sequence_version VALUES ('one', 1, '{}', '{}', 'x', $1)", NOW)
    for enrollment, state, record in ((ONE, "active", "p1"), (TWO, "finished", "p1b")):
        await sql(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, "
            "state, enrolled_at) VALUES ($1, $1, 'one', 1, 'person', $3, 'p1', 'hand', $2, $4)",
            enrollment,
            state,
            record,
            NOW,
        )


@pytest.fixture
def arrived(sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[str]]:
    async def add(
        name: str,
        event: str = "human",
        *,
        channel: str = "email",
        sender: str = "p1@client.example",
        state: str = "unmatched",
    ) -> str:
        ident = f"i{name}aaaaaaaaaa"
        await sql(
            "INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, reply_text, detail, state) "
            "VALUES ($1, $2, $3, $4, 'x', $5, $6, 'Yes', '{\"reasons\": [\"human\"]}', $7)",
            ident,
            f"mail:{name}",
            channel,
            NOW,
            event,
            sender,
            state,
        )
        return ident

    return add


@pytest.fixture
def sent(sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[str]]:
    async def add(step: Any, state: str = "sent", *, hours: int = 1, channel: str = "email") -> str:
        ident = f"s{step}aaaaaaaaaa"
        await sql(
            "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text, "
            "planned_at, claimed_at) VALUES ($1, $2, $3, 'p1', $4, $5, 'us', 'p1@client.example', 'x', 'x', $6, $6)",
            ident,
            ONE,
            step,
            channel,
            state,
            NOW - timedelta(hours=hours),
        )
        return ident

    return add


async def test_a_reply_becomes_the_reaction_that_it_would_have_been(
    attach: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    runs_of: None,
    arrived: Callable[..., Awaitable[str]],
    sent: Callable[..., Awaitable[str]],
) -> None:
    await sent("old", hours=9)
    newest = await sent("new")
    await sent("unsure", "unknown", hours=0.5)
    inbound = await arrived("one")
    found = await attach(inbound[:8], ONE[:6])
    assert found == {
        "inbound": inbound,
        "enrollment": ONE,
        "event": "human",
        "kind": "replied",
        "reaction": found["reaction"],
        "repeated": False,
        "notes": [],
    }
    [row] = await sql("SELECT * FROM inbound")
    assert (row["state"], row["matched_by"], row["send_id"], row["attached_to"], row["attached_by"]) == (
        "matched",
        "hand",
        newest,
        ONE,
        "CLI",
    )
    [reaction] = await sql("SELECT * FROM reaction")
    assert (reaction["id"], reaction["kind"], reaction["holds"], reaction["enrollment_id"], reaction["inbound_id"]) == (
        found["reaction"],
        "replied",
        True,
        ONE,
        inbound,
    )
    assert (reaction["received_at"], reaction["delivered_at"], reaction["send_id"]) == (NOW, None, newest)
    assert json.loads(reaction["detail"]) == {"reasons": ["human"], "attached_by": "CLI"}
    # The person replied, which rules may ask about; a later send of unknown end is not proved by it.
    assert [row["kind"] for row in await sql("SELECT kind FROM person_event")] == ["last_replied"]
    assert (await sql("SELECT state FROM send WHERE step = 'unsure'"))[0]["state"] == "unknown"


async def test_the_same_again_changes_nothing_and_another_run_is_refused(
    attach: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    runs_of: None,
    arrived: Callable[..., Awaitable[str]],
    sent: Callable[..., Awaitable[str]],
) -> None:
    await sent("new")
    inbound = await arrived("one")
    first = await attach(inbound, ONE)
    again = await attach(inbound, ONE)
    assert again == first | {"repeated": True}
    assert "belongs to" in await attach(inbound, ONE, as_json=False)
    assert ONE in await attach(inbound, TWO, status=4)
    assert len(await sql("SELECT * FROM reaction")) == 1
    [row] = await sql("SELECT attached_to FROM inbound")
    assert row["attached_to"] == ONE


async def test_what_was_matched_when_it_came_stays_where_it_is(
    attach: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    runs_of: None,
    arrived: Callable[..., Awaitable[str]],
    sent: Callable[..., Awaitable[str]],
) -> None:
    send = await sent("new")
    inbound = await arrived("one", state="matched")
    await sql("UPDATE inbound SET send_id = $1, matched_by = 'token'", send)
    assert "matched by token" in await attach(inbound, TWO, status=4)
    assert (await attach(inbound, ONE))["repeated"] is True
    assert await sql("SELECT * FROM reaction") == []


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("auto_reply", "out_of_office"),
        ("hard_bounce", "bounced"),
        ("complaint", "complained"),
        ("soft_bounce", None),
        ("own_copy", None),
    ],
)
async def test_what_it_was_taken_for_stays(
    attach: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    runs_of: None,
    arrived: Callable[..., Awaitable[str]],
    sent: Callable[..., Awaitable[str]],
    event: str,
    kind: str | None,
) -> None:
    await sent("new")
    inbound = await arrived("one", event, state="ignored")
    found = await attach(inbound, ONE)
    assert (found["event"], found["kind"]) == (event, kind)
    assert [row["kind"] for row in await sql("SELECT kind FROM reaction")] == ([kind] if kind else [])
    assert [row["state"] for row in await sql("SELECT state FROM inbound")] == ["matched"]


async def test_another_sender_and_a_run_that_is_over_are_allowed_and_said(
    attach: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    runs_of: None,
    arrived: Callable[..., Awaitable[str]],
) -> None:
    found = await attach(await arrived("one", sender="boss@client.example"), TWO)
    assert [note.split(":")[0] for note in found["notes"]] == [
        "it comes from a different address than the person of the run has",
        "the run has already ended (finished); its follow-ups will still be carried out",
    ]
    # The run never sent anything: the reaction names no send.
    [reaction] = await sql("SELECT * FROM reaction")
    assert (reaction["send_id"], json.loads(reaction["detail"])["other_sender"]) == (None, True)
    text = await attach(await arrived("two", sender="boss@client.example"), TWO, as_json=False)
    assert "a different address" in text
    assert "boss" not in text


async def test_a_text_is_attached_to_a_text(
    attach: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    runs_of: None,
    arrived: Callable[..., Awaitable[str]],
    sent: Callable[..., Awaitable[str]],
) -> None:
    await sent("mail")
    text = await sent("text", channel="sms", hours=4)
    inbound = await arrived("one", channel="sms", sender="+447700900123")
    assert (await attach(inbound, ONE))["notes"] == []
    assert (await sql("SELECT send_id FROM reaction"))[0]["send_id"] == text


async def test_ids_that_name_nothing_or_too_much(
    attach: Callable[..., Awaitable[Any]], runs_of: None, arrived: Callable[..., Awaitable[str]]
) -> None:
    await arrived("one")
    await arrived("onf")
    assert "unknown inbound message" in await attach("inope", ONE, status=3)
    assert "unknown inbound message" in await attach("i", ONE, status=3)
    assert "unknown enrollment" in await attach("ioneaaaaaaaaaa", "e9zzzzzzzz", status=3)


async def test_the_list_shrinks(
    attach: Callable[..., Awaitable[Any]], runs_of: None, arrived: Callable[..., Awaitable[str]]
) -> None:
    inbound = await arrived("one")
    await attach(inbound, ONE)
    done = await asyncio.to_thread(run.invoke, app, ["unmatched", "--json"])
    assert json.loads(done.stdout) == []


async def test_dismiss_takes_a_message_off_the_list_and_lets_runs_go_on(
    in_environment: None, sql: Callable[..., Awaitable[Any]], runs_of: None, arrived: Callable[..., Awaitable[str]]
) -> None:
    inbound = await arrived("one")
    await sql("UPDATE inbound SET holds = ARRAY[$1]", ONE)

    async def dismiss(*arguments: str, status: int = 0) -> Any:
        done = await asyncio.to_thread(run.invoke, app, ["dismiss", *arguments])
        assert done.exit_code == status, done.output
        return done.output

    assert json.loads(await dismiss(inbound[:8], "--json")) == {"inbound": inbound, "repeated": False}
    [row] = await sql("SELECT state, dismissed_by FROM inbound")
    assert (row["state"], row["dismissed_by"]) == ("ignored", "CLI")
    assert "already dismissed" in await dismiss(inbound)
    assert "unknown inbound message" in await dismiss("inope", status=3)


async def test_a_message_of_a_run_is_not_dismissed(
    in_environment: None, attach: Callable[..., Awaitable[Any]], runs_of: None, arrived: Callable[..., Awaitable[str]]
) -> None:
    inbound = await arrived("one")
    await attach(inbound, ONE)
    done = await asyncio.to_thread(run.invoke, app, ["dismiss", inbound])
    assert done.exit_code == 4
    assert "belongs to a run" in done.output
