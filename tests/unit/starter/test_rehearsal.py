"""What a rehearsal knows of the organisation's secrets: nothing."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from adapters.settings import Settings
from starter.rehearsal.engine import cut_off


def test_a_rehearsal_has_no_secret_of_the_organisation_whatever_it_is_for() -> None:
    secrets = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    assert {"bearer_token", "smtp_password", "mailgun_signing_keys", "inbound_logins"} < set(secrets)
    values: dict[str, Any] = {name: SecretStr("ours") for name in secrets}
    ours = Settings.model_construct(**values, database_url="postgresql://ours/x")
    rehearsed = cut_off(ours, "postgresql://copy/x")
    assert "ours" not in [value.get_secret_value() for name in secrets if (value := getattr(rehearsed, name))]
    assert rehearsed.database_url == "postgresql://copy/x"
    assert all(key for key in rehearsed.hook_keys())
