"""By which interface the inbox of a mailbox is read: that of its transport."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.incoming.api.asking import MailboxAsking
from adapters.mail.incoming.api.gmail import GmailSource
from adapters.mail.incoming.api.gmail_push import GmailPush
from adapters.mail.incoming.api.graph import GraphSource
from adapters.mail.incoming.api.graph_push import GraphPush
from adapters.mail.outgoing.kinds import KINDS
from sequences.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.incoming.api.push import MailPush
    from adapters.mail.incoming.api.source import MailSource
    from adapters.mail.xoauth2 import TokenSource

SOURCES: Final[Mapping[str, Callable[[MailboxAsking], MailSource]]] = {"gmail": GmailSource, "graph": GraphSource}
"""By the kind of the transport."""


@dataclass(frozen=True)
class PushAddresses:
    """Where providers tell of new mail.

    Attributes:
        of_mailbox: our address for a mailbox, which Microsoft posts to; None: it can post nowhere.
        topic: of Google's Pub/Sub; empty: none.
    """

    of_mailbox: Callable[[str], str] | None = None
    topic: str = ""


def asking_of(
    kind: str, settings: Mapping[str, Any], address: str, tokens: TokenSource | None, clock: Callable[[], datetime]
) -> MailboxAsking:
    """What asks the provider of a mailbox.

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
    return MailboxAsking(KINDS[kind].label, base_url, address, tokens, clock)


def source_of(
    kind: str, settings: Mapping[str, Any], address: str, tokens: TokenSource | None, clock: Callable[[], datetime]
) -> MailSource:
    """The mailbox at its provider; arguments and errors are those of ``asking_of``."""
    asking = asking_of(kind, settings, address, tokens, clock)
    return SOURCES[kind](asking)


def push_of(
    kind: str, asking: MailboxAsking, mailbox: str, push: PushAddresses, clock: Callable[[], datetime]
) -> MailPush | None:
    """What is asked so that the provider tells of new mail; None: it does not.

    Args:
        kind: of the mailbox's transport.
        asking: of ``asking_of``.
        mailbox: its id.
        push: where providers tell.
        clock: UTC.
    """
    if kind == "graph" and push.of_mailbox is not None:
        return GraphPush(asking, push.of_mailbox(mailbox), clock)
    if kind == "gmail" and push.topic:
        return GmailPush(asking, push.topic)
    return None
