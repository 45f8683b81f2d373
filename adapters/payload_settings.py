"""Settings: whether payloads in Temporal are encrypted, and who may read them in Temporal's UI."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator

from sequences.access.secret_strength import HOW, weakness


class PayloadSettings(BaseModel):
    """The keys, and the origin of the UI. Part of ``Settings``; the client of Temporal reads it alone."""

    payload_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys that encrypt payloads in Temporal, comma-separated, newest first; empty: not encrypted.",
    )
    codec_origin: str = Field(
        default="",
        description="Origin of the Temporal UI that /codec/decode decrypts for, such as https://temporal.example.com; "
        "empty: nothing is decrypted.",
    )

    @field_validator("payload_keys")
    @classmethod
    def _strong_payload_keys(cls, value: SecretStr) -> SecretStr:
        for key in _parts(value):
            problem = weakness(key)
            if problem is not None:
                raise ValueError(f"{problem}; {HOW}")
        return value

    @field_validator("codec_origin")
    @classmethod
    def _exact_origin(cls, value: str) -> str:
        value = value.strip()
        address = urlsplit(value)
        if value and (address.scheme not in ("http", "https") or value != f"{address.scheme}://{address.netloc}"):
            raise ValueError("not an origin such as https://temporal.agency.example: no path, no slash at the end")
        return value

    def payload_secrets(self) -> tuple[bytes, ...]:
        """The keys as they were chosen, the newest first; empty: payloads are not encrypted."""
        return tuple(key.encode() for key in _parts(self.payload_keys))


def _parts(value: SecretStr) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.get_secret_value().split(",") if part.strip())
