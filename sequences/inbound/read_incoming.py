"""All that is asked of the bytes of an incoming mail before it is known whose it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sequences.inbound.identity import content_key
from sequences.inbound.model import InboundEvent, InboundMail
from sequences.inbound.opt_out_wish import asking_lines
from sequences.inbound.parse import parse_mail


@dataclass(frozen=True, slots=True)
class IncomingRead:
    """What was read of a mail.

    Attributes:
        key: of its content; see ``content_key``.
        digest: SHA-256 of its bytes, in hexadecimal.
        mail: what it says.
        asking: lines beside the person's words that ask not to be contacted, unless they are ours.
    """

    key: str
    digest: str
    mail: InboundMail
    asking: tuple[str, ...]


def read_incoming(raw: bytes) -> IncomingRead:
    """Reads a mail once, for everybody whom it was sent to.

    Args:
        raw: the mail as it came.
    """
    mail = parse_mail(raw)
    asking = asking_lines(mail.other_words) if mail.event is InboundEvent.HUMAN else ()
    return IncomingRead(content_key(raw), digest_of(raw), mail, asking)


def digest_of(raw: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(raw).hexdigest()
