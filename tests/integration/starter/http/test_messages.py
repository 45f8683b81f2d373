"""``/messages`` against a real Postgres: what a step would send."""

from email import policy
from email.parser import BytesParser

import pytest

from adapters.postgres.versions import Versions
from adapters.templates.source import TemplateSource
from sequences.definition.model import SequenceDefinition
from tests.support.rigs.api import NOW, ApiRig

STEPS = [
    {"id": "introduce", "email": "bd/a", "variants": [{"name": "plain"}, {"name": "short", "template": "bd/b"}]},
    {"id": "remind", "when": "2 days after introduce", "email": "bd/b"},
    {"id": "nudge", "when": "2 days after remind", "sms": "bd/s"},
    {"id": "call", "when": "2 days after nudge", "do": [{"create_task": {"title": "Call"}}]},
]


@pytest.fixture
async def compared(api: ApiRig) -> None:
    definition = SequenceDefinition.model_validate(
        {"sequence": "compared", "name": "Compared", "record": "person", "steps": STEPS}
    )
    templates = {
        "bd/a": TemplateSource("bd/a", "Hello {{ person.first_name }}", "Plain.\n").to_json(),
        "bd/b": TemplateSource("bd/b", "Short", "Short, in {{ person.city }}.\n").to_json(),
        "bd/s": TemplateSource("bd/s", None, "Hi {{ person.first_name }}").to_json(),
    }
    await api.person(city="Ulm", phone="+447911123456")
    await api.person("p2")
    async with api.database.transaction() as connection:
        await Versions().publish(connection, definition, templates, NOW)


async def test_a_message_is_shown_and_nothing_is_stored(api: ApiRig, compared: None) -> None:
    asked = {"sequence": "compared", "step": "introduce", "person": "p1"}
    shown = (await api.ask("GET", "/messages/rendered", params=asked)).json()
    assert (shown["version"], shown["variant"], shown["channel"]) == (1, "plain", "email")
    assert shown["text"].startswith("Plain.\n")
    short = (await api.ask("GET", "/messages/rendered", params={**asked, "variant": "short"})).json()
    assert (short["variant"], short["text"].splitlines()[0]) == ("short", "Short, in Ulm.")
    later = (await api.ask("GET", "/messages/rendered", params={**asked, "step": "remind"})).json()
    assert later["headers"]["Subject"].startswith("Re: Hello ")
    assert await api.fetch("SELECT 1 FROM send") == []


async def test_the_exact_bytes_of_a_mail_and_of_a_text(api: ApiRig, compared: None) -> None:
    asked = {"sequence": "compared", "step": "remind", "person": "p1"}
    answer = await api.ask("GET", "/messages/raw", params=asked)
    assert answer.headers["content-type"] == "message/rfc822"
    mail = BytesParser(policy=policy.default).parsebytes(answer.content)
    assert mail["Subject"].startswith("Re: Hello ")
    assert mail["In-Reply-To"]
    words = mail.get_body(("plain",))
    assert words is not None
    assert "Short, in Ulm." in words.get_content()
    sms = await api.ask("GET", "/messages/raw", params={**asked, "step": "nudge"})
    assert sms.status_code == 200, sms.text
    assert sms.headers["content-type"] == "text/plain; charset=utf-8"
    assert sms.text.startswith("Hi ")


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"sequence": "none"}, 404, "none"),
        ({"step": "none"}, 404, "none"),
        ({"person": "nobody"}, 404, "nobody"),
        ({"variant": "long"}, 404, "its variants are plain, short"),
        ({"step": "call"}, 409, "it has only actions"),
        ({"step": "remind", "person": "p2"}, 409, "person.city"),
        ({"step": "Not a slug"}, 422, "step"),
        ({"unknown": "x"}, 422, "unknown"),
    ],
)
async def test_what_cannot_be_shown_says_why(
    api: ApiRig, compared: None, changed: dict[str, str], status: int, said: str
) -> None:
    asked = {"sequence": "compared", "step": "introduce", "person": "p1", **changed}
    for address in ("/messages/rendered", "/messages/raw"):
        answer = await api.ask("GET", address, params=asked)
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


async def test_the_token_is_asked_for(api: ApiRig, compared: None) -> None:
    asked = {"sequence": "compared", "step": "introduce", "person": "p1"}
    for address in ("/messages/rendered", "/messages/raw"):
        assert (await api.http.get(address, params=asked)).status_code == 401
