"""What an HTTP status means for a mail, at every provider. Their own words are not passed on: they quote addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sequences.sending.deliveries import asked_wait
from sequences.sending.outcome import TransportOutcome, TransportVerdict

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.outgoing.http.exchange import HttpAnswer

BUSY: Final = 429
_UNAVAILABLE: Final = 503
_TIMED_OUT: Final = 408
_TOO_LARGE: Final = 413
_STAGE: Final = "http"


def accepted(ident: str | None) -> TransportOutcome:
    """The provider has it; ``ident`` is its id of the mail."""
    return TransportOutcome(TransportVerdict.ACCEPTED, _STAGE, None, "accepted", provider_message_id=ident or None)


def unreadable(provider: str, status: int) -> TransportOutcome:
    """It says yes, and not as it should: it may have the mail."""
    reason = f"an invalid answer from {provider} after the request was handed over"
    return TransportOutcome(TransportVerdict.UNKNOWN, _STAGE, str(status), reason)


def nothing_sent(outcome: TransportOutcome) -> TransportOutcome:
    """What went wrong before the provider was asked to send anything: a doubt about that is none about the mail."""
    if outcome.verdict is not TransportVerdict.UNKNOWN:
        return outcome
    return replace(outcome, verdict=TransportVerdict.RETRY, away=True)


def refused(code: str, reason: str, *, bad_address: bool = False) -> TransportOutcome:
    """It will not take this mail, however often it is asked."""
    return TransportOutcome(TransportVerdict.FAILED, _STAGE, code, reason, bad_address=bad_address)


def may_not_send(provider: str, code: str, why: str) -> TransportOutcome:
    """It does not let us send anything: mails must survive an expired key, as an expired password."""
    reason = f"{provider} does not let us send ({code}): {why}"
    return TransportOutcome(TransportVerdict.RETRY, "auth", code, reason, away=True)


def asks_to_wait(provider: str, answer: HttpAnswer, now: datetime, *, wait: float | None = None) -> TransportOutcome:
    """It wants less from us.

    Args:
        provider: for people.
        answer: with ``Retry-After``, where it says for how long.
        now: UTC.
        wait: seconds, where the answer says it elsewhere.
    """
    return TransportOutcome(
        TransportVerdict.RETRY,
        _STAGE,
        str(BUSY),
        f"{provider} asks to send less",
        retry_after=wait or _wait(answer, now),
    )


def judge_status(provider: str, answer: HttpAnswer, now: datetime, code: str = "") -> TransportOutcome:
    """Any answer that is not the one that the provider's contract promises.

    A 5xx is UNKNOWN: the mail may have been taken before something failed behind it, such as at 502 and 504. The
    exception is 503 with ``Retry-After``, by which a server says that it handled nothing (RFC 9110 section 15.6.4).

    Args:
        provider: for people.
        answer: its answer.
        now: UTC.
        code: the provider's own code, a word or a number without values; empty: it said none.
    """
    status = answer.status
    said = f"{status} {code}".strip()
    if 200 <= status < 300:
        return unreadable(provider, status)
    if status in (401, 403):
        return may_not_send(provider, said, "the key or the token of the mailbox, or its rights, are wrong")
    if status == BUSY:
        return asks_to_wait(provider, answer, now)
    if status == _TIMED_OUT or (status == _UNAVAILABLE and _wait(answer, now) is not None):
        reason = f"{provider} cannot take mail now ({said})"
        return TransportOutcome(TransportVerdict.RETRY, _STAGE, said, reason, retry_after=_wait(answer, now), away=True)
    if status >= 500:
        reason = f"{provider} failed with {said}: it may have taken the mail"
        return TransportOutcome(TransportVerdict.UNKNOWN, _STAGE, said, reason)
    if status < 400:
        reason = f"{provider} answers {status} instead of taking the mail; look at its address"
        return TransportOutcome(TransportVerdict.RETRY, _STAGE, said, reason, away=True)
    if status == _TOO_LARGE:
        return refused(said, f"{provider} refuses a mail of that size")
    return refused(said, f"{provider} refused the mail ({said})")


def _wait(answer: HttpAnswer, now: datetime) -> float | None:
    wait = asked_wait(answer.headers.get("retry-after", ""), now)
    return wait.total_seconds() if wait is not None else None
