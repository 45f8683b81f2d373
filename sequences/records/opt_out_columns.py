"""Opt-outs that another program tells: what its column or field is called, and what stands in it.

A name that sounds like an opt-out is never passed over: it is taken where both the name and the value are plain, and
otherwise somebody must say what it means. In doubt a person is not written to.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from sequences.channels import CHANNELS, EMAIL, SMS
from sequences.errors import RefusedError, RequestRefused
from sequences.records.catalogue import BUILT_IN
from sequences.records.truth_words import NO, YES


class OptOutKind(enum.StrEnum):
    """How the values of a column are read."""

    FLAG = "flag"
    """Yes or no, or the time at which somebody said it, or the channel that it is about."""
    NEGATED = "negated"
    """A consent: no means an opt-out. Only where somebody said that the column is one."""
    STATUS = "status"
    """One of the words that mail tools have for it."""
    DELETED = "deleted"
    """The record is gone."""
    ELSEWHERE = "elsewhere"
    """About a channel that we do not use: fax, letters."""
    UNCLEAR = "unclear"
    """It is about opting out or in, and the name does not say how to read it."""


@dataclass(frozen=True)
class OptOut:
    """What a column says.

    Attributes:
        kind: how its values are read.
        channel: a channel, or ``all``: what an opt-out there is about.
    """

    kind: OptOutKind
    channel: str = "all"


TARGETS = {
    "suppress": OptOut(OptOutKind.FLAG, "all"),
    "unsubscribed": OptOut(OptOutKind.FLAG, "email"),
    "deleted": OptOut(OptOutKind.DELETED),
    "opt_out": OptOut(OptOutKind.FLAG, "all"),
    **{f"opt_out.{channel}": OptOut(OptOutKind.FLAG, str(channel)) for channel in (*CHANNELS, "all")},
    **{f"opt_in.{channel}": OptOut(OptOutKind.NEGATED, str(channel)) for channel in (*CHANNELS, "all")},
    **{f"opt_status.{channel}": OptOut(OptOutKind.STATUS, str(channel)) for channel in (*CHANNELS, "all")},
}
"""What a column may be said to be. ``opt_in`` is a consent, of which a no is an opt-out."""
DELETED = "deleted"
"""What ``read`` says of a record that is gone."""
UNREADABLE = f"cannot be understood as opt-out: write yes or no, {', '.join(CHANNELS)} or all, or a date"
"""What is said of a value that ``read`` refuses."""

_MAIL = r"(?:e ?mails?|mails?|mailings?|newsletters?)"
_TEXT = r"(?:sms|texts?|texting|calls?|phone|telephone|mobile|messages?)"
_SHORTEST: Final = 3
_NAMED: Final = {
    "email": re.compile(rf"\b{_MAIL}\b|mail\b"),
    "sms": re.compile(rf"\b{_TEXT}\b|sms\b|call\b"),
    **{
        str(name): re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, words)))})\b")
        for name, spec in CHANNELS.items()
        if name not in (EMAIL.name, SMS.name)
        and (words := {word for word in spec.opt_out_words if len(word) >= _SHORTEST})
    },
}
"""What names of columns say of channels. Two letters are too few to say anything."""
_OUT = re.compile(
    r"\bopt(?:ed|ing|s)? ?(?:me ?)?out|\bunsub(?:s|scribe|scribes|scribed|scription|scriptions)?\b"
    r"|\b(?:do ?not|don ?t|dont|not to be|never) ?(?:be ?)?(?:bulk ?|mass ?|postal ?)?"
    r"(?:contact|e ?mail|mail|sms|text|message|disturb|solicit|call|phone|fax|market|send|allow|approach)"
    r"|\bdn[cdem]\b|\bno (?:more )?(?:contact|e ?mails?|mailings?|marketing|sms|texts?|calls?|spam)\b"
    r"|\bsuppress(?:ed|ion)?\b|\b(?:black|block|stop) ?list(?:ed)?\b"
    r"|\b(?:e ?mail|sms|contact|mailing) (?:blocked|stop)\b"
    r"|\b(?:exclude|excluded|removed?) from (?:all )?(?:e ?mail|mail|marketing|sms|lists?|campaigns?|sequences?)"
    r"|\bnicht (?:kontaktieren|anschreiben|mailen)|\b(?:werbe|kontakt|mail) ?sperre|\bkeine (?:werbung|mails?)"
    r"|\babgemeldet\b|\babbestellt\b|\bne pas (?:contacter|solliciter|demarcher)|\bdes(?:abonne|inscrit)"
    r"|\bno contactar\b|\bdado de baja\b|\bniet (?:contacteren|mailen|benaderen)|\b(?:uit|af)ge(?:schreven|meld)\b"
)
_IN = re.compile(
    r"\bopt(?:ed)? ?in|\baccepts? (?:\w+ )?marketing|\bsubscribed\b|\bconsent|\b(?:contact|marketing|mail) permission"
    rf"|\ballows? {_MAIL}|\bpermission to (?:contact|{_MAIL})|\bmay (?:we )?contact|\beinwilligung|\bconsentement"
)
_STATUS = re.compile(
    r"\b(?:marketing|subscription|subscriber|consent|newsletter|member|mailing|opt ?(?:in|out)?|unsubscribe) (?:\w+ )?"
    rf"(?:status|state)\b|^{_MAIL} (?:\w+ )?status$|^(?:e ?mail|sms) marketing consent$|^marketing consent$"
)
_IS_DELETED = re.compile(r"^(?:is ?|was )?deleted(?: (?:at|on|date))?$")
_ABOUT_IT = re.compile(
    r"\b(?:reason|source|link|url|token|comments?|notes?|campaign|method|ip|by|type|categor\w+|text|message id)$"
)
_OTHER_CHANNEL = re.compile(r"fax\b|postal|\b(?:post|letters?|direct mail|print)\b")
_WHOLE_PERSON = re.compile(
    r"\b(?:contact\w*|kontaktieren|disturb|dnc|dnd|solicit|approach|suppress\w*|(?:black|block) ?list\w*|opt)"
)


def _these(text: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in text.split("|"))


_YES = YES | _these("""
    dnc|opted out|opt out|optout|unsubscribed|unsubscribe|do not contact|do not email|do not call|do not allow|
    do not text|blocked|blacklisted|blocklisted|suppressed
