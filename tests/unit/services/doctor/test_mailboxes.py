"""What doctor says of mailboxes of their own, by a DNS in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sequences.errors import UnavailableError
from sequences.mailboxes.own_mailbox import InboundWay, MailboxState, OwnMailbox, ReplyTo
from services.doctor.findings import HealthSeverity
from services.doctor.of_mailboxes import deaf_to, dns_of, states_of

DANA = OwnMailbox(
    id="xdana",
    address="dana@agency.example",
    name=None,
    owner_id="o1",
    pool=None,
    signature=None,
    limits=None,
    state=MailboxState.ACTIVE,
    transport="smtp",
    reply_to=ReplyTo.OWN,
    inbound=InboundWay.IMAP,
    changed_at=datetime(2027, 5, 4, tzinfo=UTC),
)
GOOD = {
    "agency.example": ["v=spf1 include:_spf.google.com ~all"],
    "_dmarc.agency.example": ["v=DMARC1; p=none"],
    "google._domainkey.agency.example": ["v=DKIM1; k=rsa; p=MIIB"],
}


@dataclass
class Names:
    """DNS in memory."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    servers: dict[str, list[str]] = field(default_factory=dict)
    away: bool = False

    async def txt(self, name: str) -> list[str]:
        if self.away:
            raise UnavailableError("DNS is away")
        return self.texts.get(name, [])

    async def mx(self, name: str) -> list[str]:
        return self.servers.get(name, [])


async def test_a_mailbox_whose_domain_has_everything_has_no_finding() -> None:
    names = Names(GOOD, {"agency.example": ["mx.agency.example"]})
    assert await dns_of(names, [DANA], ()) == []


async def test_each_record_that_is_missing_is_a_finding_of_its_mailbox() -> None:
    found = await dns_of(Names(), [DANA], ())
    assert {each.what for each in found} == {"mailbox dana@agency.example"}
    words = " ".join(each.words for each in found)
    assert all(each in words for each in ("SPF", "DMARC", "MX", "DKIM"))
    worst = [each for each in found if each.severity is HealthSeverity.ERROR]
    assert ["MX" in each.words for each in worst] == [True], "answers of its own inbox do not arrive"
    signed = await dns_of(Names(), [replace(DANA, reply_to=ReplyTo.SIGNED)], {"agency.example"})
    assert not [each for each in signed if "DKIM" in each.words or each.severity is HealthSeverity.ERROR]


async def test_what_a_domain_lacks_is_said_once_for_all_its_mailboxes() -> None:
    others = [replace(DANA, address=f"r{n}@agency.example", reply_to=ReplyTo.SIGNED) for n in range(30)]
    found = await dns_of(Names(), [*others, DANA], ())
    alone = await dns_of(Names(), [DANA], ())
    assert [(each.words, each.severity) for each in found] == [(each.words, each.severity) for each in alone]
    assert {each.what for each in found} == {"31 mailboxes of agency.example"}


async def test_a_dns_that_is_away_is_a_hint_and_archived_mailboxes_are_not_asked_about() -> None:
    (found,) = await dns_of(Names(away=True), [DANA], ())
    assert found.severity is HealthSeverity.HINT
    assert await dns_of(Names(away=True), [replace(DANA, state=MailboxState.ARCHIVED)], ()) == []


def test_a_disconnected_mailbox_is_named_with_what_helps() -> None:
    (found,) = states_of([DANA, replace(DANA, state=MailboxState.DISCONNECTED)])
    assert found.command == "relance mailbox test dana@agency.example"


def test_a_provider_that_cannot_tell_of_bounces_here_is_a_warning_with_the_setting_that_is_empty() -> None:
    mailboxes = [replace(DANA, address=f"{kind}@agency.example", transport=kind) for kind in ("smtp", "ses", "mailgun")]
    mailboxes.append(replace(mailboxes[1], address="old@agency.example", state=MailboxState.ARCHIVED))
    (found,) = deaf_to(mailboxes, {"ses": "RELANCE_SES_TOPICS", "postmark": "RELANCE_INBOUND_LOGINS"})
    assert (found.what, found.severity) == ("mailbox ses@agency.example", HealthSeverity.WARNING)
    assert "RELANCE_SES_TOPICS is empty" in found.words
    assert deaf_to(mailboxes, {}) == []
