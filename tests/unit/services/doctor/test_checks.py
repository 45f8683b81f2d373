"""Each check finds what it is for, and a check that cannot look is a finding and ends no other."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from adapters.mail.outgoing.dkim import parse_keys
from sequences.errors import UnavailableError
from services.doctor.examine import DoctorCheck, examine
from services.doctor.findings import HealthFinding, HealthSeverity
from services.doctor.of_dns import MailDomains, domains_of
from services.doctor.of_postgres import clocks_apart
from services.doctor.of_settings import files_of, readable_by_others, unsafe_settings
from tests.support.settings import SECRETS, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from adapters.settings import Settings

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)


async def test_each_check_is_for_itself_and_the_worst_comes_first() -> None:
    began = asyncio.Event()

    async def hangs() -> Sequence[HealthFinding]:
        began.set()
        await asyncio.Event().wait()
        return []

    async def hints() -> Sequence[HealthFinding]:
        await began.wait()
        return [HealthFinding("disk", "little room", severity=HealthSeverity.HINT)]

    async def away() -> Sequence[HealthFinding]:
        raise UnavailableError("Temporal does not answer")

    async def fault() -> Sequence[HealthFinding]:
        raise KeyError("a@client.example")

    async def wrong() -> Sequence[HealthFinding]:
        return [HealthFinding("clock", "5 s apart")]

    found = await examine(
        [
            DoctorCheck("a", hints),
            DoctorCheck("b", hangs, seconds=0.05),
            DoctorCheck("c", away),
            DoctorCheck("d", fault),
            DoctorCheck("e", wrong),
        ]
    )
    assert [(each.severity, each.what) for each in found] == [
        (HealthSeverity.ERROR, "clock"),
        (HealthSeverity.WARNING, "b"),
        (HealthSeverity.WARNING, "c"),
        (HealthSeverity.WARNING, "d"),
        (HealthSeverity.HINT, "disk"),
    ]
    words = {each.what: each.words for each in found}
    assert words["c"] == "could not be checked: Temporal does not answer"
    # What an error quotes may be somebody's address.
    assert words["d"] == "could not be checked (KeyError)"
    assert words["b"].startswith("could not be checked: no answer within")


@dataclass
class Names:
    """A DNS of the test's own."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    servers: dict[str, list[str]] = field(default_factory=dict)
    silent: bool = False

    async def txt(self, name: str) -> list[str]:
        if self.silent:
            raise UnavailableError("DNS does not answer (NoNameservers)")
        return self.texts.get(name, [])

    async def mx(self, name: str) -> list[str]:
        if self.silent:
            raise UnavailableError("DNS does not answer (NoNameservers)")
        return self.servers.get(name, [])


def keys_of_both_kinds() -> tuple[str, dict[str, str]]:
    """``RELANCE_DKIM_KEYS`` with an RSA key in PKCS #8, one in PKCS #1 and an Ed25519 key; and what DNS has of them."""
    made, public = [], {}
    for selector, form in (("new", PrivateFormat.PKCS8), ("old", PrivateFormat.TraditionalOpenSSL)):
        key = generate_private_key(65537, 2048)
        der = key.private_bytes(Encoding.DER, form, NoEncryption())
        made.append(f"agency.example:{selector}:{base64.b64encode(der).decode()}")
        shown = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        public[f"{selector}._domainkey.agency.example"] = base64.b64encode(shown).decode()
    small = Ed25519PrivateKey.generate()
    raw = small.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    made.append(f"agency.example:small:{base64.b64encode(raw).decode()}")
    shown = small.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public["small._domainkey.agency.example"] = base64.b64encode(shown).decode()
    return ",".join(made), public


def good_dns(public: dict[str, str]) -> Names:
    texts = {
        "mail.agency.example": ["v=spf1 include:spf.provider.example -all"],
        "reply.agency.example": ["a word of something else", "v=spf1 mx -all"],
        # The policy of the organisation is enough.
        "_dmarc.agency.example": ["v=DMARC1; p=quarantine"],
    }
    # As some servers split and space it.
    texts |= {name: [f"v=DKIM1; k=rsa; p={key[:20]} {key[20:]}"] for name, key in public.items()}
    return Names(texts, {"reply.agency.example": ["mx.agency.example"]})


async def found_in(names: Names, keys: str = "") -> list[tuple[str, str]]:
    domains = MailDomains(["mail.agency.example"], "reply.agency.example", parse_keys(keys))
    return [(str(each.severity), each.words) for each in await domains_of(names, domains)]


