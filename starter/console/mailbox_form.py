"""The form of a mailbox's servers: each kind of transport that there is, with the fields of its own settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from adapters.mail.incoming.api.kinds import SOURCES
from adapters.mail.outgoing.kinds import KINDS, ImapInbox
from sequences.mailboxes.own_mailbox import ORGANISATION, InboundWay, ReplyTo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from adapters.postgres import queries

KEPT: Final = "kept"
"""As transport: the form leaves it as it is, for this version does not know its kind."""
_INBOX: Final = "imap"
_YES_NO: Final = ("true", "false")


@dataclass(frozen=True)
class ServerField:
    """One field.

    Attributes:
        name: in the form.
        setting: its name in the settings.
        value: as the form had it, or as it is stored.
        choices: what it may be; empty: text.
        hint: what it means, as the settings themselves say it.
    """

    name: str
    setting: str
    value: str
    choices: tuple[str, ...]
    hint: str


@dataclass(frozen=True)
class ServerPart:
    """The fields of one kind of transport, or of the inbox.

    Attributes:
        kind: its name.
        label: for people.
        secret: what its secret is called; empty: it has none, its owner connects it.
        chosen: it is the one that is used.
    """

    kind: str
    label: str
    fields: tuple[ServerField, ...]
    secret: str
    chosen: bool


@dataclass(frozen=True)
class MailboxForm:
    """What the form shows.

    Attributes:
        transport: the chosen one.
        unknown: name of a transport that this version does not know, or empty.
        transports: all kinds.
        inbound: how answers are read.
        inbox: of IMAP.
        reply_to: where answers go.
        by_interface: labels of the kinds whose inbox may be read by their own interface.
    """

    transport: str
    unknown: str
    transports: tuple[ServerPart, ...]
    inbound: str
    inbox: ServerPart
    reply_to: str
    by_interface: tuple[str, ...]


def form_of(asked: Mapping[str, str]) -> MailboxForm:
    """The form, filled in.

    Args:
        asked: what was posted, or ``stored``; empty for a new mailbox.
    """
    chosen = asked.get("transport") or ORGANISATION
    is_known = chosen in KINDS or chosen == ORGANISATION
    transports = tuple(
        ServerPart(kind.name, kind.label, _fields(kind.name, kind.settings, asked), kind.secret, kind.name == chosen)
        for kind in KINDS.values()
    )
    inbound = asked.get("inbound") or InboundWay.ORGANISATION
    return MailboxForm(
        transport=chosen if is_known else KEPT,
        unknown="" if is_known else chosen,
        transports=transports,
        inbound=inbound,
        inbox=ServerPart(
            _INBOX, "IMAP", _fields(_INBOX, ImapInbox, asked), "password", chosen=inbound == InboundWay.IMAP
        ),
        reply_to=asked.get("reply_to") or ReplyTo.SIGNED,
        by_interface=tuple(KINDS[each].label for each in SOURCES),
    )


def stored(row: queries.ListedOwnMailboxesRow) -> dict[str, str]:
    """A mailbox as its form would have it."""
    found = {"transport": row.transport, "inbound": row.inbound, "reply_to": row.reply_to}
    found |= {_name(row.transport, name): _text(value) for name, value in row.transport_settings.items()}
    return found | {_name(_INBOX, name): _text(value) for name, value in row.inbound_settings.items()}


def servers_of(form: Mapping[str, str]) -> dict[str, Any]:
    """The servers that a posted form names, as ``MailboxChanges`` has them.

    A secret that is left out stays as it is, and so does what no form can set. A field that is empty is its default.
    """
    given: dict[str, Any] = {}
    chosen, inbound = form.get("transport", KEPT), form.get("inbound", KEPT)
    if chosen in KINDS:
        given["transport"] = {
            "kind": chosen,
            "settings": _settings(chosen, KINDS[chosen].settings, form),
            "secret": form.get(_name(chosen, "secret")) or None,
        }
    elif chosen == ORGANISATION:
        given["transport"] = {"kind": ORGANISATION}
    if inbound == InboundWay.IMAP:
        secret = form.get(_name(_INBOX, "secret")) or None
        given["inbound"] = {"kind": inbound, "settings": _settings(_INBOX, ImapInbox, form), "secret": secret}
    elif inbound != KEPT:
        given["inbound"] = {"kind": inbound}
    if "inbound" in given:
        own = inbound != InboundWay.ORGANISATION and form.get("reply_to") == ReplyTo.OWN
        given["reply_to"] = ReplyTo.OWN if own else ReplyTo.SIGNED
    return given


def _fields(part: str, model: type[BaseModel], asked: Mapping[str, str]) -> tuple[ServerField, ...]:
    found = []
    for setting, info in _shown(model):
        name = _name(part, setting)
        value = asked.get(name) or ("" if info.is_required() else _text(info.default))
        found.append(ServerField(name, setting, value, _choices(info), info.description or ""))
    return tuple(found)


def _settings(part: str, model: type[BaseModel], form: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting, info in _shown(model):
        value = form.get(_name(part, setting))
        if value:
            found[setting] = value
        elif value is not None and not info.is_required():
            found[setting] = info.default
    return found


def _shown(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """What a form shows; addresses of stand-ins are for the command line."""
    return [
        (name, info)
        for name, info in model.model_fields.items()
        if not (isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("only_for_tests"))
    ]


def _choices(info: FieldInfo) -> tuple[str, ...]:
    if info.annotation is bool:
        return _YES_NO
    return tuple(map(str, get_args(info.annotation))) if get_origin(info.annotation) is Literal else ()


def _name(part: str, setting: str) -> str:
    return f"{part}_{setting}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")
