"""Two recruiters on two mail servers: who sends from where, sticky, in limits, and honest when a server is away."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest_asyncio

from adapters.mail.oauth import AccessToken, Granted
from adapters.mail.outgoing.kinds import TransportAround
from adapters.postgres import queries
from sequences.mail_grant import MailAccess, MailProviderName
from sequences.mailboxes.own_mailbox import MailboxFallback, MailboxState
from sequences.mailboxes.retry import RetryMailboxesPass
from sequences.runs.state import Due, StepCall
from services.access.audit import CLI
from services.mail_access.grants import NewGrant, connect_mailbox
from services.mailboxes.choose_mailbox import ChooseMailbox
from services.mailboxes.directory import KnownMailboxes
from services.mailboxes.disconnect import disconnect
from services.mailboxes.keep import KeepMailboxes, MailboxChanges, find_mailbox
from services.mailboxes.log_in import MailboxLogins
from services.mailboxes.retry_mailboxes import RetryMailboxes
from services.mailboxes.transports import MailboxTransports
from services.sending.attempt import Claimer
from services.sending.carriers import carriers_of
from services.sending.hand_over import Sending
from services.sending.prepare_message import PrepareMessage
from services.sending.settle_send import SettleSend
from services.sending.slots import Slots
from services.sending.take_step import TakeStep
from services.some_at_once import some_at_once
from tests.support.rigs.send import NOW, ORGANISATION, SLOTS, SendRig, send_rig
from tests.support.servers.smtp import ScriptedServer

KEYS = (b"a-key-of-the-settings",)
TWO_MAILS = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\n{more}"
    "steps:\n  - {{id: one, email: t/mail}}\n  - {{id: two, when: 1 day after one, email: t/mail}}\n"
)


@dataclass
class Boxes:
    """A rig with two recruiters, and what sends their mail."""

    rig: SendRig
    servers: dict[str, ScriptedServer] = field(default_factory=dict)
    slots: Slots = SLOTS
    fallback: MailboxFallback = MailboxFallback.ORGANISATION

    def __post_init__(self) -> None:
        self.kept = KeepMailboxes(KEYS)
        self.own = MailboxTransports(
            self.rig.database, KEYS, TransportAround("", timeout=20.0, data_timeout=20.0), "operator"
        )

    async def server(self, name: str, **answers: str) -> ScriptedServer:
        server = self.servers[name] = ScriptedServer(dict(answers))
        await server.start()
        return server

    async def add(self, box: str, owner: str | None = None, **more: Any) -> str:
        given: dict[str, Any] = {"owner": owner} if owner else {}
        if box in self.servers:
            settings = {"host": "localhost", "port": self.servers[box].port, "tls": "none", "username": "-"}
            given["transport"] = {"kind": "smtp", "settings": settings}
        return str(await self.change("add", f"{box}@agency.example", MailboxChanges.model_validate(given | more)))

    async def change(self, act: str, *arguments: Any) -> Any:
        async with self.rig.database.transaction() as connection:
            return await getattr(self.kept, act)(connection, CLI, *arguments, NOW)

    async def publish(self, more: str = "") -> None:
        await publish_text(self.rig, TWO_MAILS.format(more=more))

    async def run_of(self, owner: str) -> str:
        context = await self.rig.ready("two", frozen=False)
        await self.rig.database.pool.execute(
            "UPDATE person SET owner_id = $1 WHERE id = $2", owner, context.run.person_id
        )
        await self.rig.database.pool.execute("UPDATE enrollment SET owner_id = $1 WHERE id = $2", owner, context.run.id)
        return context.run.id

    @property
    def steps(self) -> TakeStep:
        rig = self.rig
        choosing = ChooseMailbox(KnownMailboxes(), self.slots, self.fallback)
        return TakeStep(
            database=rig.database,
            planning=rig.planning,
            preparing=PrepareMessage(rig.planning, rig.composer, ORGANISATION, choosing),
            sending=Sending(rig.database, carriers_of(rig.composer, rig.wire, rig.wire, own=self.own), self.slots),
            settling=SettleSend(self.slots),
            follow_ups=rig.follow_ups,
        )

    async def take(self, run: str, step: str = "one", days: float = 0, attempt: int = 0) -> Due:
        call = StepCall(run, step, attempt=attempt)
        return await self.steps.take(call, NOW + timedelta(days=days), Claimer(f"{run}-{step}-{days}-{attempt}"))

    async def sender(self, run: str, step: str = "one") -> str:
        rows = await self.rig.fetch("SELECT sender FROM send WHERE enrollment_id = $1 AND step = $2", run, step)
        return str(rows[0]["sender"]) if rows else ""

    async def mailbox_of(self, run: str) -> str | None:
        rows = await self.rig.fetch("SELECT mailbox_id FROM enrollment WHERE id = $1", run)
        found: str | None = rows[0]["mailbox_id"]
        return found

    async def states(self) -> list[str]:
        rows = await self.rig.fetch("SELECT state FROM mailbox WHERE id IS NOT NULL ORDER BY address")
        return [row["state"] for row in rows]

    async def revisions(self) -> list[int]:
        return [
            row["plan_revision"] for row in await self.rig.fetch("SELECT plan_revision FROM enrollment ORDER BY id")
        ]

    async def retry(self, minutes: float) -> RetryMailboxesPass:
        """A pass so long after the mailbox was disconnected."""
        logins = MailboxLogins(own=self.own, keys=KEYS)
        return await RetryMailboxes(self.rig.database, logins).pass_over(NOW + timedelta(minutes=minutes))

    async def told(self) -> list[str]:
        rows = await self.rig.fetch("SELECT owner_id FROM notification WHERE kind = 'mailbox_problem' ORDER BY 1")
        return [row["owner_id"] for row in rows]


async def publish_text(rig: SendRig, text: str) -> None:
    from sequences.checking.sequence_file import load_file
    from tests.support.rigs.send import MAIL, TEXT

    sources = {source.name: source.to_json() for source in (MAIL, TEXT)}
    async with rig.database.transaction() as connection:
        await rig.versions.publish(connection, load_file(text, "two.yaml").sequence, sources, NOW)


@pytest_asyncio.fixture
async def boxes(database_url: str) -> AsyncIterator[Boxes]:
    async with send_rig(database_url) as rig, closing(Boxes(rig)) as boxes:
        await rig.database.pool.execute(
            "INSERT INTO owner (id, first_name, last_name, email) "
            "SELECT o, initcap(o), 'Owner', o || '@agency.example' FROM unnest(ARRAY['dana', 'eve', 'zoe']) o"
        )
        yield boxes


@asynccontextmanager
async def closing(boxes: Boxes) -> AsyncIterator[Boxes]:
    try:
        yield boxes
    finally:
        await boxes.own.aclose()
        for server in boxes.servers.values():
            await server.stop()


def read(body: bytes) -> Any:
    return email.message_from_bytes(body, policy=email.policy.default)


async def test_two_recruiters_send_from_their_own_servers_and_a_thread_keeps_its_sender(boxes: Boxes) -> None:
    await boxes.publish()
    dana, eve = await boxes.server("dana"), await boxes.server("eve")
    await boxes.add("dana", "dana", name="Dana of Agency", signature_text="Dana\nAgency Ltd")
    await boxes.add("eve", "eve")
    first, second, third = [await boxes.run_of(owner) for owner in ("dana", "eve", "zoe")]
    for run in (first, second, third):
        assert (await boxes.take(run)).step == "two"
    assert [await boxes.sender(run) for run in (first, second, third)] == [
        "dana@agency.example",
        "eve@agency.example",
        "zoe@agency.example",
    ]
    assert (len(dana.bodies), len(eve.bodies), len(boxes.rig.wire.handed)) == (1, 1, 1), (
        "Zoe has none: the settings' server"
    )
    mail = read(dana.bodies[0])
    assert str(mail["From"]) == "Dana of Agency <dana@agency.example>"
    assert str(mail["Reply-To"]).endswith("@reply.agency.example>") or "reply.agency.example" in str(mail["Reply-To"])
    text = mail.get_body(("plain",)).get_content()
    assert "Dana\nAgency Ltd" in text.replace("\r\n", "\n")
    # The record goes to another recruiter, whose mailbox is another one.
    await boxes.rig.database.pool.execute("UPDATE person SET owner_id = 'eve'")
    assert (await boxes.take(first, "two", days=1)).step is None
    assert await boxes.sender(first, "two") == "dana@agency.example"
    reminder = read(dana.bodies[1])
    assert str(reminder["In-Reply-To"]) == str(mail["Message-ID"])
    # A run without a mailbox stays one as well.
    await boxes.take(third, "two", days=1)
    assert await boxes.mailbox_of(third) is None


async def test_answers_may_go_to_the_mailbox_itself(boxes: Boxes) -> None:
    await boxes.publish()
    dana = await boxes.server("dana")
    inbound = {"kind": "imap", "settings": {"host": "imap.agency.example"}, "secret": "pw"}
    await boxes.add("dana", "dana", inbound=inbound, reply_to="own")
    await boxes.take(await boxes.run_of("dana"))
    assert read(dana.bodies[0])["Reply-To"] is None
    assert "MAIL FROM:<dana@agency.example>" in dana.commands, "bounces come to its inbox, too"


async def test_a_refused_login_disconnects_the_mailbox_tells_once_and_its_runs_go_on_when_it_is_back(
    boxes: Boxes,
) -> None:
    await boxes.publish()
    server = await boxes.server(
        "dana", ehlo="250-test.invalid\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES", auth="535 5.7.8 no"
    )
    settings = {"host": "localhost", "port": server.port, "tls": "none"}
    await boxes.add("dana", "dana", transport={"kind": "smtp", "settings": settings, "secret": "old"})
    runs = [await boxes.run_of("dana") for _ in range(3)]
    for run in runs:
        due = await boxes.take(run)
        assert due.step == "one", "it waits, and is not failed"
    rows = await boxes.rig.fetch("SELECT state, state_reason FROM mailbox WHERE id IS NOT NULL")
    assert [row["state"] for row in rows] == ["disconnected"]
    assert await boxes.told() == ["dana", "operator"], "each of them once, however many runs wait"
    again = await boxes.take(runs[0], attempt=1)
    assert again.why == "mailbox_disconnected"
    assert server.connections == 1, "nobody knocks at a closed door for each run"
    # Somebody writes down the new password: that connects it, and wakes the runs.
    server.answers["auth"] = "235 2.7.0 welcome"
    before = {
        row["id"]: row["plan_revision"] for row in await boxes.rig.fetch("SELECT id, plan_revision FROM enrollment")
    }
    changes = MailboxChanges.model_validate({"transport": {"kind": "smtp", "secret": "new"}})
    await boxes.change("set", "dana@agency.example", changes)
    after = {
        row["id"]: row["plan_revision"] for row in await boxes.rig.fetch("SELECT id, plan_revision FROM enrollment")
    }
    assert all(after[run] == before[run] + 1 for run in runs)
    for run in runs:
        assert (await boxes.take(run, attempt=2)).step == "two"
    assert len(server.bodies) == 3


AUTH = "250-test.invalid\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES"


async def refused(boxes: Boxes, runs: int = 1) -> tuple[ScriptedServer, list[str]]:
    """A mailbox that its server let in no more, and the runs that wait for it."""
    await boxes.publish()
    server = await boxes.server("dana", ehlo=AUTH, auth="535 5.7.8 no")
    settings = {"host": "localhost", "port": server.port, "tls": "none"}
    await boxes.add("dana", "dana", transport={"kind": "smtp", "settings": settings, "secret": "right"})
    waiting = [await boxes.run_of("dana") for _ in range(runs)]
    for run in waiting:
        assert (await boxes.take(run)).step == "one"
    assert await boxes.states() == ["disconnected"]
    return server, waiting


async def test_a_server_that_refused_for_a_while_is_tried_by_itself_and_the_runs_go_on(boxes: Boxes) -> None:
    server, runs = await refused(boxes, 3)
    assert await boxes.told() == ["dana", "operator"]
    assert await boxes.retry(minutes=4) == RetryMailboxesPass(), "not before its time"
    assert await boxes.retry(minutes=5) == RetryMailboxesPass(refused=1)
    assert await boxes.retry(minutes=9) == RetryMailboxesPass(), "the pauses grow"
    assert await boxes.retry(minutes=10) == RetryMailboxesPass(refused=1)
    assert (server.connections, server.bodies) == (3, []), "it logs in, and sends nothing"
    revisions = await boxes.revisions()
    server.answers["auth"] = "235 2.7.0 welcome"
    assert await boxes.retry(minutes=20) == RetryMailboxesPass(connected=1)
    assert await boxes.states() == ["active"]
    assert await boxes.revisions() == [number + 1 for number in revisions], "the runs hear of it at once"
    for run in runs:
        assert (await boxes.take(run, attempt=1)).step == "two"
    assert len(server.bodies) == 3
    assert await boxes.told() == ["dana", "operator"], "nobody is told of each try"


async def test_a_server_that_lets_in_and_refuses_again_is_told_once_a_day(boxes: Boxes) -> None:
    server, (run,) = await refused(boxes)
    server.answers["auth"] = "235 2.7.0 welcome"
    assert await boxes.retry(minutes=5) == RetryMailboxesPass(connected=1)
    server.answers["auth"] = "535 5.7.8 no"
    await boxes.own.aclose()
    await boxes.take(run, attempt=1, days=0.1)
    assert await boxes.states() == ["disconnected"]
    assert await boxes.told() == ["dana", "operator"]
    # Somebody connects it by hand, and it does not work: that is news.
    await boxes.change("resume", "dana@agency.example")
    await boxes.take(run, attempt=2, days=0.2)
    assert await boxes.states() == ["disconnected"]
    assert await boxes.told() == ["dana", "dana", "operator", "operator"]


async def test_a_password_that_was_wrong_for_a_week_is_tried_no_more(boxes: Boxes) -> None:
    server, _ = await refused(boxes)
    before = server.connections
    assert await boxes.retry(minutes=7 * 24 * 60) == RetryMailboxesPass(refused=1)
    assert await boxes.retry(minutes=30 * 24 * 60) == RetryMailboxesPass()
    assert server.connections == before + 1


async def test_two_passes_at_once_try_a_login_once(boxes: Boxes) -> None:
    server, _ = await refused(boxes)
    done = await asyncio.gather(*(boxes.retry(minutes=5) for _ in range(3)))
    assert sorted(each.refused for each in done) == [0, 0, 1]
    assert server.connections == 2


async def test_what_a_person_disconnected_or_paused_is_not_tried(boxes: Boxes) -> None:
    server, _ = await refused(boxes)
    await boxes.change("pause", "dana@agency.example", "on leave")
    assert await boxes.retry(minutes=60) == RetryMailboxesPass()
    assert (await boxes.states(), server.connections) == (["paused"], 1)
    async with boxes.rig.database.transaction() as connection:
        await boxes.kept.resume(connection, CLI, "dana@agency.example", NOW)
        mailbox = await find_mailbox(connection, "dana@agency.example")
        await disconnect(connection, mailbox, "somebody disconnected it", NOW)
    assert await boxes.retry(minutes=60) == RetryMailboxesPass()
    assert server.connections == 1


async def test_a_paused_mailbox_sends_nothing_and_spends_no_slot(boxes: Boxes) -> None:
    await boxes.publish()
    server = await boxes.server("dana")
    await boxes.add("dana", "dana", limits="30/minute, 5/day")
    run = await boxes.run_of("dana")
    await boxes.change("pause", "dana@agency.example", "on leave")
    due = await boxes.take(run)
    assert (due.step, due.why) == ("one", "mailbox_paused")
    assert not server.bodies
    assert await boxes.rig.fetch("SELECT 1 FROM mailbox_day") == []
    await boxes.change("resume", "dana@agency.example")
    assert (await boxes.take(run)).step == "two"
    assert len(await boxes.rig.fetch("SELECT 1 FROM mailbox_day WHERE used = 1")) == 1


async def test_limits_of_its_own_hold_where_the_settings_have_none(boxes: Boxes) -> None:
    await boxes.publish()
    server = await boxes.server("dana")
    await boxes.add("dana", "dana", limits="2/day")
    runs = [await boxes.run_of("dana") for _ in range(4)]
    ends = [(await boxes.take(run)).step for run in runs]
    assert (ends, len(server.bodies)) == (["two", "two", "one", "one"], 2)


async def test_runs_of_a_pool_share_its_mailboxes_and_stay_with_them(boxes: Boxes) -> None:
    await boxes.publish("sender: pool out\n")
    for name in ("out1", "out2"):
        await boxes.server(name)
        await boxes.add(name, pool="out", limits="3/day")
    runs = [await boxes.run_of("dana") for _ in range(8)]
    for run in runs:
        await boxes.take(run)
    sent = {name: len(server.bodies) for name, server in boxes.servers.items()}
    assert sent == {"out1": 3, "out2": 3}, "no mailbox over its limit, and none idle"
    bound = {run: await boxes.mailbox_of(run) for run in runs}
    assert None not in bound.values()
    await boxes.change("pause", "out1@agency.example", "")
    for run in runs:
        await boxes.take(run, attempt=1, days=1)
    assert {run: await boxes.mailbox_of(run) for run in runs} == bound


async def test_without_a_mailbox_a_send_waits_if_the_setting_says_so_and_one_is_told(boxes: Boxes) -> None:
    await boxes.publish()
    boxes.fallback = MailboxFallback.WAIT
    runs = [await boxes.run_of("dana") for _ in range(2)]
    for run in runs:
        due = await boxes.take(run)
        assert (due.step, due.why) == ("one", "no_mailbox")
    assert await boxes.told() == ["dana"]
    server = await boxes.server("dana")
    await boxes.add("dana", "dana")
    for run in runs:
        assert (await boxes.take(run)).step == "two"
    assert len(server.bodies) == 2


async def test_runs_of_a_mailbox_that_is_gone_are_moved_by_one_command(boxes: Boxes) -> None:
    await boxes.publish()
    dana, eve = await boxes.server("dana"), await boxes.server("eve")
    await boxes.add("dana", "dana")
    await boxes.add("eve", "eve")
    run = await boxes.run_of("dana")
    await boxes.take(run)
    await boxes.change("pause", "dana@agency.example", "left")
    assert await boxes.change("move_runs", "dana@agency.example", "eve@agency.example") == 1
    assert (await boxes.take(run, "two", days=1)).step is None
    mail = read(eve.bodies[0])
    assert str(mail["In-Reply-To"]) == str(read(dana.bodies[0])["Message-ID"]), "the thread goes on"
    assert await boxes.sender(run, "two") == "eve@agency.example"
    assert await boxes.change("archive", "dana@agency.example")


async def test_nothing_of_a_secret_is_stored_in_clear_and_a_lost_key_is_told(boxes: Boxes) -> None:
    await boxes.publish()
    server = await boxes.server("dana")
    settings = {"host": "localhost", "port": server.port, "tls": "none"}
    await boxes.add("dana", "dana", transport={"kind": "smtp", "settings": settings, "secret": "hunter2-hunter2"})
    rows = await boxes.rig.fetch(
        "SELECT to_jsonb(m)::text AS all, transport_secret FROM mailbox m WHERE id IS NOT NULL"
    )
    assert "hunter2" not in rows[0]["all"]
    assert b"hunter2" not in rows[0]["transport_secret"]
    boxes.own = MailboxTransports(boxes.rig.database, (b"another-key",), TransportAround(""))
    due = await boxes.take(await boxes.run_of("dana"))
    assert due.step == "one"
    assert "RELANCE_TOKEN_KEYS" in due.why


async def test_the_state_of_a_mailbox_is_asked_by_the_claim_itself(boxes: Boxes) -> None:
    """Whoever read that it is active a moment ago sends nothing all the same."""
    await boxes.publish()
    await boxes.server("dana")
    mailbox = await boxes.add("dana", "dana")
    run = await boxes.run_of("dana")
    await boxes.take(run)
    async with boxes.rig.database.transaction() as connection:
        await queries.set_mailbox_state(connection, id=mailbox, state=MailboxState.PAUSED, reason=None, at=NOW)
        found = await connection.fetch(
            "SELECT obstacle, detail FROM send_obstacles('s1', $1, 'two', 'email', 'p1', 'p1@client.example', "
            "'DANA@agency.example', NULL, $2, NULL, NULL)",
            run,
            NOW,
        )
    assert [(row["obstacle"], row["detail"]) for row in found] == [("mailbox", "paused")]


async def test_a_mailbox_that_disappears_with_500_runs_waiting_loses_and_doubles_nothing(boxes: Boxes) -> None:
    """Its server lets us in no more while mails go out: all wait, people hear of it once, another one takes over."""
    await boxes.publish()
    dana = await boxes.server("dana", ehlo=AUTH)
    eve = await boxes.server("eve")
    settings = {"host": "localhost", "port": dana.port, "tls": "none"}
    await boxes.add("dana", "dana", transport={"kind": "smtp", "settings": settings, "secret": "right"})
    await boxes.add("eve", "eve")
    runs = [await boxes.run_of("dana") for _ in range(500)]

    async def taken(some: list[str], step: str = "one", **more: Any) -> list[Due]:
        return await some_at_once(some, lambda run: boxes.take(run, step, **more))

    gone = 120
    assert {due.step for due in await taken(runs[:gone])} == {"two"}
    before = dana.connections
    dana.answers["auth"] = "535 5.7.8 no such account"
    await boxes.own.aclose()
    waiting = await taken(runs[gone:])
    assert {due.step for due in waiting} == {"one"}, "nothing fails"
    for attempt in (1, 2):
        assert {due.why for due in await taken(runs[gone:], attempt=attempt)} == {"mailbox_disconnected"}
    assert dana.connections - before <= 25, "only who had begun when the first one was refused"
    assert await boxes.told() == ["dana", "operator"], "500 runs wait, and people hear of it once"
    states = await boxes.rig.fetch("SELECT state, count(*) AS n FROM send GROUP BY state ORDER BY state")
    counted = {row["state"]: row["n"] for row in states}
    assert counted.pop("sent") == gone
    assert set(counted) <= {"planned"}, "and none is in doubt"

    assert await boxes.change("move_runs", "dana@agency.example", "eve@agency.example") == 500
    assert {due.step for due in await taken(runs[gone:], attempt=3)} == {"two"}
    assert {due.step for due in await taken(runs, "two", days=1)} == {None}
    assert (len(dana.bodies), len(eve.bodies)) == (gone, 2 * 500 - gone)
    mails = [read(body) for body in (*dana.bodies, *eve.bodies)]
    first = {str(mail["To"]): str(mail["Message-ID"]) for mail in mails if mail["In-Reply-To"] is None}
    second = {str(mail["To"]): str(mail["In-Reply-To"]) for mail in mails if mail["In-Reply-To"] is not None}
    assert len(first) == 500, "everybody got the first one, and nobody twice"
    assert second == first, "and the second one, in the thread of the first"
    await boxes.change("archive", "dana@agency.example")


async def test_connecting_a_mailbox_at_its_provider_wakes_the_runs_that_wait_for_it(boxes: Boxes) -> None:
    await refused(boxes, 2)
    before = await boxes.revisions()
    granted = Granted(AccessToken("at", NOW + timedelta(hours=1)), "rt", "s-dana")
    new = NewGrant("dana@agency.example", MailProviderName.GOOGLE, MailAccess.SERVERS, granted)
    async with boxes.rig.database.transaction() as connection:
        await connect_mailbox(connection, CLI, new, KEYS, NOW)
    assert await boxes.states() == ["active"]
    assert await boxes.revisions() == [number + 1 for number in before]
    assert await boxes.retry(minutes=60) == RetryMailboxesPass(), "there is nothing to try any more"
