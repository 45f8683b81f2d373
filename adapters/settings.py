"""Settings by environment: ``RELANCE_*`` for ours, ``TEMPORAL_*`` as the SDK's own envconfig reads them.

``relance up`` writes ``local.env`` into its data folder, so that a command in another terminal finds the running stack.
"""

from __future__ import annotations

import re
import ssl
from datetime import time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from adapters.authoring_settings import AuthoringSettings
from adapters.connection_settings import ConnectionSettings
from adapters.mail.incoming.imap_account import parse_folders
from adapters.mail_oauth_settings import MailOAuthSettings
from adapters.mail_push_settings import MailPushSettings
from adapters.mcp_settings import McpSettings
from adapters.operating_settings import OperatingSettings
from adapters.payload_settings import PayloadSettings
from adapters.retention_settings import RetentionSettings
from adapters.sentiment.settings import SentimentSettings
from adapters.settings_source import read_settings
from adapters.sign_in_settings import SignInSettings
from sequences.access.role import PeopleVisible
from sequences.access.secret_strength import HOW, weakness
from sequences.definition.clock_text import parse_clock
from sequences.email_address import ascii_host, email_problem, trimmed
from sequences.errors import GrammarError, SettingsError
from sequences.mailboxes.own_mailbox import MailboxFallback
from sequences.planning.wallclock import clock_of
from sequences.reactions.soft_bounces import parse_bounce_limit
from sequences.replies.way import RepliesBy
from sequences.sending.callable_networks import parse_networks
from sequences.sending.slots import parse_limits
from sequences.sending.tracked_links import as_location
from sequences.sms.opt_out_line import DEFAULT_LINE, parse_lines

LOGO_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")
MAX_LOGO = 200 * 1024


class SentimentWorkerSettings(SentimentSettings, OperatingSettings, PayloadSettings, ConnectionSettings):
    """All that a process reads which only judges replies: no key, no login and no address of anybody."""

    model_config = SettingsConfigDict(env_prefix="RELANCE_", extra="ignore")


