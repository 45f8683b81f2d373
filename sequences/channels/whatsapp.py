"""WhatsApp, by Twilio.

Rules of WhatsApp as Twilio states them (docs/whatsapp/key-concepts): nobody is written to without having agreed to it.
A person's message opens a window of 24 hours in which any words may go. Outside of it only a template that was
approved before may go, named by its ContentSid (``HX...``), with numbered variables.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sequences.channels.sms import SMS
from sequences.channels.spec import ChannelSpec, Consent
from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR

CONTENT: Final = "content"
"""The line of a template's head that names the approved template."""
MOST_VARIABLES: Final = 20
NO_OPT_IN: Final = "no_whatsapp_opt_in"

WHATSAPP: Final = ChannelSpec(
    name="whatsapp",
    label="WhatsApp message",
    noun="a WhatsApp message",
    title="WhatsApp messages",
    address=SMS.address,
    opt_out_words=frozenset({"whatsapp", "whats app", "wa"}),
    hours=LEGAL_QUIET_FLOOR,
    stop_words=True,
    read_before_answer=True,
    consent=Consent("person.whatsapp_opt_in", "person.whatsapp_opt_in_source", NO_OPT_IN),
    head=frozenset({CONTENT, *map(str, range(1, MOST_VARIABLES + 1))}),
    approved_by=CONTENT,
    free_for=timedelta(hours=24),
    by_twilio=True,
    twilio_mark="whatsapp:",
)
