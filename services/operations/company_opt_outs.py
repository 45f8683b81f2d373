"""A person decides about what one contact asked for a whole company: it is suppressed, or the words are dismissed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.reactions.same_client import SUPPRESSED
from services.reactions.colleagues import note_in_runs
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

Scope = Literal["both", "client", "domain"]
"""Whom it is obeyed for: the contacts of the client, everybody with an address of the domain, or both."""

COMPANY: Final = "company"
"""Reason of the suppressions."""


@dataclass(frozen=True)
class CompanyDecision:
    """What became of a wish.

    Attributes:
        state: ``suppressed`` or ``dismissed``.
        people: who are suppressed now because of it.
        runs: open runs that end.
        repeated: it was decided so before, for these too; nothing was changed.
    """

    reply: str
    state: str
    client: str | None
    domain: str | None
    people: int
    runs: int
    repeated: bool


@dataclass(frozen=True)
class Decider:
    """Who decides, and when.

    Attributes:
        by: name, or None.
    """

    by: str | None
    now: datetime


async def suppress_company(connection: Connection, reply: str, scope: Scope, who: Decider) -> CompanyDecision:
    """Suppresses a client's contacts, and whoever has or gets an address of the domain; their open runs end.

    Args:
        connection: in a transaction.
        reply: id of the reply in whose words the wish is.
        scope: whom it is obeyed for; what is not known of it is left out.
        who: decides.

    Raises:
        NotFoundError: no such wish was noticed.
        RefusedError: it was dismissed, or neither a client nor a domain is known for the scope.
    """
    wish = await _locked(connection, reply)
    client = wish.client_id if scope != "domain" else None
    domain = wish.domain if scope != "client" else None
    if client is None and domain is None:
        raise RefusedError(RequestRefused.INVALID, f"no {'client or domain' if scope == 'both' else scope} is known")
    people, new = {wish.person_id}, False
    if client is not None:
        people |= set(await queries.people_of_client(connection, client_id=client))
    for person in sorted(people):
        new |= await suppress(connection, NewSuppression("all", COMPANY, reply, who.now, person=person))
    if domain is not None:
        rows = await queries.people_of_domain(connection, domain=domain)
        addresses = [row.email_key for row in rows]
        of_domain = NewSuppression("all", COMPANY, reply, who.now, address=f"@{domain}", written_to=addresses)
        new |= await suppress(connection, of_domain)
        people |= {row.id for row in rows}
    before = wish.people or 0
    if wish.state == "suppressed" and not new:
        return CompanyDecision(reply, wish.state, client, domain, before, 0, repeated=True)
    runs = await queries.open_runs_of_people(connection, people=sorted(people))
    await note_in_runs(connection, [(row.id, row.person_id) for row in runs], reply, SUPPRESSED, who.now)
    await queries.decide_company_opt_out(
        connection, reaction_id=reply, state="suppressed", at=who.now, by=who.by, people=max(before, len(people))
    )
    return CompanyDecision(reply, "suppressed", client, domain, len(people), len(runs), repeated=False)


async def dismiss_company(connection: Connection, reply: str, who: Decider) -> CompanyDecision:
    """The words do not speak for the company: nothing is suppressed.

    Raises:
        NotFoundError: no such wish was noticed.
        RefusedError: the company is suppressed already.
    """
    wish = await _locked(connection, reply, refused_when="suppressed")
    repeated = wish.state == "dismissed"
    if not repeated:
        await queries.decide_company_opt_out(
            connection, reaction_id=reply, state="dismissed", at=who.now, by=who.by, people=0
        )
    return CompanyDecision(reply, "dismissed", wish.client_id, wish.domain, 0, 0, repeated=repeated)


async def _locked(connection: Connection, reply: str, *, refused_when: str = "dismissed") -> queries.CompanyOptOutRow:
    wish = await queries.lock_company_opt_out(connection, reaction_id=reply)
    if wish is None:
        raise NotFoundError(f"unknown wish {reply}; `relance companies` lists them")
    if wish.state == refused_when:
        raise RefusedError(RequestRefused.INVALID, f"it is {wish.state} already")
    return wish
