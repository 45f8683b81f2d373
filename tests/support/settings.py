"""Settings read the environment and check every value, for 20 ms of a processor: of the same values, once a process."""

from __future__ import annotations

import os
from typing import Any

from adapters.settings import Settings

SECRET = "a-secret-for-tests"
"""What a secret of the settings has to look like, where it does not matter."""
SECRETS: dict[str, Any] = {"bearer_token": SECRET, "hook_secrets": SECRET, "token_keys": SECRET}

# Each test has a database and a mail server of its own.
_OWN = ("database_url", "smtp_port")
_KEPT: dict[str, Settings] = {}


def settings_of(**values: Any) -> Settings:
    """As ``Settings`` makes them."""
    own = {name: values[name] for name in _OWN if name in values}
    common = {name: value for name, value in values.items() if name not in own}
    environment = {name: value for name, value in os.environ.items() if name.startswith("RELANCE_")}
    key = repr((sorted(own), sorted(common.items()), sorted(environment.items())))
    if key not in _KEPT:
        _KEPT[key] = Settings(**values)
    return _KEPT[key].model_copy(update=own)


SECRET_VARIABLES = {
    f"RELANCE_{name.upper()}" for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)
} | {"TEMPORAL_API_KEY"}
"""What is never written into a file of the repository."""
