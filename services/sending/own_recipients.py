"""Which addresses and numbers are our own: a test of a message goes to no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import EMAIL
from sequences.email_address import address_key, email_problem, trimmed
from sequences.errors import RefusedError, RequestRefused
from sequences.phone import to_e164

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from services.organisation import Organisation


@dataclass(frozen=True)
class OwnRecipients:
    """The addresses of one organisation.

    Attributes:
        mailbox: further ones that are ours, such as the one that a sequence sends from.
    """

    organisation: Organisation
    mailbox: str | None = None

    async def checked(self, connection: Connection, channel: str, to: str) -> str:
        """The address or number as it is written to.

        Args:
            connection: reads the owners and the users of the console.
            channel: of the message.
            to: as somebody typed it.

        Raises:
            RefusedError: it is malformed, or not our own; the message says what is allowed.
        """
        owners = await queries.owner_contacts(connection)
        if channel == EMAIL.name:
            users = await queries.addresses_of_users(connection)
            return self._email(trimmed(to), [*(row.email for row in owners), *users])
        return self._phone(to, [row.phone for row in owners])

    def _email(self, to: str, known: list[str | None]) -> str:
        problem = email_problem(to)
        if problem is not None:
            raise RefusedError(RequestRefused.INVALID, f"to: not an e-mail address: {problem}")
        organisation = self.organisation
        own = {address_key(each) for each in (organisation.sender_address, self.mailbox, *known) if each}
        domain = to.rpartition("@")[2].lower()
        if address_key(to) not in own and domain != organisation.mail_domain.lower():
            raise RefusedError(
                RequestRefused.NOT_OWN,
                "to: a test goes to own addresses only: that of an owner or of a user of the console, "
                "RELANCE_SENDER_ADDRESS, the mailbox that the sequence sends from, or any address at "
                f"{organisation.mail_domain}",
            )
        return to

    def _phone(self, to: str, owners: list[str | None]) -> str:
        region = self.organisation.phone_region
        number = to_e164(to, region)
        own = {address_key(each, region) for each in owners if each}
        if address_key(number, region) not in own:
            raise RefusedError(
                RequestRefused.NOT_OWN, "to: a test goes to own numbers only: the phone number of an owner"
            )
        return number
