"""Addresses of webhooks: one reading for who writes a sequence and for who posts to it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

from sequences.author_messages import shown
from sequences.errors import GrammarError

MOST: Final = 2_000
_AN_ADDRESS: Final = "an address that starts with `https://`, such as `https://hooks.example.com/relance`"
# RFC 1123 section 2.1; the underscore is in names of containers, which resolve inside one host.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True)
class WebAddress:
    """An address that can be posted to.

    Attributes:
        url: in ASCII as far as the host goes, which is in A-labels.
        host: lower case, A-labels; an IPv6 address without brackets.
        port: the one given, or that of the scheme.
    """

    url: str
    host: str
    port: int


def resembles_web_address(text: str) -> bool:
    """The loose test that every published version has passed. What is new is held to ``read_web_address``."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return usable and text.isprintable() and " " not in text and len(text) <= MOST


def read_web_address(text: str, *, login: bool = False) -> WebAddress:
    """Reads an address by RFC 3986 and RFC 9110 section 4.2, and its host by UTS 46 and IDNA 2008.

    Args:
        text: as the author wrote it.
        login: take ``user:password@`` too, as versions that were published long ago may have it.

    Raises:
        GrammarError: nothing could ever be posted there; the message says why.
    """
    if not isinstance(text, str) or not resembles_web_address(text):
        raise GrammarError("This is not a web address.", shown(text), _AN_ADDRESS)
    if "\\" in text:
        raise GrammarError("A web address has no backslash.", shown(text), _AN_ADDRESS)
    parts = urlsplit(text)
    if "@" in parts.netloc and not login:
        # Not shown: it may be a password.
        raise GrammarError(
            "A web address in a sequence must not have a user name or password: every reader of the sequence would "
            "see them.",
            "a name before `@`",
            "only the address; the signature proves that a request is ours",
        )
    host = _host(parts, text)
    shown_host = f"[{host}]" if ":" in host else host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    user = parts.netloc.rpartition("@")[0]
    netloc = (f"{user}@" if user else "") + shown_host + (f":{parts.port}" if parts.port else "")
    return WebAddress(parts._replace(netloc=netloc).geturl(), host, port)


def _host(parts: SplitResult, text: str) -> str:
    raw = parts.netloc.rpartition("@")[2]
    host = parts.hostname or ""
    if raw.startswith("["):
        try:
            address = ipaddress.IPv6Address(host)
        except ValueError:
            address = None
        if address is None or address.scope_id is not None:
            # A scope names an interface of one machine.
            raise GrammarError("This is not an IPv6 address.", shown(text), _AN_ADDRESS)
        return str(address)
    if host.isascii():
        ascii_host = host
    else:
        try:
            ascii_host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise GrammarError("This cannot be a host name.", shown(host), _AN_ADDRESS) from None
    bare = ascii_host.removesuffix(".")
    labels = bare.split(".")
    if len(bare) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise GrammarError("This cannot be a host name.", shown(host), _AN_ADDRESS)
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(bare))
        except ValueError:
            raise GrammarError("This is not an IPv4 address.", shown(host), _AN_ADDRESS) from None
    for label in labels:
        if label.startswith("xn--"):
            try:
                idna.decode(label)
            except idna.IDNAError:
                raise GrammarError("This cannot be a host name.", shown(host), _AN_ADDRESS) from None
    return ascii_host
