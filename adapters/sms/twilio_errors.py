"""What Twilio's answers mean for one text. Twilio's own words are never passed on: they quote the number."""

from __future__ import annotations

import http
from typing import Final

from sequences.outbound import TransportOutcome, Verdict

OPTED_OUT: Final = 21610
# 21211 no such number, 21614 and 21635 a line that cannot receive texts.
_BAD_ADDRESS: Final = frozenset({21211, 21614, 21635})
# 20429 too many requests, 21611 the sender's queue at Twilio is full: refused before anything was accepted.
_TRY_LATER: Final = frozenset({20429, 21611})

_REASONS: Final = {
    20003: "Twilio refused our credentials",
    20404: "Twilio does not know this account or resource",
    20429: "Twilio asks us to slow down",
    21211: "Twilio says that the recipient's number is not valid",
    21212: "Twilio says that the sender's number is not valid",
    21408: "our account may not text this country",
    21602: "the text has no body",
    21603: "no sender was given",
    21604: "no recipient was given",
    21606: "the sender's number cannot send texts to this recipient",
    21608: "a trial account may only text verified numbers",
    21609: "Twilio does not accept our status callback URL",
    21610: "the recipient opted out of texts from this sender",
    21611: "the sender's queue at Twilio is full",
    21612: "Twilio has no route from this sender to this recipient",
    21614: "the recipient's number cannot receive texts",
    21617: "the text is longer than 1,600 characters",
    21635: "the recipient's number is a landline",
}


def outcome_of_refusal(status: int, code: int, retry_after: float | None) -> TransportOutcome:
    """Maps an HTTP answer that is not 2xx to an outcome.

    Args:
        status: the HTTP status.
        code: Twilio's error code; the HTTP status again when the answer held none.
        retry_after: seconds, when the answer had a ``Retry-After``.
    """
    verdict = _verdict(status, code)
    return TransportOutcome(
        verdict=verdict,
        stage="http",
        code=str(code),
        reason=_reason(status, code),
        retry_after=retry_after if verdict is Verdict.RETRY else None,
        opted_out=verdict is Verdict.FAILED and code == OPTED_OUT,
        bad_address=verdict is Verdict.FAILED and code in _BAD_ADDRESS,
    )


def _verdict(status: int, code: int) -> Verdict:
    if status >= 500:
        # Twilio's 20500 page says it: the message may have been made before the server failed.
        return Verdict.UNKNOWN
    if status in {http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.REQUEST_TIMEOUT} or code in _TRY_LATER:
        return Verdict.RETRY
    return Verdict.FAILED


def _reason(status: int, code: int) -> str:
    if status >= 500:
        return f"Twilio failed with HTTP {status}; the text may have been accepted"
    return _REASONS.get(code, f"Twilio refused the text (HTTP {status}, error {code})")