""")
_UNANSWERED = _these("|-|--|null|nil|n/a|na|not set")
_NO = (
    NO
    | _UNANSWERED
    | _these("""
    none|never|not opted out|subscribed|opted in|opt in|active|allow|allowed|0000-00-00|0000-00-00 00:00:00
""")
)
_STATUS_OUT = _these("""
    unsubscribed|unsubscribe|globally unsubscribed|opted out|opt out|optout|out|no consent|not subscribed|
    non subscribed|nonsubscribed|never subscribed|transactional|cleaned|bounced|hard bounced|hard bounce|complained|
    spam|spam complaint|blocked|blacklisted|blocklisted|suppressed|do not contact|dnc|do not email|revoked|withdrawn|
    declined|denied|rejected|refused|not given|no|false|n|0|inactive|stopped|abgemeldet|desabonne
""")
_STATUS_IN = _UNANSWERED | _these("""
    subscribed|active|opted in|opt in|optin|confirmed|granted|given|yes|true|y|1|single opt in|double opt in|pending|
    unconfirmed|archived|marketing contact|non marketing contact|not a marketing contact|valid|verified|unverified|
    invalid|risky|ok|catch all|accept all|deliverable|undeliverable|unavailable|guessed|likely|unknown|none|
    angemeldet|abonne|soft bounced|soft bounce|clean|good
""")
_CHANNELS = {
    **{word: str(name) for name, spec in CHANNELS.items() for word in spec.opt_out_words},
    "all": "all",
    "both": "all",
    "everything": "all",
    "any": "all",
}
_DATE = re.compile(r"\d{1,4}[-/. ](?:\d{1,2}|[a-z]{3,9}\.?)[-/. ,]+\d{1,4}(?:[ t,]+.*)?|\d{10}(?:\d{3})?")


# A column of that name is such a field, whatever it sounds like.
_OURS = frozenset(field.name for field in BUILT_IN)


def opt_out_of(name: str) -> OptOut | None:
    """What a column or field of that name says of opting out; None for one that sounds like nothing of the kind."""
    if name.strip().lower() in _OURS:
        return None
    words = _words(name)
    if _IS_DELETED.search(words):
        return OptOut(OptOutKind.DELETED)
    if words == "suppress":
        return TARGETS["suppress"]
    out, consent = bool(_OUT.search(words)), bool(_IN.search(words))
    status = bool(_STATUS.search(words))
    if not (out or consent or status):
        return None
    if _OTHER_CHANNEL.search(words):
        return OptOut(OptOutKind.ELSEWHERE)
    channel = _channel(words)
    if status:
        return OptOut(OptOutKind.STATUS, "email" if channel == "all" else channel)
    if not out or _ABOUT_IT.search(words):
        return OptOut(OptOutKind.UNCLEAR, channel)
    return OptOut(OptOutKind.FLAG, channel)


def read(column: OptOut, value: object) -> str | None:
    """What a value in such a column says: a channel, or ``all``, ``deleted``, or None for nothing.

    A no never lifts anything: it says that this column has no opt-out.

    Raises:
        RefusedError: it can be read neither as a yes nor as a no; the message quotes nothing.
    """
    word = _value(value)
    if column.kind is OptOutKind.STATUS:
        says = _known(word, _STATUS_OUT, _STATUS_IN)
    else:
        named = {_CHANNELS.get(part, "") for part in re.split(r" ?(?:[,;/+&|]| and ) ?", word) if part}
        if named and "" not in named and column.kind is OptOutKind.FLAG:
            return joined({name for name in named if name})
        says = _known(word, _YES, _NO)
        if says is None and _DATE.fullmatch(word):
            says = True
    if says is None:
        raise RefusedError(RequestRefused.INVALID, UNREADABLE)
    if column.kind is OptOutKind.NEGATED:
        # Who was never asked for a consent has not refused it.
        says = not says and word not in _UNANSWERED
    if not says:
        return None
    return DELETED if column.kind is OptOutKind.DELETED else column.channel


def _known(word: str, yes: frozenset[str], no: frozenset[str]) -> bool | None:
    return True if word in yes else False if word in no else None


def joined(channels: set[str]) -> str | None:
    """One word for several; in doubt a person is not written to, so two of three are all."""
    found = sorted(channels - {DELETED})
    if len(found) > 1:
        return "all"
    return found[0] if found else None


def _channel(words: str) -> str:
    named = {name for name, sounds in _NAMED.items() if sounds.search(words)}
    if named:
        return joined(named) or "all"
    return "all" if _WHOLE_PERSON.search(words) else "email"


def _words(name: str) -> str:
    """``HasOptedOutOfEmail`` and ``has_opted_out_of_email`` as ``has opted out of email``."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return _plain(name)


def _plain(text: str) -> str:
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.sub(r"[^0-9a-z]+", " ", bare.casefold()).strip()


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " ".join(str(value).split()).casefold()
    spaced = text.replace("_", " ").replace("-", " ")
    return text if text in _NO or _DATE.fullmatch(text) else " ".join(spaced.split()) if spaced.strip() else text
