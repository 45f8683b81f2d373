"""The keys of a local stack: made once, kept in its data folder, readable by its owner only."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from adapters.private_files import FOLDER, create_private


@dataclass(frozen=True)
class LocalSecrets:
    """What production takes from its secret store."""

    bearer_token: str
    hook_secret: str
    token_key: str
    twilio_account_sid: str
    twilio_auth_token: str

    @classmethod
    def of(cls, folder: Path) -> LocalSecrets:
        """Reads those of ``folder``, or makes them."""
        file = folder / "secrets.json"
        if file.exists():
            return cls(**json.loads(file.read_text()))
        made = cls(
            bearer_token=secrets.token_urlsafe(24),
            hook_secret=secrets.token_urlsafe(32),
            token_key=secrets.token_urlsafe(32),
            twilio_account_sid=f"AC{secrets.token_hex(16)}",
            twilio_auth_token=secrets.token_hex(16),
        )
        folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        create_private(file, json.dumps(asdict(made)).encode())
        return made
