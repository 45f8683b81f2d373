"""Record changes to the hook of the CRM, signed."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relance.client.models import CrmEvent


def signed_event(event: CrmEvent, secret: str, at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request to ``/hooks/crm``.

    Args:
        event: the changes; the same ``event_id`` again gets the same answer.
        secret: one of ``RELANCE_HOOK_SECRETS``.
        at: unix seconds; None: now. The server takes 5 minutes of difference.
    """
    body = event.model_dump_json(by_alias=True, exclude_unset=True).encode()
    stamp = str(int(time.time() if at is None else at))
    signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return body, {
        "Content-Type": "application/json",
        "X-Relance-Timestamp": stamp,
        "X-Relance-Signature": f"sha256={signature}",
    }
