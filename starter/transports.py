"""The ways out as the settings name them: the mail server and the Twilio account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.mail.outgoing.kinds import TransportAround
from adapters.mail.outgoing.pool import SmtpSettings, Tls
from adapters.mail.outgoing.smtp import SmtpTransport
from adapters.sms.twilio_transport import TwilioSettings, TwilioTransport
from services.mailboxes.transports import MailboxTransports
from starter.mail_wiring import tokens_of
from starter.mailbox_access import mail_tokens

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from adapters.settings import Settings


def email_transport(settings: Settings) -> SmtpTransport:
    """The mail server that the settings name."""
    return SmtpTransport(
        SmtpSettings(
            host=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
            tls=Tls(settings.smtp_tls),
            timeout=settings.smtp_timeout,
            data_timeout=settings.smtp_data_timeout,
            source_hostname=settings.mail_domain,
            ca_file=Path(settings.smtp_ca_file) if settings.smtp_ca_file else None,
            tokens=tokens_of(settings),
        )
    )


def own_transports(settings: Settings, database: Database) -> MailboxTransports:
    """The servers of mailboxes of their own; with the settings' certificates and patience."""
    around = TransportAround(
        address="",
        source_hostname=settings.mail_domain,
        timeout=settings.smtp_timeout,
        data_timeout=settings.smtp_data_timeout,
        ca_file=Path(settings.smtp_ca_file) if settings.smtp_ca_file else None,
        tokens=mail_tokens(settings, database, utc_now),
    )
    return MailboxTransports(database, settings.keys(), around, settings.operator, settings.imap_ca_file or None)


def sms_transport(settings: Settings) -> TwilioTransport:
    """The Twilio account that the settings name."""
    tokens = settings.twilio_tokens()
    return TwilioTransport(
        TwilioSettings(
            account_sid=settings.twilio_account_sid,
            auth_token=tokens[0] if tokens else "",
            sender=settings.sms_sender,
            base_url=settings.twilio_base_url,
        )
    )
