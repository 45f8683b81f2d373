"""Settings by environment: ``RELANCE_*`` for ours, ``TEMPORAL_*`` as the SDK's own envconfig reads them.

``relance up`` writes ``local.env`` into its data folder, so that a command in another terminal finds the running stack.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sequences.errors import SettingsError
from sequences.slots import parse_limits


def home() -> Path:
    """The data folder of the local stack: ``RELANCE_HOME``, else ``.relance`` here."""
    return Path(os.environ.get("RELANCE_HOME", ".relance")).absolute()


class Settings(BaseSettings):
    """Everything that differs between a laptop and production. Every field is ``RELANCE_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="RELANCE_", extra="ignore")

    database_url: str = Field(repr=False, description="postgresql://user:password@host:port/database")
    public_url: str = Field(default="http://127.0.0.1:8080", description="Base of links in mails and of webhooks.")
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    bearer_token: SecretStr = Field(description="Whoever has it may read and steer.")
    hook_secrets: SecretStr = Field(description="Keys that sign hooks, comma-separated, the newest first.")
    token_keys: SecretStr = Field(
        description="Keys that sign links and reply addresses, comma-separated, newest first."
    )
    organisation_timezone: str = "UTC"
    phone_region: str = Field(default="GB", min_length=2, max_length=2)
    company: str = "Our agency"
    sender_name: str = "Recruiting team"
    sender_address: str = "recruiting@relance.example"
    mail_domain: str = "relance.example"
    reply_domain: str = "reply.relance.example"
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    smtp_timeout: float = Field(default=60.0, gt=0, description="Seconds a mail server may take for an answer.")
    smtp_data_timeout: float = Field(default=600.0, gt=0, description="Seconds for the answer to the final dot.")
    inbound_host: str = "127.0.0.1"
    inbound_port: int = 8024
    inbound_protocol: Literal["lmtp", "smtp"] = "lmtp"
    twilio_account_sid: str = ""
    twilio_auth_tokens: SecretStr = Field(default=SecretStr(""), description="Comma-separated, the newest first.")
    twilio_base_url: str | None = Field(default=None, description="Only for the stand-in of the local stack.")
    sms_sender: str = Field(default="", description="Our number in E.164, or a messaging service's SID.")
    mailbox_limits: str = Field(default="none", description="Of each From address; see sequences.slots.parse_limits.")
    sms_limits: str = Field(default="none", description="Of each sender of texts; written as those of mailboxes.")
    bulk_rate: int = Field(default=20, ge=1, le=1000, description="Runs a second that pause-all and resume-all steer.")
    sentiment_model: str = Field(default="", description="Folder of another model; empty: the one that ships.")
    mail_folder: str = Field(default="", description="Where the local stack keeps the mail that it received.")
    texts_folder: str = Field(default="", description="Where the local stack keeps the texts that it received.")
    standin_url: str = Field(default="", description="The Twilio stand-in of the local stack.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("organisation_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not an IANA time zone such as Europe/London") from error
        return value

    @field_validator("mailbox_limits", "sms_limits")
    @classmethod
    def _readable_limits(cls, value: str) -> str:
        try:
            parse_limits(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("public_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        return value.rstrip("/")

    def keys(self) -> tuple[bytes, ...]:
        """Keys of links and reply addresses, the newest first."""
        return _split(self.token_keys)

    def hook_keys(self) -> tuple[bytes, ...]:
        """Keys of hooks, the newest first."""
        return _split(self.hook_secrets)

    def twilio_tokens(self) -> tuple[str, ...]:
        """Auth tokens of Twilio, the newest first; two during a rotation."""
        return tuple(token.decode() for token in _split(self.twilio_auth_tokens))


def _split(secret: SecretStr) -> tuple[bytes, ...]:
    return tuple(part.strip().encode() for part in secret.get_secret_value().split(",") if part.strip())


def load_settings() -> Settings:
    """Reads the environment, then ``local.env`` of the running local stack.

    Raises:
        SettingsError: a setting is missing or wrong; the message names each with what to do, and never its value.
    """
    local = home() / "local.env"
    try:
        return Settings(_env_file=local if local.exists() else None)
    except ValidationError as error:
        problems = [f"RELANCE_{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
        hint = "start the local stack with `relance up`, or set them in the environment (docs/operations.md lists all)"
        raise SettingsError("; ".join([*problems, hint])) from None
