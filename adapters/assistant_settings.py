"""What ``relance mcp`` reads: where the server is, and the token that it acts by."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr, field_validator

from adapters.settings_source import read_part
from adapters.sign_in_settings import is_safe_address

HOW = "`relance token create assistant --scope read --scope draft` makes one; `--scope read` alone only reads"


class AssistantSettings(BaseModel):
    """Both by environment: ``RELANCE_TOKEN`` and ``RELANCE_URL``."""

    token: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="Token of the API that an assistant acts by."
    )
    url: str = Field(default="http://127.0.0.1:8080", description="Where `relance serve` answers an assistant.")

    @field_validator("token")
    @classmethod
    def _given(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise ValueError(f"empty; {HOW}")
        return SecretStr(value.get_secret_value().strip())

    @field_validator("url")
    @classmethod
    def _safe(cls, value: str) -> str:
        if not is_safe_address(value):
            raise ValueError("not an https address; the token may travel without TLS on this machine only")
        return value.rstrip("/")


def load_assistant_settings() -> AssistantSettings:
    """Reads them.

    Raises:
        SettingsError: there is no token, or the address is not safe.
    """
    return read_part(AssistantSettings)
