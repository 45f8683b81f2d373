"""How the stand-in behaves: who may use it, where it calls back, and what it is told to do wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StandInFaults:
    """What goes wrong, as it does with the real provider.

    Attributes:
        lose_request: drop the connection before anything was accepted, which the client cannot tell from a lost answer.
        answer_last: answer a create only after every callback about it was made.
        delay_seconds: wait before an answer to a create, after the text was accepted.
        lose_answer: accept the text, then drop the connection instead of answering.
        answer_status: answer a create with this HTTP status (429, 500, 503) instead of 201.
        retry_after: seconds in the ``Retry-After`` header beside ``answer_status``.
        accept_anyway: with ``answer_status``: the text was accepted all the same, as after a late failure at Twilio.
        times: how many creates the faults above hit; None for all.
        duplicate_callbacks: send every status callback twice.
        reorder_callbacks: send the status callbacks last first.
        lose_callbacks: make none, as when our hooks cannot be reached.
        final_status: where a text ends: ``delivered``, ``undelivered`` or ``failed``.
        final_error: Twilio's error code beside ``undelivered`` or ``failed``.
        dead_numbers: recipients whose texts end as ``undelivered``, each with its error code.
    """

    lose_request: bool = False
    answer_last: bool = False
    delay_seconds: float = 0.0
    lose_answer: bool = False
    answer_status: int | None = None
    retry_after: int | None = None
    accept_anyway: bool = False
    times: int | None = None
    duplicate_callbacks: bool = False
    reorder_callbacks: bool = False
    lose_callbacks: bool = False
    final_status: str = "delivered"
    final_error: int | None = None
    dead_numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandInSettings:
    """Where the stand-in listens and calls.

    Attributes:
        account_sid: the only account it knows, ``AC`` and 32 hexadecimal digits.
        auth_token: password of its API and key of its signatures.
        folder: where what it accepted is kept.
        inbound_url: the public URL that gets people's texts, or None when nobody listens.
        host: address to listen on.
        port: 0 picks a free one.
        service_number: the number from which a messaging service (``MG...``) texts.
        callback_delay: seconds between two status callbacks of one text.
        advanced_opt_out: send ``OptOutType`` with STOP, START and HELP, as Advanced Opt-Out does.
        signing_key: a SharedKey of the Webhooks configuration API: webhooks are then signed with it by HMAC-SHA256, and
            not with the token.
        confirm_opt_out: answer STOP, START and HELP by a text of the provider's own, as Twilio does.
        contents: words of approved templates by their ContentSid, with ``{{1}}`` where a variable goes.
        faults: see ``StandInFaults``.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    folder: Path
    inbound_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    service_number: str = "+15005550006"
    callback_delay: float = 0.0
    advanced_opt_out: bool = False
    confirm_opt_out: bool = True
    signing_key: str | None = field(default=None, repr=False)
    contents: Mapping[str, str] = field(default_factory=dict)
    faults: StandInFaults = StandInFaults()
