"""A world that has something on each screen, and real ids for each route."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fastapi.routing import APIRoute

from sequences.access.role import Role
from tests.support.console import new_user
from tests.support.held_replies import add_reply
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import (
    MAIL,
    dead_follow_up,
    make_world,
    pause_by_hold,
    plan,
    task,
    unmatched_mail,
)

BATCH, TOKEN, ENDPOINT, DELIVERY = "b2345678901", "g2345678901", "o2345678901", "f2345678901"
CRM_WRITE = "x2345678901"
HOLD = "h" + "a" * 20
QUERIES = {
    "/calendar/people": "?day=2027-05-04&sequence=hello&step=one",
    "/sequences/{name}/choose": "?step=one&variant=short",
}
"""What a route needs besides ids."""


@dataclass(frozen=True)
class FullWorld:
    """What is in it.

    Attributes:
        ids: of a thing of each kind, by the name that routes have for it; all about ``person_id``.
    """

    ids: dict[str, str]

    def address(self, route: APIRoute) -> str:
        """A real address of a route; of a thing that the world has not, one that is nowhere."""
        known = defaultdict(lambda: "unknownunknown", self.ids)
        return route.path.format_map(known) + QUERIES.get(route.path, "")


async def make_full_world(console: ConsoleRig, person: str = "p2") -> FullWorld:
    """Makes it."""
    api = console.api
    runs = await make_world(api)
    for number, (each, run) in enumerate(runs.items()):
        await plan(api, run, number + 1)
        await task(api, number, run, each, number - 3, owner_id="o2" if each == "p2" else "o1")
    template = {"name": "hello/one", "subject": "Hello", "text": "Dear {{ person.first_name }}"}
    await api.execute("UPDATE sequence_version SET templates = $1", {"hello/one": template})
    # Versions never change but here.
    vars(api.versions)["_known"].clear()
    await api.execute("UPDATE person SET phone = '+447700900987', city = 'Hiddenton' WHERE id = $1", person)
    send = await api.sent(runs[person])
    reply = await add_reply(api, 1, runs[person])
    await api.execute("UPDATE inbound SET reply_text = 'words of the reply', sender = $1", f"{person}@client.example")
    await unmatched_mail(api, "who@knows.example")
    await api.execute("UPDATE send SET state = 'unknown', reason = 'the server hung up' WHERE id = $1", send)
    await api.execute(
        "INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at) "
        "VALUES ('l1', $1, 'warm', 'o2', $2, $3)",
        person,
        runs[person],
        api.now,
    )
    await api.execute("INSERT INTO list_member VALUES ('warm', $1, $2, $3)", person, api.now, runs[person])
    suppression, *_ = await api.fetch(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
        "VALUES (NULL, 'dead@client.example', 'email', 'bounced', 'x', $1), ($2, NULL, 'sms', 'no_answer', 'x', $1) "
        "RETURNING id",
        api.now,
        person,
    )
    await api.execute(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at) "
        "VALUES ($1, 'hello', 2, 'scan', 'held', 1, $2)",
        BATCH,
        api.now,
    )
    await api.execute(
        "INSERT INTO rule_queue (sequence, record_id, person_id, batch_id, state, at) "
        "VALUES ('hello', $1, $1, $2, 'held', $3)",
        person,
        BATCH,
        api.now,
    )
    await api.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ($1, 'sequence', 'quiet', 'a reason', $2, 20)",
        HOLD,
        api.now,
    )
    await pause_by_hold(api, HOLD, runs[person])
    await dead_follow_up(api, DELIVERY, runs[person])
    await api.execute(
        "INSERT INTO api_token (id, name, scopes, hash, created_at, created_by) "
        "VALUES ($1, 'a script', '{read}', '\\x00', $2, 'user:u1')",
        TOKEN,
        api.now,
    )
    await api.execute(
        "INSERT INTO webhook_endpoint (id, name, url, secret, created_at, created_by) "
        "VALUES ($1, 'crm', 'https://crm.example/hook', '\\x00', $2, 'user:u1')",
        ENDPOINT,
        api.now,
    )
    await api.execute(
        "INSERT INTO webhook_try (url, webhook_id, at, outcome, words) "
        "VALUES ('https://crm.example/hook', $1, $2, 'dead', 'it hung up')",
        DELIVERY,
        api.now,
    )
    mailbox = await api.ask("POST", "/mailboxes", json={"address": "own@agency.example", "owner": "o2"})
    await api.execute(
        "INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, at, state, next_try_at) "
        "VALUES ($1, 'hooks', 'sent', 'note', 'Candidate', '7', $2, '{}', $3, 'dead', $3)",
        CRM_WRITE,
        person,
        api.now,
    )
    user = await new_user(api, Role.LEAD, "somebody@agency.example", team="North")
    console.see(user_id=user.id)
    moved = await console.act("/sequences/hello/move", version="2", reason="a reason")
    (a_task,) = await api.fetch("SELECT id FROM task WHERE person_id = $1", person)
    return FullWorld(
        {
            "person_id": person,
            "reply_id": reply,
            "task": a_task["id"],
            "name": "hello",
            "owner_id": "o2",
            "batch_id": BATCH,
            "enrollment": runs[person],
            "step": "one",
            "change": "remove",
            "send_id": send,
            "inbound_id": MAIL,
            "file_id": "1",
            "suppression_id": str(suppression["id"]),
            "user_id": user.id,
            "session_id": "c" + "a" * 26,
            "passkey_id": "YQ",
            "job_id": moved.headers["location"].rpartition("/")[2] if moved.status_code == 303 else "j" + "a" * 26,
            "token": "a" * 43,
            "mark": "0" * 16,
            "index": "0",
            "part": "more",
            "sha256": "0" * 64,
            "token_id": TOKEN,
            "endpoint_id": ENDPOINT,
            "delivery_id": DELIVERY,
            "hold_id": HOLD,
            "mailbox_id": mailbox.json()["id"],
            "write_id": CRM_WRITE,
            "page": "crm",
            "channel": "whatsapp",
            "picture": "mailboxes.png",
        }
    )
