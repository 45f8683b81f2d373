"""Everything that intake does with a mail before it is stored, over generated and mutated mails: nothing raises.

Two thousand here. ``RELANCE_FUZZ_MAILS=100000`` is the full run; ``RELANCE_FUZZ_CORPUS`` names a folder of mails to
mutate beside those of this file, and ``RELANCE_FUZZ_SEED`` where the dice begin.
"""

from __future__ import annotations

import contextlib
import os
import random
import time

import pytest

from sequences.errors import TokenError
from sequences.inbound.about_send import ParentMail, about_send
from sequences.inbound.identity import content_key
from sequences.inbound.opt_out_wish import wish_in_mail
from sequences.inbound.parse import parse_mail
from sequences.reactions.sentiment import concerns
from sequences.reactions.undelivered import undelivered_words
from sequences.tokens import TokenKind, verify
from services.intake.store_inbound import storable
from tests.support.mutated_mails import corpus, mutated

COUNT = int(os.environ.get("RELANCE_FUZZ_MAILS", "2000"))
SEED = int(os.environ.get("RELANCE_FUZZ_SEED", "11"))
# Two seconds on a fast core; what grows with the square takes minutes.
LONGEST = 12.0


def check(raw: bytes) -> None:
    """Everything that intake asks of a mail on its way into the tables."""
    mail = parse_mail(raw)
    key = storable(content_key(raw))
    about = about_send(
        mail,
        ParentMail(
            "s@f.example",
            "dana@a.example",
            "Hi,\nwe have an opening that may suit you.\nTo unsubscribe, reply STOP to this mail.",
        ),
        reply_domain="reply.relance.example",
    )
    for text in (mail.text, about.reply_text):
        wish_in_mail(
            about.reply_text,
            text,
            certain="no_own_words" not in mail.reasons,
            subject=mail.subject,
            parent=ParentMail("", "", "we have an opening that may suit you"),
        )
    concerns(mail.reply_text)
    undelivered_words(mail.reasons, about.event.value, other=False)
    for address in mail.recipients:
        for kind in (TokenKind.REPLY, TokenKind.BOUNCE, TokenKind.UNSUBSCRIBE):
            with contextlib.suppress(TokenError):
                verify(kind, address.rpartition("@")[0], (b"key",))
    kept = (key, mail.sender, mail.text, mail.reply_text, mail.message_id, *mail.references, *mail.reasons)
    for value in map(storable, kept):
        assert "\0" not in value
        value.encode()
    # A key of Postgres' index: 2,704 octets at the most.
    assert len(key.encode()) < 2_700
    if mail.return_date is not None:
        mail.return_date.isoformat()


@pytest.mark.slow
def test_no_mail_breaks_intake_or_costs_much() -> None:
    seeds, slowest = corpus(), 0.0
    for number in range(COUNT):
        dice = random.Random(f"{SEED}:{number}")
        raw = mutated(dice, seeds)
        began = time.process_time()
        try:
            check(raw)
        except Exception as error:
            raise AssertionError(f"mail {number} of seed {SEED}: {raw[:2_000]!r}") from error
        slowest = max(slowest, time.process_time() - began)
    assert slowest < LONGEST
    print(f"{COUNT} mails, {len(seeds)} seeds, the slowest took {slowest:.2f} s")  # noqa: T201 - seen with -s
