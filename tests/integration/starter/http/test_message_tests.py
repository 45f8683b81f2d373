"""``POST /messages/test``: real SMTP, a real Postgres, and what a test must not do."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, cast

import pytest
import pytest_asyncio

from adapters.postgres.records import ChangeOrigin
from adapters.settings import Settings
from adapters.templates.source import TemplateSource
from sequences.definition.model import SequenceDefinition
from sequences.errors import RefusedError
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from services.ports import SmsTransport
from services.publishing.write_alone import Recipient
from services.sending.own_recipients import OwnRecipients
from services.sending.send_message_test import MessageTest
from starter.composition import organisation_of
from starter.local.mail_capture import MailCapture, list_mail
from starter.message_tests import sending_message_tests
from tests.support.console import new_user
from tests.support.rigs.api import NOW, PUBLIC, ApiRig

OWNER, PHONE = "dana@agency.example", "+447911123499"
STEPS = [
    {"id": "introduce", "email": "bd/a", "variants": [{"name": "plain"}, {"name": "short", "template": "bd/b"}]},
    {"id": "remind", "when": "2 days after introduce", "email": "bd/b"},
    {"id": "nudge", "when": "2 days after remind", "sms": "bd/s"},
]
TABLES = (
    "send",
    "send_link",
    "enrollment",
    "reaction",
    "suppression",
    "notification",
    "person_event",
    "form_link",
    "hit",
)


@dataclass
class Mailing:
    """The app with a mail server that captures."""

    capture: MailCapture
    settings: Settings
    asking: Callable[..., Any]

    @property
    def folder(self) -> Path:
        return self.capture.folder

    async def ask(self, method: str, path: str, *, settings: dict[str, object] | None = None, **more: Any) -> Any:
        used = self.settings.model_copy(update=settings or {})
        async with self.asking(settings=used) as ask:
            return await ask(method, path, **more)


@pytest_asyncio.fixture(scope="module")
async def capture(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MailCapture]:
    """One server, so one port in the settings, so one app for all tests: making it takes half a second each time."""
    capture = MailCapture(tmp_path_factory.mktemp("mail"))
    await capture.start()
    yield capture
    await capture.stop()


@pytest.fixture
def mail(api: ApiRig, capture: MailCapture, tmp_path: Path, asking: Callable[..., Any]) -> Mailing:
    capture.folder = tmp_path / "mail"
    capture.folder.mkdir()
    own = {"smtp_port": capture.port, "smtp_tls": "none", "mail_domain": "agency.example", "smtp_timeout": 5.0}
    return Mailing(capture, api.settings.model_copy(update={**own, "mailbox_limits": "none"}), asking)


@pytest.fixture
async def published(api: ApiRig) -> None:
    definition = SequenceDefinition.model_validate(
        {"sequence": "compared", "name": "Compared", "record": "person", "steps": STEPS}
    )
    body = '<p>Hi {{ person.first_name }}</p><a href="https://agency.example/jobs">jobs</a> {{ unsubscribe_url }}'
    templates = {
        "bd/a": TemplateSource("bd/a", "Hello {{ person.first_name }}", "Plain. {{ form('cv') }}\n", body).to_json(),
        "bd/b": TemplateSource("bd/b", "Short", "Short, for {{ person.email }}.\n").to_json(),
        "bd/s": TemplateSource("bd/s", None, "Hi {{ person.first_name }}").to_json(),
    }
    await api.person(phone="+447911123456", owner_id="dana")
    async with api.database.transaction() as connection:
        values = {"first_name": "Dana", "email": OWNER, "phone": PHONE}
        await api.changes.write(connection, "owner", "dana", values, ChangeOrigin("import", NOW))
        await api.versions.publish(connection, definition, templates, NOW)


async def counts(api: ApiRig) -> dict[str, int]:
    return {table: (await api.fetch(f"SELECT count(*) AS n FROM {table}"))[0]["n"] for table in TABLES}


def asked(**more: Any) -> dict[str, Any]:
    return {"sequence": "compared", "step": "introduce", "person": "p1", "to": OWNER, **more}


def only_mail(capture: Mailing) -> EmailMessage:
    (found,) = list_mail(capture.folder)
    parsed = BytesParser(policy=policy.default).parsebytes((capture.folder / found.file).read_bytes())
    assert isinstance(parsed, EmailMessage)
    return parsed


def words_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def test_a_test_is_marked_and_counts_nowhere(api: ApiRig, mail: Mailing, published: None) -> None:
    before = await counts(api)
    answer = await mail.ask("POST", "/messages/test", json=asked())
    assert (answer.status_code, answer.json()["state"], answer.json()["variant"]) == (200, "sent", "plain"), answer.text
    assert await counts(api) == before
    sent = only_mail(mail)
    assert (sent["To"], sent["Subject"]) == (OWNER, "[Test] Hello Alex")
    assert sent["X-Relance-Test"] == answer.json()["id"]
    assert words_of(sent).startswith("[Test] This is a test: step introduce of compared, as person p1")
    html = words_of(sent, "html")
    assert "This is a test" in html
    assert 'href="https://agency.example/jobs"' in html
    assert "p1@client.example" not in sent.as_string()


async def test_its_links_lead_to_a_page_that_says_so_and_nothing_happens(
    api: ApiRig, mail: Mailing, published: None
) -> None:
    await mail.ask("POST", "/messages/test", json=asked())
    sent = only_mail(mail)
    before = await counts(api)
    found = set(
        re.findall(rf"{PUBLIC}(/[^\s>\"<]+)", sent["List-Unsubscribe"] + words_of(sent) + words_of(sent, "html"))
    )
    kinds = {path.split("/")[1:3][-1] for path in found}
    assert kinds == {"u", "f"}
    for path in found:
        assert path.startswith("/test/")
        for answer in (
            await api.http.get(path),
            await api.http.post(path, data={"List-Unsubscribe": "One-Click"}),
        ):
            assert answer.status_code == 200
            assert "This was a test" in answer.text
        # Somebody who takes the mark away has a token that we never signed.
        assert (await api.http.get(path.removeprefix("/test"))).status_code == 404
        await api.http.post(path.removeprefix("/test"), data={"List-Unsubscribe": "One-Click"})
    german = await api.http.get(found.pop(), headers={"Accept-Language": "de"})
    assert "Das war ein Test" in german.text
    assert await counts(api) == before


async def test_the_thread_and_the_values_are_those_of_the_person(api: ApiRig, mail: Mailing, published: None) -> None:
    answer = await mail.ask("POST", "/messages/test", json=asked(step="remind"))
    assert answer.json()["state"] == "sent"
    sent = only_mail(mail)
    assert sent["Subject"] == "[Test] Re: Hello Alex"
    assert "for p1@client.example" in words_of(sent)


async def test_the_same_key_sends_once(api: ApiRig, mail: Mailing, published: None) -> None:
    wanted = asked(idempotency_key="mine")
    first = (await mail.ask("POST", "/messages/test", json=wanted)).json()
    again = (await mail.ask("POST", "/messages/test", json=wanted)).json()
    assert again == {**first, "repeated": True}
    assert len(list_mail(mail.folder)) == 1
    other = await mail.ask("POST", "/messages/test", json={**wanted, "step": "remind"})
    assert (other.status_code, other.json()["reason"]) == (409, "event_id_used")


async def test_what_surely_failed_may_be_tried_again_with_its_key(api: ApiRig, mail: Mailing, published: None) -> None:
    wanted = asked(idempotency_key="mine")
    failed = (await mail.ask("POST", "/messages/test", settings={"smtp_port": 1}, json=wanted)).json()
    assert (failed["state"], failed["repeated"]) == ("failed", False)
    assert failed["reason"]
    assert (await mail.ask("POST", "/messages/test", json=wanted)).json()["state"] == "sent"
    assert len(list_mail(mail.folder)) == 1


async def test_a_claim_whose_process_died_is_unknown_and_not_sent_again(
    api: ApiRig, mail: Mailing, published: None
) -> None:
    wanted = asked(idempotency_key="mine")
    await mail.ask("POST", "/messages/test", json=wanted)
    await api.execute("UPDATE message_test SET state = 'claimed'")
    assert (await mail.ask("POST", "/messages/test", json=wanted)).json()["state"] == "claimed"
    await api.execute("UPDATE message_test SET claimed_at = claimed_at - interval '1 hour'")
    assert (await mail.ask("POST", "/messages/test", json=wanted)).json()["state"] == "unknown"
    assert len(list_mail(mail.folder)) == 1


@pytest.mark.parametrize(
    ("changed", "status", "reason", "said"),
    [
        ({"to": "ada@client.example"}, 409, "not_own", "that of an owner"),
        ({"to": "p1@client.example"}, 409, "not_own", "any address at agency.example"),
        ({"to": "x@sub.agency.example"}, 409, "not_own", "own addresses only"),
        ({"to": "x@agency.example.evil.example"}, 409, "not_own", "own addresses only"),
        ({"to": "dana@agency.example, ada@client.example"}, 409, "invalid", "not an e-mail address"),
        ({"to": "nothing"}, 409, "invalid", "not an e-mail address"),
        ({"step": "nudge", "to": "+447911123456"}, 409, "not_own", "own numbers only"),
        ({"step": "nudge", "to": OWNER}, 409, "invalid", "phone number"),
        ({"step": "none"}, 404, None, "none"),
        ({"person": "nobody"}, 404, None, "nobody"),
        ({"person": None}, 409, "ambiguous", "nobody was enrolled"),
    ],
)
async def test_a_refusal_says_what_is_allowed(
    api: ApiRig, mail: Mailing, published: None, changed: dict[str, Any], status: int, reason: str, said: str
) -> None:
    answer = await mail.ask("POST", "/messages/test", json=asked(**changed))
    found = answer.json()
    assert (answer.status_code, found.get("reason"), said in found["detail"]) == (status, reason, True), answer.text
    assert list_mail(mail.folder) == []
    assert await api.fetch("SELECT 1 FROM message_test") == []


async def test_the_address_of_a_user_of_the_console_is_our_own(api: ApiRig, mail: Mailing) -> None:
    user = await new_user(api, email="gina@elsewhere.example")
    own = OwnRecipients(organisation_of(mail.settings))
    async with api.database.transaction() as connection:
        assert await own.checked(connection, "email", "Gina@elsewhere.example") == "Gina@elsewhere.example"
    await api.execute("UPDATE console_user SET disabled_at = $2 WHERE id = $1", user.id, NOW)
    async with api.database.transaction() as connection:
        with pytest.raises(RefusedError, match="own addresses only"):
            await own.checked(connection, "email", "gina@elsewhere.example")


async def test_own_addresses_in_any_spelling(api: ApiRig, mail: Mailing, published: None) -> None:
    own = OwnRecipients(organisation_of(mail.settings), "jobs@other.example")
    async with api.database.transaction() as connection:
        for to in ("Dana@Agency.Example", " anybody@agency.example ", "jobs@other.example"):
            assert await own.checked(connection, "email", to) == to.strip()
        assert await own.checked(connection, "sms", "07911 123499") == PHONE


async def test_a_test_takes_its_turn_at_the_mailbox(api: ApiRig, mail: Mailing, published: None) -> None:
    limited: dict[str, object] = {"mailbox_limits": "1/day"}
    first = await mail.ask("POST", "/messages/test", settings=limited, json=asked())
    assert first.json()["state"] == "sent"
    used = await api.fetch("SELECT used FROM mailbox_day")
    late = await mail.ask("POST", "/messages/test", settings=limited, json=asked())
    assert (late.status_code, late.json()["reason"]) == (409, "busy")
    assert await api.fetch("SELECT used FROM mailbox_day") == used
    assert len(list_mail(mail.folder)) == 1


async def test_a_test_does_not_queue_behind_a_batch(api: ApiRig, mail: Mailing, published: None) -> None:
    limited: dict[str, object] = {"mailbox_limits": "1/minute"}
    days = []
    for _ in range(2):
        made = await mail.ask("POST", "/messages/test", settings=limited, json=asked())
        assert made.json()["state"] == "sent", made.text
        days += await api.fetch("SELECT used, next_at FROM mailbox_day")
    assert [day["used"] for day in days] == [1, 2]
    assert days[1]["next_at"] - days[0]["next_at"] == timedelta(minutes=1), "whoever queues waits for as much longer"


@dataclass
class Texts:
    """The SMS transport; the real one is tested against the stand-in."""

    outcome: TransportOutcome
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, *, handover: HandOver, **what: Any) -> TransportOutcome:
        self.sent.append(what)
        return self.outcome


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(TransportVerdict.ACCEPTED, "sent"), (TransportVerdict.UNKNOWN, "unknown"), (TransportVerdict.RETRY, "failed")],
)
async def test_a_text_goes_to_an_owner(
    api: ApiRig, mail: Mailing, published: None, verdict: TransportVerdict, state: str
) -> None:
    texts = Texts(TransportOutcome(verdict, "http", "21211", "said so"))
    settings = mail.settings.model_copy(update={"sms_sender": "+442071838750"})
    async with sending_message_tests(settings, api.database) as wired:
        tests = replace(wired, sms=cast("SmsTransport", texts))
        async with api.database.transaction() as connection:
            version = await api.versions.get(connection, "compared")
        sent = await tests.send(MessageTest("k", version, "nudge", Recipient("p1"), "07911 123499"))
    assert (sent.state, sent.channel, sent.to, sent.code) == (state, "sms", PHONE, "21211")
    (what,) = texts.sent
    assert (what["recipient"], what["sender"]) == (PHONE, "+442071838750")
    assert what["body"].startswith("[Test] Hi Alex")
    assert what["status_callback"] == f"{PUBLIC}/test/status"
    assert (await api.http.post("/test/status")).status_code == 200
