"""What a mail means for the one send that it was matched to: that address's fate, and who else is in the thread."""

from __future__ import annotations

from dataclasses import dataclass

from sequences.email_address import email_key
from sequences.inbound.model import Failure, InboundEvent, InboundMail
from sequences.inbound.replies.own_lines import without_own_lines
from sequences.inbound.replies.signature import trim

OTHER_SENDER = "other_sender"
"""Somebody else answers: a colleague, or the person's private address. The sequence stops all the same."""
OTHER_RECIPIENT = "other_recipient"
"""The report names only addresses that we did not write to, such as one of many behind an alias: ours may be alive."""
REPLY_ALL = "reply_all"
"""Others than us got the answer too."""


@dataclass(frozen=True, slots=True)
class ParentMail:
    """Our mail that is answered or reported on.

    Attributes:
        recipient: whom we wrote to.
        sender: from which address we wrote.
        text: that we sent.
        subject: that we sent it under.
    """

    recipient: str
    sender: str
    text: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class AboutSend:
    """A mail, seen from one send.

    Attributes:
        event: what it means for the address that we wrote to.
        status: enhanced status code of that address, or empty.
        reply_text: the author's words without the lines that we sent.
        flags: of the three above.
    """

    event: InboundEvent
    status: str
    reply_text: str
    flags: tuple[str, ...]


def about_send(mail: InboundMail, parent: ParentMail, *, reply_domain: str) -> AboutSend:
    """Narrows a mail down to one send.

    What was taken for a machine's by nothing but a subject that is ours, word for word, is a person's: "Out of office
    cover wanted".

    Args:
        mail: the mail that came in.
        parent: the mail of that send.
        reply_domain: where our signed addresses live.
    """
    recipient, sender = email_key(parent.recipient), email_key(parent.sender)
    own = trim(without_own_lines(mail.reply_text.split("\n"), parent.text)) if mail.reply_text else []
    flags = []
    event = InboundEvent.HUMAN if _by_our_subject(mail, parent.subject) else mail.event
    if event in (InboundEvent.HUMAN, InboundEvent.AUTO_REPLY):
        # Who refuses mail by a filter speaks through the server, which names the address.
        theirs = email_key(mail.sender)
        if recipient not in (theirs, email_key(mail.recipient)):
            flags.append(OTHER_SENDER)
        domains = {_domain(sender), reply_domain.lower()}
        if any(
            address not in (theirs, recipient) and _domain(address) not in domains
            for address in map(email_key, mail.recipients)
        ):
            flags.append(REPLY_ALL)
        return AboutSend(event, mail.status, "\n".join(own), tuple(flags))
    failure = _ours(mail.failures, recipient)
    if failure is not None:
        return AboutSend(failure.event, failure.status, "\n".join(own), ())
    bounced = mail.event in (InboundEvent.HARD_BOUNCE, InboundEvent.SOFT_BOUNCE)
    named = any(each.address for each in mail.failures)
    return AboutSend(mail.event, mail.status, "\n".join(own), (OTHER_RECIPIENT,) if bounced and named else ())


def _by_our_subject(mail: InboundMail, parent_subject: str) -> bool:
    """True when nothing but the subject spoke for a machine, and the subject is ours as we wrote it."""
    said, ours = (" ".join(subject.casefold().split()) for subject in (mail.subject, parent_subject))
    alone = mail.reasons[:1] == ("subject",) or mail.reasons[:2] == ("null_return_path", "bounce_subject")
    return bool(ours) and said == ours and alone


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _ours(failures: tuple[Failure, ...], recipient: str) -> Failure | None:
    for failure in failures:
        if recipient in (email_key(failure.address), email_key(failure.original)):
            return failure
    # A server that rewrites the local part of its own domain and reports what it made of it.
    only = failures[0] if len(failures) == 1 else None
    ours, theirs = _domain(recipient), _domain(email_key(only.address)) if only else ""
    if only and theirs and (ours == theirs or theirs.endswith(f".{ours}") or ours.endswith(f".{theirs}")):
        return only
    return None
