"""By which interface the inbox of a mailbox is read: that of its transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.incoming.api.asking import MailboxAsking
from adapters.mail.incoming.api.gmail import GmailSource
from adapters.mail.incoming.api.graph import GraphSource
from adapters.mail.outgoing.kinds import KINDS
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.incoming.api.source import MailSource
    from adapters.mail.xoauth2 import TokenSource

SOURCES: Final[Mapping[str, Callable[[MailboxAsking], MailSource]]] = {"gmail": GmailSource, "graph": GraphSource}
"""By the kind of the transport."""


def source_of(
    kind: str, settings: Mapping[str, Any], address: str, tokens: TokenSource | None, clock: Callable[[], datetime]
) -> MailSource:
    """The mailbox at its provider.

    Args:
        kind: of its transport.
        settings: of its transport, as they are stored.
        address: of the mailbox.
        tokens: where its tokens come from.
        clock: UTC.

    Raises:
        SettingsError: that transport has no interface to read by, or nothing yields tokens.
    """
    if kind not in SOURCES or tokens is None:
        raise SettingsError(f"an inbox is read by an interface only with the transports {', '.join(SOURCES)}")
    base_url: str = KINDS[kind].checked(settings)["base_url"]
    return SOURCES[kind](MailboxAsking(KINDS[kind].label, base_url, address, tokens, clock))
