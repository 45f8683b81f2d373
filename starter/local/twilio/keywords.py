"""What Twilio answers by itself to the keywords of its own opt-out."""

from __future__ import annotations

from typing import Final

from sequences.sms.keywords import Keyword

CONFIRMATIONS: Final = {
    Keyword.STOP: "You are unsubscribed and will get no more messages from this number. Reply START to resubscribe.",
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    Keyword.START: "You are subscribed again to messages from this number. Reply STOP to unsubscribe.",
}
