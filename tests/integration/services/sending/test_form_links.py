"""A message that names a form carries a personal link that works from the transaction that stores it on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from adapters.templates.source import TemplateSource
from sequences import ids
from sequences.checking import load_file
from sequences.forms.definition import FormDefinition
from sequences.runs.state import StepCall
from sequences.tokens import TokenKind, verify
from services.intake.topics import Readers, Topics
from services.publishing.forms import publish_forms
from services.sending.compose_email import Message
from tests.support.rigs.send import NOW, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SOURCES = {
    "t/mail": TemplateSource(
        "t/mail", "Hello", "Go to {{ form('callback') }}\n", "<a href=\"{{ form('callback') }}\">x</a>"
    ),
    "t/text": TemplateSource("t/text", None, "Go to {{ form('callback') }}"),
}
FORM = {"form": "callback", "name": "Call back", "title": "When?", "thank_you": "Thanks", "valid_for": "10 days"}


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as found:
        yield found


async def ready(rig: SendRig, channel: str, more: str = "") -> Any:
    template = "mail" if channel == "email" else "text"
    text = f"sequence: seq\nname: Seq\nrecord: person\n{more}steps:\n  - {{id: one, {channel}: t/{template}}}\n"
    async with rig.database.transaction() as connection:
        sources = {name: source.to_json() for name, source in SOURCES.items()}
        await rig.versions.publish(connection, load_file(text, "seq.yaml").sequence, sources, NOW)
    return await rig.ready("seq", frozen=False)


async def publish(rig: SendRig, **more: object) -> None:
    form = FormDefinition.model_validate({**FORM, "fields": [{"field": "person.city"}], **more})
    async with rig.database.transaction() as connection:
        await publish_forms(connection, [form], NOW)


async def take(rig: SendRig, context: Any) -> None:
    await ActivityEnvironment().run(rig.steps().take_step, StepCall(context.run.id, "one", NOW))


async def test_a_mail_and_a_text_carry_the_link_and_it_is_not_tracked(rig: SendRig) -> None:
    await publish(rig)
    for channel in ("email", "sms"):
        context = await ready(rig, channel)
        await take(rig, context)
        row = await rig.row(context)
        (found,) = re.findall(r"https://relance\.example/f/([a-z0-9]+)", row["text"])
        link = ids.form_link_id(context.run.id, "callback")
        assert verify(TokenKind.FORM, found, (b"key",)) == link
        assert context.view.person_id not in found
        (stored,) = await rig.fetch("SELECT * FROM form_link WHERE id = $1", link)
        assert (stored["enrollment_id"], stored["version"]) == (context.run.id, 1)
        assert stored["expires_at"] == NOW + timedelta(days=10)
        assert b"/c/c" not in row["content"]  # following it is no click


async def test_a_form_that_nobody_published_stops_the_run_with_the_reason(rig: SendRig) -> None:
    context = await ready(rig, "email")
    await take(rig, context)
    assert await rig.fetch("SELECT id FROM send WHERE enrollment_id = $1", context.run.id) == []
    (told,) = await rig.fetch("SELECT title FROM notification WHERE enrollment_id = $1", context.run.id)
    assert "the form 'callback' is not published" in told["title"]


async def test_a_topic_that_was_left_a_moment_ago_is_not_written_of(rig: SendRig) -> None:
    await publish(rig)
    context = await ready(rig, "email", "topic: job offers\n")
    async with rig.database.transaction() as connection:
        person = context.view.person_id
        readers = Readers.of([person], [f"{person}@client.example"])
        await Topics().leave(connection, readers, ["job offers", "other"], "test", NOW)
    await take(rig, context)
    assert (await rig.step(context), rig.wire.handed) == ("refused", [])
    (told,) = await rig.fetch("SELECT title FROM notification WHERE enrollment_id = $1", context.run.id)
    assert "the person left the topic job offers" in told["title"]


async def test_a_footer_is_in_the_language_that_the_template_names(rig: SendRig) -> None:
    await publish(rig)
    context = await ready(rig, "email")
    assert "You get this e-mail from" in (await rig_message(rig, context, "t/mail")).text
    assert "Sie bekommen diese E-Mail von" in (await rig_message(rig, context, "t/mail", language="de")).text


async def rig_message(rig: SendRig, context: Any, name: str, **more: str) -> Message:
    stored = {**context.version.templates, name: {**context.version.templates[name], **more}}
    shown = replace(context, version=replace(context.version, templates=stored))
    async with rig.database.transaction() as connection:
        return await rig.composer.compose(connection, shown, shown.version.step("one"), NOW, ())


async def test_a_preview_shows_the_link_and_stores_nothing(rig: SendRig) -> None:
    context = await ready(rig, "email")
    shown = replace(context, run=replace(context.run, id="preview"))
    async with rig.database.transaction() as connection:
        message = await rig.composer.compose(connection, shown, context.version.step("one"), NOW, ())
    assert "https://relance.example/f/f" in message.text
    assert await rig.fetch("SELECT id FROM form_link") == []
