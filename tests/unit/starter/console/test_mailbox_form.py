"""The form of a mailbox: every kind that the registry knows, with the fields of its settings, and back again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.mail.outgoing.kinds import KINDS, ImapInbox
from starter.console.mailbox_form import KEPT, MailboxForm, form_of, servers_of, stored
from starter.console.words import strings

SETTINGS: dict[str, dict[str, Any]] = {
    "smtp": {"host": "smtp.agency.example", "port": 465, "tls": "tls", "username": "dana", "login": "password"},
    "gmail": {},
    "graph": {"drafts": False},
    "mailgun": {"base_url": "https://api.eu.mailgun.net", "domain": "mg.agency.example"},
    "postmark": {"stream": "broadcasts"},
    "sendgrid": {"base_url": "https://api.eu.sendgrid.com"},
    "ses": {"region": "eu-west-1", "access_key_id": "AKIAEXAMPLEEXAMPLE", "bounces_to_us": True},
}


def row(**more: Any) -> Any:
    plain = {"transport": "organisation", "transport_settings": {}, "inbound": "organisation", "inbound_settings": {}}
    return SimpleNamespace(**plain | {"reply_to": "signed"} | more)


def posted(form: MailboxForm) -> dict[str, str]:
    """What a browser posts of a form that nobody changed."""
    parts = (*form.transports, form.inbox)
    found = {field.name: field.value for part in parts for field in part.fields}
    return found | {"transport": form.transport, "inbound": form.inbound, "reply_to": form.reply_to}


def test_every_kind_and_each_of_its_settings_has_its_words() -> None:
    assert set(SETTINGS) == set(KINDS), "a new kind belongs into this test"
    for kind in KINDS.values():
        assert f"mailboxes.by_{kind.name}" in strings()
        assert strings()[f"mailboxes.by_{kind.name}"] == kind.label
    form = form_of({})
    for field in (field for part in (*form.transports, form.inbox) for field in part.fields):
        assert f"mailboxes.setting_{field.setting}" in strings(), field
        assert field.hint, field
        assert all(f"mailboxes.choice_{each}" in strings() for each in field.choices), field


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_that_nobody_changed_changes_nothing(kind: str) -> None:
    settings = KINDS[kind].checked(SETTINGS[kind])
    form = form_of(stored(row(transport=kind, transport_settings=settings)))
    assert [part.kind for part in form.transports if part.chosen] == [kind]
    asked = servers_of(posted(form))["transport"]
    assert (asked["kind"], asked["secret"]) == (kind, None)
    assert KINDS[kind].checked(settings | asked["settings"]) == settings


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_mailbox_of_every_kind_can_be_filled_in(kind: str) -> None:
    form = posted(form_of({})) | {"transport": kind, f"{kind}_secret": "key"}
    form |= {f"{kind}_{name}": str(value).lower() for name, value in SETTINGS[kind].items() if name != "access_key_id"}
    form |= {"ses_access_key_id": "AKIAEXAMPLEEXAMPLE"}
    asked = servers_of(form)["transport"]
    checked = KINDS[kind].checked(asked["settings"])
    assert checked == KINDS[kind].checked(SETTINGS[kind])
    assert asked["secret"] == "key"


def test_an_emptied_field_is_its_default_again() -> None:
    before = row(transport="smtp", transport_settings=KINDS["smtp"].checked(SETTINGS["smtp"]))
    asked = servers_of(posted(form_of(stored(before))) | {"smtp_username": "", "smtp_port": ""})["transport"]
    assert (asked["settings"]["username"], asked["settings"]["port"]) == ("", 587)
    # What a kind cannot do without is not taken away by an empty field.
    assert "host" not in servers_of(posted(form_of({})) | {"transport": "smtp"})["transport"]["settings"]


def test_the_inbox_and_where_answers_go() -> None:
    inbox = ImapInbox(host="imap.agency.example", sent_folder="Sent").model_dump(mode="json")
    form = posted(form_of(stored(row(inbound="imap", inbound_settings=inbox, reply_to="own"))))
    given = servers_of(form | {"imap_secret": "pw"})
    assert ImapInbox.model_validate(given["inbound"]["settings"]).model_dump(mode="json") == inbox
    assert (given["inbound"]["secret"], given["reply_to"]) == ("pw", "own")
    assert servers_of(form | {"inbound": "api"})["inbound"] == {"kind": "api"}
    assert servers_of(form | {"inbound": "organisation"})["reply_to"] == "signed", "nobody would hear of answers"


def test_a_transport_of_a_newer_version_stays_as_it_is() -> None:
    form = form_of(stored(row(transport="pigeon", transport_settings={"loft": "north"})))
    assert (form.transport, form.unknown) == (KEPT, "pigeon")
    assert "transport" not in servers_of(posted(form))