class Settings(
    SentimentSettings,
    AuthoringSettings,
    SignInSettings,
    MailOAuthSettings,
    MailPushSettings,
    McpSettings,
    OperatingSettings,
    RetentionSettings,
    PayloadSettings,
    ConnectionSettings,
):
    """Everything that differs between a laptop and production. Every field is ``RELANCE_<NAME>`` in the environment."""

    model_config = SettingsConfigDict(env_prefix="RELANCE_", extra="ignore")

    public_url: str = Field(default="http://127.0.0.1:8080", description="Base URL of links in mails and of webhooks.")
    http_host: str = Field(default="127.0.0.1", description="Address on which the hooks listen.")
    http_port: int = Field(default=8080, description="Its port.")
    bearer_token: SecretStr | None = Field(
        default=None,
        description="Tokens that give full access to the API, comma-separated, newest first; named ones are better.",
    )
    hook_secrets: SecretStr = Field(description="Keys that sign hooks, comma-separated, newest first.")
    token_keys: SecretStr = Field(
        description="Keys that sign links and reply addresses, comma-separated, newest first."
    )
    organisation_timezone: str = Field(default="UTC", description="Fallback time zone, an IANA name.")
    language: str = Field(default="en", description="ISO code for dates and amounts when a person has none.")
    people_visible: PeopleVisible = Field(
        default=PeopleVisible.ALL,
        description="Whose people recruiters see in the console: own, team or all.",
    )
    temporal_ui_url: str = Field(
        default="",
        description="The namespace in the Temporal UI, such as http://127.0.0.1:8233/namespaces/default: runs in the "
        "console link to it. Empty: no links.",
    )
    company: str = Field(default="Our agency", description="Our company, for templates and the unsubscribe page.")
    colour: str = Field(default="", description="Our colour on pages, such as #14532d.")
    logo_file: str = Field(default="", description="PNG, JPEG, GIF or WebP of at most 200 kB, shown on pages.")
    uploads_folder: str = Field(
        default="", description="Folder for files that come by forms, not under a web root; empty: none are taken."
    )
    opt_out_journal: str = Field(
        default="",
        description="File to which relance serve writes opt-outs and erasures, on another disk than Postgres; a "
        "restore brings back those that the backup lacks. Empty: none.",
    )
    upload_megabytes: int = Field(default=10, ge=1, le=100, description="Maximum size of one such file.")
    open_rate: int = Field(
        default=600, ge=0, description="Requests a minute of one internet address for links and forms; 0: any number."
    )
    footer: str = Field(
        default="", description="Lines of the footer of mails, such as the postal address, with | between them."
    )
    sender_name: str = Field(default="Recruiting team", description="Fallback sender name, if the record has no owner.")
    sender_address: str = Field(
        default="recruiting@relance.example", description="Fallback sender address, if the record has no owner."
    )
    mail_domain: str = Field(default="relance.example", description="Right side of Message-IDs, and our name in EHLO.")
    reply_domain: str = Field(
        default="reply.relance.example", description="Domain of signed reply and bounce addresses."
    )
    smtp_host: str = Field(default="127.0.0.1", description="Mail server for outgoing mail.")
    smtp_port: int = Field(default=25, description="Its port; usually 587 with STARTTLS and 465 with TLS.")
    smtp_username: str | None = Field(default=None, description="Login name; empty if the server needs no login.")
    smtp_password: SecretStr | None = Field(default=None, description="Password of that login.")
    smtp_token: SecretStr = Field(default=SecretStr(""), description="OAuth 2.0 token; the login is XOAUTH2 with it.")
    smtp_token_command: SecretStr = Field(default=SecretStr(""), description="Program that prints such a token.")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        default="starttls", description="none, starttls or tls; there is no fallback to none."
    )
    smtp_ca_file: str = Field(default="", description="PEM file of the certificate authority of the mail server.")
    smtp_timeout: float = Field(default=60.0, gt=0, description="Seconds to wait for an answer of the mail server.")
    smtp_data_timeout: float = Field(
        default=600.0, gt=0, description="Seconds to wait for the answer to the final dot."
    )
    dkim_keys: SecretStr = Field(
        default=SecretStr(""),
        description="DOMAIN:SELECTOR:KEY of DKIM signatures, comma-separated; KEY is a file or its base64.",
    )
    sent_folders: str = Field(
        default="",
        repr=False,
        description="Sent folders that are searched for unknown mails, written as RELANCE_IMAP_MAILBOXES.",
    )
    unknown_after: float = Field(
        default=24.0, gt=0, description="Hours after which an unknown send is treated as sent."
    )
    inbound_host: str = Field(default="127.0.0.1", description="Address on which the mail listener listens.")
    inbound_port: int = Field(default=8024, description="Its port.")
    inbound_protocol: Literal["lmtp", "smtp"] = Field(
        default="lmtp", description="lmtp answers for each recipient, smtp for all at once."
    )
    inbound_max_bytes: int = Field(
        default=60_000_000, ge=1_000_000, le=500_000_000, description="Maximum size of one incoming mail."
    )
    imap_mailboxes: str = Field(
        default="",
        repr=False,
        description="Folders to read, comma-separated: imaps://user%40example.com@imap.example.com/INBOX.",
    )
    imap_login: Literal["password", "xoauth2"] = Field(default="password", description="password or xoauth2.")
    imap_secrets: SecretStr = Field(default=SecretStr(""), description="One password or token, or JSON user: secret.")
    imap_token_command: SecretStr = Field(default=SecretStr(""), description="Program or URL that returns a token.")
    imap_ca_file: str = Field(default="", description="PEM file of the certificate authority of IMAP servers.")
    imap_poll: float = Field(default=60.0, gt=0, description="Seconds after which a folder is always checked.")
    imap_max_age: int = Field(default=7, ge=0, description="Days of existing mail that are read from a new folder.")
    imap_mark_seen: bool = Field(default=False, description="Mark stored mails as read.")
    mailgun_signing_keys: SecretStr = Field(default=SecretStr(""), description="Comma-separated, newest first.")
    authserv_id: str = Field(
        default="",
        description="Whose Authentication-Results are believed: authserv-ids such as mx.example.com; comma-separated.",
    )
    inbound_logins: SecretStr = Field(
        default=SecretStr(""), description="user:password of SendGrid and Postmark, or passwords."
    )
    ses_topics: str = Field(default="", description="ARNs of SNS topics that deliver mail, comma-separated.")
    calendly_signing_keys: SecretStr = Field(
        default=SecretStr(""), description="Keys that Calendly signs with, comma-separated, newest first."
    )
    cal_com_secrets: SecretStr = Field(
        default=SecretStr(""),
        description="Secrets of the webhooks of Cal.com, comma-separated: each recruiter has one.",
    )
    twilio_account_sid: str = Field(default="", description="The account; empty when no SMS is sent.")
    twilio_auth_tokens: SecretStr = Field(default=SecretStr(""), description="Comma-separated, newest first.")
    twilio_base_url: str | None = Field(default=None, description="Only for the stand-in of the local stack.")
    sms_sender: str = Field(default="", description="Our number in E.164, or a messaging service's SID.")
    whatsapp_sender: str = Field(
        default="", description="Our number for WhatsApp in E.164, or a messaging service's SID; empty: none is sent."
    )
    sms_opt_out_line: str = Field(
        default=DEFAULT_LINE,
        description="Line under a sender's first SMS to a person; other languages after it: ... | de: ...",
    )
    mailbox_limits: str = Field(
        default="google-workspace",
        description="Limit for each From address: none, google-workspace, exchange-online, or 30/minute, 2000/day.",
    )
    mailbox_fallback: MailboxFallback = Field(
        default=MailboxFallback.ORGANISATION,
        description="Mail of recruiters without a mailbox: organisation (goes by the mail server above) or wait.",
    )
    sms_limits: str = Field(
        default="none", description="Limit for each SMS sender; written as the limit for mailboxes."
    )
    soft_bounces: str = Field(
        default="5 in 14 days",
        description="Soft bounces, over all sequences, after which an address gets no more mail; or none.",
    )
    webhook_timeout: float = Field(default=20.0, gt=0, le=45, description="Seconds for one request to a webhook.")
    webhook_networks: str = Field(
        default="",
        description="Networks of our own that webhooks may be posted to, such as 10.0.0.0/8; else only the internet.",
    )
    deliver_for: float = Field(
        default=72.0,
        gt=0,
        le=8760,
        description="Hours during which a webhook or an enrollment is retried; then it is dead.",
    )
    cached_runs: int = Field(
        default=1_000, ge=1, le=1_000_000, description="Workflows that a worker keeps in memory between their tasks."
    )
    bulk_rate: int = Field(default=20, ge=1, le=1000, description="Runs a second that pause-all and resume-all handle.")
    echo_window: int = Field(
        default=60, ge=0, description="Minutes during which our own value, sent back by the CRM, counts as an echo."
    )
    crm_file: str = Field(
        default="", description="Mapping file of the CRM that is read and written, see docs/crm.md; empty: none."
    )
    crm_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Its token (HubSpot, TrackerRMS), its client secret (Bullhorn), or the key that signs (hooks).",
    )
    crm_password: SecretStr = Field(default=SecretStr(""), description="Password of the API user of Bullhorn.")
    crm_poll: float = Field(default=60.0, ge=5, le=86400, description="Seconds between two looks at the CRM.")
    replies: RepliesBy = Field(
        default="forward",
        description="How replies reach owners: forward (by mail), notify or none. Owners and sequences can differ.",
    )
    digest_at: str = Field(default="07:30", description="Time of day of notification digests, HH:MM.")
    scan_at: str = Field(default="06:00", description="Start time of the daily rule scans, HH:MM.")
    mail_folder: str = Field(default="", description="Folder of the local stack for captured mail.")
    texts_folder: str = Field(default="", description="Folder of the local stack for captured SMS.")
    standin_url: str = Field(default="", description="The Twilio stand-in of the local stack.")
    operator: str = Field(default="operator", description="Id of the owner who is notified of outages.")

    @field_validator("bearer_token", "hook_secrets", "token_keys", "inbound_logins")
    @classmethod
    def _not_to_be_guessed(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """The secrets that we choose ourselves; those of providers are as they make them."""
        if value is None:
            return None
        name, parts = info.field_name, [part.decode() for part in _split(value)]
        if name == "inbound_logins":
            parts = [part.partition(":")[2] if ":" in part else part for part in parts]
        elif not parts:
            raise ValueError(f"empty; {HOW}")
        # The first key signs. Links in mails that were sent need the older ones, whatever those look like.
        for part in parts[:1] if name == "token_keys" else parts:
            problem = weakness(part)
            if problem is not None:
                raise ValueError(f"{problem}; {HOW}")
        return value

    @field_validator("sender_address")
    @classmethod
    def _an_address(cls, value: str) -> str:
        words = email_problem(value)
        if words is not None:
            raise ValueError(f"not an e-mail address: {words}; write one such as recruiting@agency.example")
        return trimmed(value)

    @field_validator("mail_domain", "reply_domain", "smtp_host", "inbound_host")
    @classmethod
    def _a_host(cls, value: str, info: ValidationInfo) -> str:
        """As DNS has it: Python itself would look for another host where a name is not ASCII."""
        wire = ascii_host(value.strip())
        if wire is not None and not value.isascii():
            return wire
        if info.field_name in ("mail_domain", "reply_domain") and (wire is None or "." not in wire):
            raise ValueError("not a domain such as agency.example")
        return value.strip()

    @field_validator("smtp_username", "smtp_password", "twilio_base_url", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        """``RELANCE_SMTP_USERNAME=`` in a file of settings says that there is none."""
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("colour")
    @classmethod
    def _a_colour(cls, value: str) -> str:
        if value and re.fullmatch(r"#[0-9a-fA-F]{6}", value) is None:
            raise ValueError("not a colour such as #14532d")
        return value

    @field_validator("logo_file")
    @classmethod
    def _a_logo(cls, value: str) -> str:
        if not value:
            return value
        if not value.lower().endswith(LOGO_ENDINGS):
            raise ValueError(f"not one of {', '.join(LOGO_ENDINGS)}")
        try:
            size = Path(value).stat().st_size
        except OSError as error:
            raise ValueError("not a readable file") from error
        if size > MAX_LOGO:
            raise ValueError(f"larger than {MAX_LOGO // 1024} kB; every page carries it")
        return value

    @field_validator("smtp_ca_file", "imap_ca_file")
    @classmethod
    def _trusted(cls, value: str) -> str:
        if value:
            try:
                ssl.create_default_context(cafile=value)
            except (OSError, ssl.SSLError) as error:
                raise ValueError("not a readable PEM file with certificates") from error
        return value

    @field_validator("organisation_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("not an IANA time zone such as Europe/London") from error
        return value

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        from adapters.templates.locale import is_language  # noqa: PLC0415 - babel only for who sets one

        if not is_language(value):
            raise ValueError("not a language code such as en, en-US or de-AT")
        return value

    @field_validator("authserv_id")
    @classmethod
    def _readable_ids(cls, value: str) -> str:
        for name in value.split(","):
            if name.strip() and re.fullmatch(r"(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*", name.strip()) is None:
                raise ValueError("not an authserv-id such as mx.example.com, or *.example.com for every name under it")
            if name.strip().startswith("*.") and "." not in name.strip()[2:]:
                raise ValueError("*.DOMAIN needs a domain of your provider's own, such as *.example.com")
        return value

    @field_validator("mailbox_limits", "sms_limits")
    @classmethod
    def _readable_limits(cls, value: str) -> str:
        try:
            parse_limits(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("soft_bounces")
    @classmethod
    def _readable_bounce_limit(cls, value: str) -> str:
        try:
            parse_bounce_limit(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("imap_mailboxes", "sent_folders")
    @classmethod
    def _readable_mailboxes(cls, value: str) -> str:
        try:
            parse_folders(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("sms_opt_out_line")
    @classmethod
    def _readable_lines(cls, value: str) -> str:
        try:
            parse_lines(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("webhook_networks")
    @classmethod
    def _readable_networks(cls, value: str) -> str:
        try:
            parse_networks(value)
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("digest_at", "scan_at")
    @classmethod
    def _readable_clock(cls, value: str) -> str:
        try:
            parse_clock(value)
        except GrammarError as error:
            raise ValueError(f"{error} Allowed: {error.allowed}") from error
        return value

    @field_validator("public_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        value = value.rstrip("/")
        return value if value.isascii() else as_location(value)

    def footer_lines(self) -> tuple[str, ...]:
        """The organisation's own lines of the footer."""
        return tuple(line.strip() for line in self.footer.split("|") if line.strip())

    def scan_clock(self) -> time:
        """When scans begin, on the wall clock of the organisation."""
        return clock_of(parse_clock(self.scan_at))

    def digest_clock(self) -> time:
        """When digests are mailed, on the wall clock of the organisation."""
        return clock_of(parse_clock(self.digest_at))

    def keys(self) -> tuple[bytes, ...]:
        """Keys of links and reply addresses, the newest first."""
        return _split(self.token_keys)

    def bearer_tokens(self) -> tuple[bytes, ...]:
        """Tokens of the API that need no database, the newest first; none: there are named ones only."""
        return _split(self.bearer_token) if self.bearer_token is not None else ()

    def hook_keys(self) -> tuple[bytes, ...]:
        """Keys of hooks, the newest first."""
        return _split(self.hook_secrets)

    def authserv_ids(self) -> tuple[str, ...]:
        """Whose Authentication-Results are believed, lower case."""
        return tuple(name.strip().lower() for name in self.authserv_id.split(",") if name.strip())

    def mailgun_keys(self) -> tuple[bytes, ...]:
        """Keys that Mailgun signs with, the newest first."""
        return _split(self.mailgun_signing_keys)

    def calendly_keys(self) -> tuple[bytes, ...]:
        """Keys that Calendly signs with, the newest first."""
        return _split(self.calendly_signing_keys)

    def cal_com_keys(self) -> tuple[bytes, ...]:
        """Secrets of the webhooks of Cal.com."""
        return _split(self.cal_com_secrets)

    def inbound_login_pairs(self) -> tuple[bytes, ...]:
        """``user:password`` (or a password for any user) of providers that post mail."""
        return _split(self.inbound_logins)

    def ses_topic_list(self) -> tuple[str, ...]:
        """ARNs of the SNS topics that may bring mail."""
        return tuple(part.strip() for part in self.ses_topics.split(",") if part.strip())

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
    return read_settings(Settings)


def load_sentiment_worker_settings() -> SentimentWorkerSettings:
    """As ``load_settings``, for a process that only judges replies.

    Raises:
        SettingsError: as there.
    """
    return read_settings(SentimentWorkerSettings)


def load_sentiment_settings() -> SentimentSettings:
    """As ``load_settings``, only what the model needs: no server need be named.

    Raises:
        SettingsError: as there.
    """
    return read_settings(SentimentSettings)
