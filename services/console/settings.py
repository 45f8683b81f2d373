"""The settings as pages show them: what comes from the environment, and never the value of a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from sequences.retention import RetentionClass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.settings import Settings

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "organisation": (
        *("company", "public_url", "organisation_timezone", "language", "phone_region", "sender_name"),
        *("sender_address", "mail_domain", "reply_domain", "footer", "topics", "colour", "logo_file"),
    ),
    "console": (
        *("people_visible", "confirm_above", "oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_name"),
        *("oidc_roles", "oidc_groups_claim", "temporal_ui_url"),
    ),
    "mail": (
        *("smtp_host", "smtp_port", "smtp_username", "smtp_password", "smtp_token", "smtp_token_command", "smtp_tls"),
        *("smtp_ca_file", "smtp_timeout", "smtp_data_timeout", "dkim_keys", "mailbox_limits", "mailbox_fallback"),
        *("soft_bounces", "sent_folders", "unknown_after", "google_client_id", "google_client_secret"),
        *("google_issuer", "microsoft_client_id", "microsoft_client_secret", "microsoft_tenant", "microsoft_issuer"),
    ),
    "incoming": (
        *("inbound_host", "inbound_port", "inbound_protocol", "inbound_max_bytes", "imap_mailboxes", "imap_login"),
        *("imap_secrets", "imap_token_command", "imap_ca_file", "imap_poll", "imap_max_age", "imap_mark_seen"),
        *("authserv_id", "mailgun_signing_keys", "inbound_logins", "ses_topics", "replies", "digest_at"),
        *("calendly_signing_keys", "cal_com_secrets", "gmail_push_topic", "gmail_push_account"),
    ),
    "texts": (
        *("twilio_account_sid", "twilio_auth_tokens", "sms_sender", "sms_limits", "sms_opt_out_line"),
        "whatsapp_sender",
        "sms_segments_warn",
    ),
    "connections": (
        *("bearer_token", "hook_secrets", "token_keys", "webhook_timeout", "webhook_networks", "deliver_for"),
        *("echo_window", "uploads_folder", "upload_megabytes", "opt_out_journal"),
        *("crm_file", "crm_secret", "crm_password", "crm_poll", "mcp", "mcp_hosts"),
    ),
    "sentiment": (
        *("sentiment_model", "sentiment_encoder", "sentiment_labels", "sentiment_threshold", "sentiment_languages"),
        *("sentiment_multilingual", "sentiment_hub", "sentiment_precision"),
    ),
    "server": (
        *("database_url", "http_host", "http_port", "scan_at", "bulk_rate", "cached_runs", "operator", "log_level"),
        *("log_format", "metrics_host", "metrics_port", "open_rate", "build_id", "deployment"),
        *("payload_keys", "codec_origin"),
    ),
    "retention": tuple(f"retain_{kind}" for kind in RetentionClass),
}
"""The settings of each part of the page, by their names."""
ELSEWHERE: Final = frozenset({"custom_fields", "twilio_base_url", "mail_folder", "texts_folder", "standin_url"})
"""Shown as a list of their own, or only used by the local stack."""


@dataclass(frozen=True)
class SettingLine:
    """One setting.

    Attributes:
        variable: of the environment.
        about: what it means.
        value: as text; empty where nothing is set, or where it is secret.
        is_secret: only whether it is set is known.
        is_set: it has a value, its own or the default.
        is_default: nobody set it.
    """

    variable: str
    about: str
    value: str
    is_secret: bool
    is_set: bool
    is_default: bool


def setting_lines(settings: Settings, group: str) -> Sequence[SettingLine]:
    """The settings of a part.

    Raises:
        KeyError: there is no such part.
    """
    return tuple(_line(settings, name) for name in GROUPS[group])


def _line(settings: Settings, name: str) -> SettingLine:
    field, value = type(settings).model_fields[name], getattr(settings, name)
    # What is kept out of logs, such as addresses of servers with their logins, is no less secret here.
    secret = isinstance(value, SecretStr) or "SecretStr" in str(field.annotation) or field.repr is False
    bare = value.get_secret_value() if isinstance(value, SecretStr) else value
    return SettingLine(
        variable=f"RELANCE_{name.upper()}",
        about=field.description or "",
        value="" if secret or bare is None else str(bare),
        is_secret=secret,
        is_set=bare not in (None, ""),
        is_default=not field.is_required() and bare == _default(field.default),
    )


def _default(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
