"""Which kind of mail it is. The order matters: complaint, bounce, delay, auto-reply, human."""

from __future__ import annotations

from collections.abc import Callable

from sequences.inbound.absence.auto_reply import auto_reply_header, read_auto_reply
from sequences.inbound.mime.body import Mail
from sequences.inbound.model import InboundEvent, MailReading
from sequences.inbound.reports.bounce import read_bounce
from sequences.inbound.reports.complaint import read_complaint
from sequences.inbound.reports.receipts import read_receipt_text


def classify(mail: Mail, text: str, own_words: Callable[[], str]) -> MailReading:
    """The first reader that knows the mail decides; a mail that none knows is a human's.

    Args:
        mail: the mail, taken apart.
        text: its full text, for the return date of an absence.
        own_words: finds the text without what it quotes. A report has no author whose words are to be found, and most
            mails of machines are reports.
    """
    automatic = auto_reply_header(mail.headers)
    verdict = (
        read_complaint(mail)
        or read_bounce(mail, automatic=bool(automatic))
        or read_receipt_text(mail, text)
        or read_auto_reply(mail, text, own_words(), automatic)
    )
    return verdict or MailReading(InboundEvent.HUMAN, ("human",))
