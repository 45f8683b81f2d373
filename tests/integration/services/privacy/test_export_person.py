"""Everything about one person, and nothing about another."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from adapters.postgres.personal_tables import PERSONAL_TABLES
from sequences.errors import NotFoundError
from sequences.tokens import TokenKind, sign
from services.access.audit import CLI
from services.privacy.export_person import ExportedPerson, export_person
from services.privacy.readable import readable
from starter.cli.output import plain
from starter.composition import organisation_of
from tests.support.person_rows import add_everything, mark, words_of
from tests.support.rigs.api import ApiRig
from tests.support.screens.world import make_world


@dataclass(frozen=True)
class Export:
    """An export, as JSON and as a text."""

    whole: ExportedPerson
    json: str
    text: str


async def export_of(api: ApiRig, person: str) -> Export:
    keys = organisation_of(api.settings).token_keys
    whole = await export_person(api.database, keys, person, CLI, api.now)
    return Export(whole, json.dumps(plain(whole.data)), readable(whole.data))


async def test_everything_of_the_person_and_nothing_of_another(api: ApiRig) -> None:
    runs = await make_world(api)
    for person in ("p1", "p2"):
        await add_everything(api, person, runs[person])
    marked = await mark(api)
    export = await export_of(api, "p2")
    # A new table needs a row here.
    assert {table.table for table in export.whole.data.tables} == {table.name for table in PERSONAL_TABLES}
    left_out = {f"{table.name}.{column}" for table in PERSONAL_TABLES for column in table.left_out}
    for shown in (export.json, export.text):
        assert [name for name in sorted(marked - left_out) if f"{words_of('p2')}{name}" not in shown] == []
        assert [name for name in sorted(left_out) if f"{words_of('p2')}{name}" in shown] == []
        for other in ("p1", "p3", "p7"):
            assert words_of(other) not in shown
            assert f"{other}@client.example" not in shown.lower()
    # By the address alone, in whichever case it was written.
    assert {message.id for message in export.whole.messages} == {"i2", "unmatched2"}
    assert {file.name for file in export.whole.files} == {f"{words_of('p2')}upload.name"}
    (story,) = export.whole.data.stories
    assert (story.enrollment, story.name) == (runs["p2"], "Hello there")
    rows = await api.fetch("SELECT way, act, subject, detail FROM audit_event ORDER BY id DESC LIMIT 1")
    assert [dict(row) for row in rows] == [
        {"way": "cli", "act": "person_exported", "subject": "person:p2", "detail": {}}
    ]


async def test_links_that_act_for_the_person_are_left_out(api: ApiRig) -> None:
    runs = await make_world(api)
    send = await api.sent(runs["p2"])
    token = sign(TokenKind.UNSUBSCRIBE, send, organisation_of(api.settings).key)
    link = f"https://agency.example/u/{token}"
    await api.execute("UPDATE send SET text = $1 WHERE id = $2", f"Hello. Not for you? {link}", send)
    await api.execute(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, detail, send_id, state) "
        "VALUES ('i1', 'i1', 'email', $1, $2, 'human', $3, $4, 'matched')",
        api.now,
        f"Subject: Re\r\n\r\n> {link}\r\n".encode(),
        {"words": [link]},
        send,
    )
    export = await export_of(api, "p2")
    for shown in (export.json, export.text, export.whole.messages[0].raw.decode()):
        assert token not in shown
        assert "https://agency.example/u/[a link of the person's own]" in shown
    assert send in export.json


async def test_who_was_merged_into_the_person_is_in_the_export(api: ApiRig) -> None:
    await make_world(api)
    await api.execute("UPDATE person SET merged_into = 'p2', city = 'Formerly' WHERE id = 'p3'")
    # Asked for by either id.
    for person in ("p2", "p3"):
        export = await export_of(api, person)
        assert (export.whole.data.person, export.whole.data.merged) == ("p2", ["p3"])
        assert "Formerly" in export.text
        assert "Includes what was stored as p3." in export.text


async def test_a_suppression_of_their_address_does_not_say_who_else_has_it(api: ApiRig) -> None:
    await make_world(api)
    await api.execute(
        "INSERT INTO suppression (person_id, address, channel, reason, source, since) VALUES "
        "('p9', 'p2@client.example', 'email', 'opted_out', 'x', $1), ('p2', NULL, 'sms', 'opted_out', 'x', $1)",
        api.now,
    )
    export = await export_of(api, "p2")
    (table,) = [each for each in export.whole.data.tables if each.table == "suppression"]
    assert [(row["channel"], row["person_id"]) for row in table.rows] == [("email", None), ("sms", "p2")]
    assert "p9" not in export.text


async def test_somebody_unknown_has_no_data(api: ApiRig) -> None:
    for _ in range(2):
        # That somebody asked is in the log, and is no data of a person.
        with pytest.raises(NotFoundError, match="nothing is stored about a person with the id nobody"):
            await export_of(api, "nobody")
