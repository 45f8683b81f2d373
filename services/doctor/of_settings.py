"""Settings: what is unsafe, left at its example, or readable by others."""

from __future__ import annotations

import shutil
import stat
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from services.doctor.findings import HealthFinding, HealthSeverity
from services.reading.health import old_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.settings import Settings

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_EXAMPLES: Final = (".example", ".test", ".invalid")
_OPERATIONS: Final = "see Settings in docs/operations.md"
_LEAST_FREE: Final = 1 << 30
_GIGABYTE: Final = 1 << 30


def unsafe_settings(settings: Settings) -> list[HealthFinding]:
    """What of the settings is unsafe or not meant for production."""
    return [*_keys(settings), *_examples(settings), *_in_clear(settings), *_half(settings)]


def _keys(settings: Settings) -> Iterator[HealthFinding]:
    for check in old_keys(settings):
        yield HealthFinding("secrets", check.words, severity=HealthSeverity.HINT)
    if len(settings.bearer_tokens()) > 1:
        words = f"{len(settings.bearer_tokens())} tokens with full access in RELANCE_BEARER_TOKEN"
        yield HealthFinding("secrets", f"{words}: remove those that a rotation left", severity=HealthSeverity.HINT)


def _examples(settings: Settings) -> Iterator[HealthFinding]:
    named = {
        "RELANCE_SENDER_ADDRESS": settings.sender_address,
        "RELANCE_MAIL_DOMAIN": settings.mail_domain,
        "RELANCE_REPLY_DOMAIN": settings.reply_domain,
    }
    for name, value in named.items():
        if value.lower().endswith(_EXAMPLES):
            words = f"{name} is a domain of examples: no mail can come back there"
            yield HealthFinding("settings", words, _OPERATIONS, severity=HealthSeverity.WARNING)
    if not settings.footer_lines():
        words = "RELANCE_FOOTER is empty: mails do not say who we are and where"
        yield HealthFinding("settings", words, _OPERATIONS, severity=HealthSeverity.HINT)


def _in_clear(settings: Settings) -> Iterator[HealthFinding]:
    public = urlsplit(settings.public_url)
    if public.scheme != "https" and not _here(public.hostname or ""):
        words = "RELANCE_PUBLIC_URL is not https: links, forms and sign-ins travel in clear"
        yield HealthFinding("settings", words, _OPERATIONS, severity=HealthSeverity.ERROR)
    if settings.smtp_tls == "none" and not _here(settings.smtp_host):
        words = "RELANCE_SMTP_TLS is none and the mail server is another machine: mail and its login travel in clear"
        yield HealthFinding("settings", words, _OPERATIONS, severity=HealthSeverity.WARNING)
    if not _here(settings.metrics_host) and settings.metrics_port:
        words = f"metrics are served on {settings.metrics_host}: the internet must not reach it"
        yield HealthFinding("settings", words, _OPERATIONS, severity=HealthSeverity.HINT)


def _half(settings: Settings) -> Iterator[HealthFinding]:
    """What needs another setting beside it."""
    twilio = {
        "RELANCE_TWILIO_ACCOUNT_SID": bool(settings.twilio_account_sid),
        "RELANCE_TWILIO_AUTH_TOKENS": bool(settings.twilio_tokens()),
        "RELANCE_SMS_SENDER": bool(settings.sms_sender),
    }
    if any(twilio.values()) and not all(twilio.values()):
        missing = ", ".join(name for name, there in twilio.items() if not there)
        yield HealthFinding("settings", f"no text message can be sent without {missing}", _OPERATIONS)
    if not settings.sent_folders:
        words = "RELANCE_SENT_FOLDERS is empty: mails in doubt are proved by what comes back only"
        yield HealthFinding("settings", words, _OPERATIONS, severity=HealthSeverity.HINT)


def _here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def files_of(settings: Settings, home: Path) -> dict[Path, str]:
    """Files and folders that only we may read, each with what it is.

    Args:
        settings: ours.
        home: data folder of the local stack.
    """
    files = {home / "local.env": "the settings of the local stack"}
    if settings.uploads_folder:
        files[Path(settings.uploads_folder)] = "the folder of RELANCE_UPLOADS_FOLDER"
    for part in settings.dkim_keys.get_secret_value().split(","):
        key = part.strip().split(":", 2)[-1]
        if key.startswith("/"):
            files[Path(key)] = "a key of RELANCE_DKIM_KEYS"
    return files


def readable_by_others(files: Mapping[Path, str]) -> list[HealthFinding]:
    """Which of these files others may read. One that does not exist is nobody's secret."""
    found = []
    for path, what in files.items():
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & _OTHERS:
            wanted = "700" if stat.S_ISDIR(mode) else "600"
            words = f"others may read {what} (mode {stat.S_IMODE(mode):o})"
            found.append(HealthFinding("file modes", words, f"chmod {wanted} {path}"))
    return found


def space_of(settings: Settings, home: Path) -> list[HealthFinding]:
    """Folders of ours with little room left."""
    wanted = {home: "RELANCE_HOME"} | (
        {Path(settings.uploads_folder): "RELANCE_UPLOADS_FOLDER"} if settings.uploads_folder else {}
    )
    found = []
    for folder, name in wanted.items():
        if not folder.is_dir():
            continue
        usage = shutil.disk_usage(folder)
        if usage.free < _LEAST_FREE:
            words = f"{usage.free / _GIGABYTE:.1f} GB are free where {name} is"
            found.append(HealthFinding("disk", words, f"df -h {folder}", severity=HealthSeverity.WARNING))
    return found
