"""E-mail addresses and host names: what is one, how two spellings are compared, and what an address needs on its way.

An address is an addr-spec (RFC 5321 section 4.1.2, RFC 5322 section 3.4.1) whose domain is a host name in DNS: IDNA
2008 with the mapping of UTS 46 (non-transitional: ``straße.example`` is not ``strasse.example``). Nothing here guesses:
what merely holds an address (``mailto:a@x.example``, ``a@x.example;``) is refused with a word about what it looks like,
and never turned into another address.

Refused although RFC 5321 knows them: quoted local parts that need their quotes, domain literals, domains without a dot.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import idna

from sequences.errors import RefusedError
from sequences.phone import to_e164

_MOST_LOCAL = 64  # octets, RFC 5321 section 4.5.3.1.1
_MOST = 254  # octets of the whole address: a path of 256 with its angle brackets, section 4.5.3.1.3
_MOST_HOST = 253
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_QUOTED = re.compile(r'"([^"\\]*)"')
# What copying leaves around an address: it is no part of it, and nobody sees it.
_AROUND = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
_JOINERS = "\u200c\u200d"  # IDNA knows where they may stand (RFC 5892, CONTEXTJ)


class AddressProblem(enum.StrEnum):
    """Why a text is no address that mail can be sent to."""

    MISSING = "missing"
    SEVERAL = "several"
    WRAPPED = "wrapped"
    NO_AT = "no_at"
    PUNCTUATION = "punctuation"
    INVISIBLE = "invisible"
    QUOTED = "quoted"
    LITERAL = "literal"
    LOCAL = "local"
    DOMAIN = "domain"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Email:
    """An address that mail can be sent to.

    Attributes:
        local: the part before the ``@`` as it was written, in NFC (RFC 6530 section 10.1); needless quotes are gone.
        domain: A-labels, lower case.
    """

    local: str
    domain: str

    @property
    def wire(self) -> str:
        """As it travels in a header and in an SMTP command."""
        return f"{self.local}@{self.domain}"

    @property
    def key(self) -> str:
        """The form in which two spellings are compared: lower case, A-labels. Dots and ``+tags`` are left alone."""
        return f"{_folded(self.local)}@{self.domain}"


@dataclass(frozen=True, slots=True)
class BadEmail:
    """A text that is no address. ``words`` say why, without quoting it."""

    problem: AddressProblem
    words: str


def read_email(text: object) -> Email | BadEmail:
    """Reads what somebody wrote as an address. Blanks and invisible characters around it do not count.

    Never raises, whatever the text.
    """
    written = trimmed(text) if isinstance(text, str) else ""
    if not written:
        return BadEmail(AddressProblem.MISSING, "it is empty")
    return _read(written) if len(written) <= _MOST else _read.__wrapped__(written)


@lru_cache(maxsize=2048)  # a mail on its way out asks for the same few again and again
def _read(written: str) -> Email | BadEmail:
    bad = _not_alone(written)
    if bad is not None:
        return bad
    local, _, host = written.rpartition("@")
    local = unicodedata.normalize("NFC", local)
    quoted = _QUOTED.fullmatch(local)
    if quoted is not None:
        # RFC 5321 section 4.1.2: quotes around a dot-string say nothing; it is the same mailbox.
        local = quoted[1]
    if _bad_local(local):
        if quoted is not None or '"' in local:
            return BadEmail(AddressProblem.QUOTED, "a quoted name before the @ is not supported")
        return BadEmail(AddressProblem.LOCAL, "the part before the @ is not the name of a mailbox")
    if host.startswith("["):
        return BadEmail(AddressProblem.LITERAL, "it has an IP address after the @ instead of a domain")
    domain = ascii_host(host)
    if domain is None or "." not in domain or domain.rpartition(".")[2].isdigit():
        return BadEmail(AddressProblem.DOMAIN, "the part after the @ is not a domain")
    if len(local.encode()) > _MOST_LOCAL or len(local.encode()) + len(domain) + 1 > _MOST:
        return BadEmail(AddressProblem.LONG, "it is too long for an address")
    return Email(local, domain)


def email_problem(text: object) -> str | None:
    """Why mail cannot be sent to ``text``, in words that quote nothing, or None."""
    found = read_email(text)
    return found.words if isinstance(found, BadEmail) else None


def email_key(text: str) -> str:
    """The form in which an address is compared and suppressed; of a text that is no address, the text folded.

    Folding it again changes nothing. Never raises.
    """
    found = read_email(text)
    if isinstance(found, Email):
        return found.key
    folded = _folded(trimmed(text))
    return folded if folded == text else email_key(folded)


def phone_key(text: str, region: str | None) -> str:
    """A number as E.164; of a text that is no number, the text without blanks around. Never raises.

    Args:
        text: as the CRM or a person wrote it.
        region: ISO 3166-1 alpha-2 country whose national form is meant, or None.
    """
    try:
        return to_e164(text, region)
    except RefusedError:
        return trimmed(text)


def address_key(text: str, region: str | None = None) -> str:
    """The compared form of what may be an e-mail address or a number: with an ``@`` it is the former."""
    return email_key(text) if "@" in text or "＠" in text else phone_key(text, region)


def trimmed(text: str) -> str:
    """``text`` without the blanks and invisible characters around it."""
    while (shorter := text.strip().strip(_AROUND)) != text:
        text = shorter
    return text


def ascii_host(host: str) -> str | None:
    """A host name as DNS has it: A-labels (IDNA 2008, UTS 46), lower case; None for what is no host name.

    Labels that are ASCII already need only be letters, digits and hyphens (RFC 1123): some hosts have two hyphens where
    IDNA allows none.
    """
    if not host.isascii():
        try:
            host = idna.encode(_mapped(host), uts46=False).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    host = host.lower()
    labels = host.split(".")
    if len(host) > _MOST_HOST or not all(map(_LABEL.fullmatch, labels)):
        return None
    return host if all(_is_sound(label) for label in labels if label.startswith("xn--")) else None


def _mapped(host: str) -> str:
    # Characters that the mapping would drop without a trace make another name of it.
    if any(unicodedata.category(sign) in ("Cf", "Cc", "Zs") and sign not in _JOINERS for sign in host):
        raise idna.IDNAError("an invisible character")
    return idna.uts46_remap(host, std3_rules=True, transitional=False)


def _is_sound(label: str) -> bool:
    """An A-label that stands for something."""
    try:
        idna.ulabel(label)
    except (idna.IDNAError, UnicodeError):
        return False
    return True


def _folded(text: str) -> str:
    while (folded := unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())) != text:
        text = folded
    return text


def _bad_local(local: str) -> bool:
    return not all(_is_atom(part) for part in local.split("."))


def _is_atom(part: str) -> bool:
    if part.isascii():
        return _ATOM.fullmatch(part) is not None
    # RFC 6531 section 3.3: atext and any UTF-8 that is not ASCII; what cannot be seen or stored is no part of a name.
    ascii_only = "".join(sign if sign.isascii() else "x" for sign in part)
    return _ATOM.fullmatch(ascii_only) is not None and not any(map(_unseen, part))


def _unseen(sign: str) -> bool:
    return not sign.isascii() and unicodedata.category(sign)[0] in "CZ"


def _not_alone(written: str) -> BadEmail | None:
    """What shows that a text holds more than one bare address."""
    bare = written.replace("＠", "@").replace("﹫", "@")
    if bare.count("@") > 1:
        return BadEmail(AddressProblem.SEVERAL, "it looks like two addresses")
    if written.lower().startswith("mailto:"):
        return BadEmail(AddressProblem.WRAPPED, "it is a link (mailto:), not only the address")
    if "<" in written or ">" in written:
        return BadEmail(AddressProblem.WRAPPED, "it has angle brackets or a name around the address")
    if len(written) > 1 and written[0] == written[-1] and written[0] in "\"'`":
        return BadEmail(AddressProblem.WRAPPED, "it is in quotes")
    if "(" in written or ")" in written:
        return BadEmail(AddressProblem.WRAPPED, "it contains a note in brackets")
    if "@" not in written:
        words = "its @ is not the plain character" if "@" in bare else "there is no @ in it"
        return BadEmail(AddressProblem.NO_AT, words)
    host = written.rpartition("@")[2]
    if any(sign in host for sign in ",;:") and not host.startswith("["):
        return BadEmail(AddressProblem.PUNCTUATION, "it has a comma, a colon or a semicolon after the @")
    if written.isascii() and written.isprintable() and " " not in written:
        return None  # of nearly all, and known at once
    hidden = [
        sign for sign in written if sign.isspace() or unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp")
    ]
    if any(sign not in _JOINERS or sign not in host for sign in hidden) and '"' not in written:
        return BadEmail(AddressProblem.INVISIBLE, "it contains a space or an invisible character")
    return None
