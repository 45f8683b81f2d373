"""What Twilio's answers mean for one text. Twilio's own words are never passed on: they quote the number."""

from __future__ import annotations

import http
import json
from typing import Final

from twilio.base.exceptions import TwilioException

from sequences.errors import PermanentError, RelanceError, UnavailableError
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sms.error_codes import OPTED_OUT, is_known, names_dead_number, words_of

# 20429 too many requests, 21611 the sender's queue at Twilio is full: refused before anything was accepted.
# 63018 the sender's rate at WhatsApp.
_TRY_LATER: Final = frozenset({20429, 21611, 63018})
_LATER: Final = frozenset({http.HTTPStatus.TOO_MANY_REQUESTS, http.HTTPStatus.REQUEST_TIMEOUT})


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
        retry_after=retry_after if verdict is TransportVerdict.RETRY else None,
        opted_out=verdict is TransportVerdict.FAILED and code == OPTED_OUT,
        bad_address=verdict is TransportVerdict.FAILED and names_dead_number(code),
    )


def lookup_error(error: TwilioException) -> RelanceError:
    """What to raise when a look-up failed; reading again later is always safe."""
    # For a list the SDK wraps the whole response into a nameless exception, whatever it was.
    response = error.args[1] if len(error.args) > 1 else None
    status = getattr(error, "status", None) or getattr(response, "status_code", None)
    if not isinstance(status, int):
        return UnavailableError(f"Twilio's answer to a look-up of an SMS could not be read: {type(error).__name__}")
    code = getattr(error, "code", None) or _code_in(getattr(response, "text", ""))
    reason = _refusal(status, code if isinstance(code, int) else status)
    if status >= 500 or status in _LATER:
        return UnavailableError(f"Twilio did not answer a look-up of an SMS: {reason}")
    return PermanentError(f"Twilio refused to look up an SMS: {reason}")


def _code_in(text: str) -> int | None:
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer.get("code") if isinstance(answer, dict) else None


def _verdict(status: int, code: int) -> TransportVerdict:
    if status >= 500:
        # Twilio's 20500 page says it: the message may have been made before the server failed.
        return TransportVerdict.UNKNOWN
    if status in _LATER or code in _TRY_LATER:
        return TransportVerdict.RETRY
    return TransportVerdict.FAILED


def _reason(status: int, code: int) -> str:
    if status >= 500:
        return f"Twilio failed with HTTP {status}; the SMS may have been accepted"
    return words_of(code) if is_known(code) else f"Twilio refused the SMS ({_refusal(status, code)})"


def _refusal(status: int, code: int) -> str:
    return words_of(code) if is_known(code) else f"HTTP {status}, error {code}"
