"""What a form means for its run: the rule about that form, else the rule about any, else the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.postgres.records import Records
from sequences import ids
from sequences.checking import load_file
from sequences.forms.definition import FormDefinition
from sequences.records.catalogue import catalogue
from services.forms.intake import FormPorts, Forms, Taken
from services.publishing.forms import publish_forms
from services.reactions.handle_reaction import HandleReaction
from services.records.record_changes import RecordChanges
from services.sending.form_links import put_form_links
from tests.support.rigs.send import MAIL, NOW, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runs.planning import RunContext

OWN = "  - on: form_submitted\n    form: callback\n    do: [{create_task: {title: Call}}]\n    then: continue\n"
ANY = "  - on: form_submitted\n    do: [{add_to_list: warm}]\n    then: pause 3 days\n"
OTHER = OWN.replace("callback", "another")


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as found:
        yield found


async def submitted(rig: SendRig, rules: str, *, closed: bool = False) -> tuple[RunContext, str]:
    """A run of a sequence with these rules whose person sent the form; gives the run and its reaction."""
    text = f"sequence: seq\nname: Seq\nrecord: person\nsteps:\n  - {{id: one, email: t/mail}}\n{rules}"
    form = FormDefinition.model_validate(
        {"form": "callback", "name": "C", "title": "T", "thank_you": "T", "fields": [{"field": "person.city"}]}
    )
    async with rig.database.transaction() as connection:
        await rig.versions.publish(connection, load_file(text, "s.yaml").sequence, {MAIL.name: MAIL.to_json()}, NOW)
        await publish_forms(connection, [form], NOW)
    context = await rig.ready("seq")
    async with rig.database.transaction() as connection:
        await put_form_links(connection, context.run.id, ("callback",), NOW)
        if closed:
            await connection.execute("UPDATE enrollment SET state = 'finished', ended_at = $1", NOW)
    records = Records("UTC")
    ports = FormPorts(
        rig.database, records, RecordChanges(records), catalogue(), None, clock=lambda: NOW, wake=lambda: None
    )
    done = await Forms(ports).submit(ids.form_link_id(context.run.id, "callback"), {"person.city": ["Leeds"]}, {})
    assert done == Taken(fresh=True)
    (row,) = await rig.fetch("SELECT id FROM reaction WHERE kind = 'form_submitted'")
    return context, row["id"]


async def handled(rig: SendRig, context: RunContext, reaction: str) -> Any:
    return await HandleReaction(rig.database, rig.planning, rig.follow_ups).handle(context.run.id, reaction, NOW)


@pytest.mark.parametrize(
    ("rules", "then", "kinds"),
    [
        ("", "stop", []),
        ("reactions:\n" + OWN, "continue", ["create_task"]),
        ("reactions:\n" + ANY + OWN, "continue", ["create_task"]),
        ("reactions:\n" + OTHER + ANY, "pause", ["add_to_list"]),
        ("reactions:\n" + OTHER, "stop", []),
        ("stop_when: {person.city: [Leeds]}\nreactions:\n" + OWN, "continue", ["create_task"]),
    ],
    ids=["default", "own", "own before any", "any", "of another form", "before a stop rule about a field"],
)
async def test_the_rule_about_the_form_counts(rig: SendRig, rules: str, then: str, kinds: list[str]) -> None:
    context, reaction = await submitted(rig, rules)
    decision = await handled(rig, context, reaction)
    assert decision.then == then
    assert [row["kind"] for row in await rig.fetch("SELECT kind FROM follow_up ORDER BY position")] == kinds
    again = await handled(rig, context, reaction)
    assert again.then in (then, "none")
    assert len(await rig.fetch("SELECT 1 FROM follow_up")) == len(kinds)


async def test_until_the_run_has_heard_of_it_nothing_is_sent(rig: SendRig) -> None:
    context, _ = await submitted(rig, "")
    outcome = await rig.send(context)
    assert not hasattr(outcome, "state")
    assert rig.wire.handed == []


async def test_a_run_that_is_over_does_what_its_rules_say_and_stays_over(rig: SendRig) -> None:
    context, reaction = await submitted(rig, "reactions:\n" + OWN, closed=True)
    assert (await handled(rig, context, reaction)).then == "none"
    assert [row["kind"] for row in await rig.fetch("SELECT kind FROM follow_up")] == ["create_task"]
    (row,) = await rig.fetch("SELECT city FROM person")
    assert row["city"] == "Leeds"
