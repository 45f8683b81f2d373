"""The two recruiters of the demo: each sends from a mailbox of their own, on a mail server of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiosmtplib

from starter.local.mail_capture import MailCapture

if TYPE_CHECKING:
    from collections.abc import Collection
    from email.message import EmailMessage
    from pathlib import Path

    from starter.demo.stack_view import World
    from starter.local.stack import LocalStack

MAX: Final = {"id": "max", "first_name": "Max", "last_name": "Recruiter", "email": "max@relance.example"}
OF_MAX: Final = frozenset({"ben", "cleo"})
"""People whose recruiter is Max; the others are Dana's."""
RECRUITERS: Final = ("dana", "max")


@dataclass(frozen=True)
class RecruiterMailbox:
    """A mailbox: what leaves from it, and what comes to it.

    Attributes:
        owner: id of the recruiter.
        server: takes what Relance sends from it.
        inbox: takes what people write to its address.
    """

    owner: str
    server: MailCapture
    inbox: MailCapture

    @property
    def address(self) -> str:
        """Its own address."""
        return f"{self.owner}@relance.example"

    @classmethod
    def of(cls, owner: str, folder: Path) -> RecruiterMailbox:
        """The mailbox of a recruiter, which captures its mail in a folder."""
        return cls(owner, MailCapture(folder / owner / "sent"), MailCapture(folder / owner / "inbox"))

    async def start(self) -> None:
        """Both listen."""
        await self.server.start()
        await self.inbox.start()

    async def stop(self) -> None:
        """Both end."""
        await self.server.stop()
        await self.inbox.stop()

    async def add(self, world: World) -> None:
        """Adds it to Relance, as an admin would over HTTP."""
        signature = f"{self.owner.capitalize()} Recruiter\nRelance Example Agency"
        settings = {"host": "127.0.0.1", "port": self.server.port, "tls": "none", "username": "-"}
        body: dict[str, Any] = {"address": self.address, "owner": self.owner, "signature_text": signature}
        answer = await world.post("/mailboxes", body | {"transport": {"kind": "smtp", "settings": settings}})
        answer.raise_for_status()

    async def leave(self, world: World) -> None:
        """Its server ends with the demo: whoever plays on with its data sends by the mail server of the stack."""
        answer = await world.patch(f"/mailboxes/{self.address}", {"transport": {"kind": "organisation"}})
        answer.raise_for_status()

    async def receive(self, mail: EmailMessage, sender: str, stack: LocalStack) -> None:
        """A person writes to its address: the mail lies in its inbox, and its rule forwards it to Relance."""
        await _hand_in(mail, sender, self.address, self.inbox.port)
        reply_address = f"reply@{stack.environment.get('RELANCE_REPLY_DOMAIN', 'relance.example')}"
        await _hand_in(mail, sender, reply_address, int(stack.environment["RELANCE_INBOUND_PORT"]))


def with_both(changes: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of the demo with the second recruiter and his people."""
    fields = {key: value for key, value in MAX.items() if key != "id"}
    found = [{"entity": "owner", "id": MAX["id"], "fields": fields}]
    for change in changes:
        his = change["entity"] == "person" and change["id"] in OF_MAX
        found.append(change | ({"fields": change["fields"] | {"owner_id": MAX["id"]}} if his else {}))
    return found


async def _hand_in(mail: EmailMessage, sender: str, recipient: str, port: int) -> None:
    await aiosmtplib.send(mail, sender=sender, recipients=[recipient], hostname="127.0.0.1", port=port, start_tls=False)