async def test_dns_that_is_complete_is_no_finding_and_each_missing_record_is_one() -> None:
    keys, public = keys_of_both_kinds()
    assert await found_in(good_dns(public), keys) == []
    empty = await found_in(Names(), keys)
    for words in (
        "reply.agency.example has no MX record",
        "reply.agency.example, the sender of our envelopes, has no SPF record",
        "mail.agency.example, a domain of our senders, has no SPF record",
        "mail.agency.example has no DMARC record",
        "new._domainkey.agency.example has no public key",
        "old._domainkey.agency.example has no public key",
        "small._domainkey.agency.example has no public key",
    ):
        assert sum(said.startswith(words) for _, said in empty) == 1, words
    assert len(empty) == 7


async def test_records_that_are_there_and_wrong() -> None:
    keys, public = keys_of_both_kinds()
    names = good_dns(public)
    names.texts["mail.agency.example"] = ["v=spf1 -all", "v=spf1 include:other -all"]
    names.texts["reply.agency.example"] = ["v=spf1 +all"]
    names.texts["new._domainkey.agency.example"] = ["v=DKIM1; p="]
    names.texts["small._domainkey.agency.example"] = [f"p={public['old._domainkey.agency.example']}"]
    said = " | ".join(words for _, words in await found_in(names, keys))
    for words in (
        "has 2 SPF records",
        "lets everybody send (+all)",
        "is withdrawn",
        "is not that of RELANCE_DKIM_KEYS",
    ):
        assert words in said


async def test_dns_that_does_not_answer_here_is_a_hint() -> None:
    [(severity, words)] = await found_in(Names(silent=True))
    assert (severity, words.startswith("DNS does not answer here")) == ("hint", True)


@pytest.mark.parametrize(("told", "apart"), [(-3, 3), (0, 0), (1, 0), (4, 3)])
def test_a_clock_is_off_by_what_the_way_cannot_explain(told: int, apart: int) -> None:
    found = clocks_apart(NOW + timedelta(seconds=told), NOW, NOW + timedelta(seconds=1))
    assert found == timedelta(seconds=apart)


def of(**more: object) -> Settings:
    good = {
        "database_url": "postgresql://db",
        "public_url": "https://relance.agency.org",
        "sender_address": "jobs@agency.org",
        "mail_domain": "agency.org",
        "reply_domain": "reply.agency.org",
        "footer": "Agency, 1 Street",
        "sent_folders": "imaps://a@imap.agency.org/Sent",
    }
    return settings_of(**SECRETS, **good | more)


def test_settings_that_are_safe_are_no_finding() -> None:
    assert unsafe_settings(of()) == []


@pytest.mark.parametrize(
    ("more", "severity", "words"),
    [
        ({"public_url": "http://relance.agency.org"}, HealthSeverity.ERROR, "is not https"),
        (
            {"reply_domain": "reply.relance.example"},
            HealthSeverity.WARNING,
            "RELANCE_REPLY_DOMAIN is a domain of examples",
        ),
        ({"smtp_tls": "none", "smtp_host": "mail.agency.org"}, HealthSeverity.WARNING, "travel in clear"),
        ({"footer": ""}, HealthSeverity.HINT, "RELANCE_FOOTER is empty"),
        ({"sent_folders": ""}, HealthSeverity.HINT, "RELANCE_SENT_FOLDERS is empty"),
        ({"twilio_account_sid": "AC1"}, HealthSeverity.ERROR, "RELANCE_TWILIO_AUTH_TOKENS, RELANCE_SMS_SENDER"),
        ({"metrics_host": "0.0.0.0", "metrics_port": 9464}, HealthSeverity.HINT, "metrics are served on 0.0.0.0"),
    ],
)
def test_each_setting_that_is_not_safe_is_one(more: dict[str, object], severity: HealthSeverity, words: str) -> None:
    [found] = unsafe_settings(of(**more))
    assert (found.severity, words in found.words) == (severity, True), found.words


def test_what_stays_on_this_machine_may_be_in_clear() -> None:
    assert unsafe_settings(of(public_url="http://127.0.0.1:8080", smtp_tls="none", smtp_host="localhost")) == []


def test_files_that_others_may_read_are_named_with_the_command(tmp_path: Path) -> None:
    key, uploads, local = tmp_path / "dkim.pem", tmp_path / "uploads", tmp_path / "local.env"
    key.write_text("x")
    local.write_text("x")
    uploads.mkdir(mode=0o755)
    key.chmod(0o640)
    local.chmod(0o600)
    files = files_of(of(uploads_folder=str(uploads), dkim_keys=f"agency.org:one:{key}"), tmp_path)
    found = readable_by_others(files)
    assert sorted(each.command for each in found) == [f"chmod 600 {key}", f"chmod 700 {uploads}"]
    assert "mode 640" in " ".join(each.words for each in found)
    assert readable_by_others({tmp_path / "none": "a file"}) == []
