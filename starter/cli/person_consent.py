"""``relance person consent``: what a person agreed to, on channels that ask for it."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sequences.channels import CHANNELS, consents
from starter.cli import output
from starter.cli.instants import moment_since
from starter.cli.options import Json
from starter.cli.person_runs import Person
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from services.records.consents import ConsentChanged, Consents, ConsentStanding


def consent(
    person: Person,
    channel: Annotated[
        str | None,
        typer.Argument(help=f"A channel that asks for consent: {', '.join(consents())}.", show_default=False),
    ] = None,
    source: Annotated[
        str, typer.Option(help="They agreed, by this: phone call, form of the fair.", show_default=False)
    ] = "",
    since: Annotated[
        str | None,
        typer.Option(
            help="When they agreed: a date, an instant or a time back (2 days); default: now.", show_default=False
        ),
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="They took it back.")] = False,
    as_json: Json = False,
) -> None:
    """Show, give or withdraw the consent to a channel.

    Without options it shows what the person agreed to. Who takes a consent back is not written to on that channel
    until they agree again, whatever older consent the CRM tells of later.
    """
    if withdraw and (source or since):
        raise typer.BadParameter("--withdraw takes neither --source nor --since")
    if since and not source:
        raise typer.BadParameter("--since needs --source: by what did they agree?")
    if channel is None:
        if source or withdraw:
            raise typer.BadParameter(f"say to which channel: {', '.join(consents())}", param_hint="CHANNEL")
        _show(person, run(_standing(person)), as_json=as_json)
        return
    if not source and not withdraw:
        _show(person, [each for each in run(_standing(person, channel)) if each.channel == channel], as_json=as_json)
        return
    changed = run(_withdraw(person, channel) if withdraw else _give(person, channel, source, since))
    if as_json:
        output.print_json(changed)
        return
    words = f"{changed.person}: {_words(changed.consent)}"
    output.say(f"{words} already" if changed.repeated else words, style="yellow" if changed.repeated else "green")
    if changed.consent.given and changed.suppressed:
        output.warn(f"still not contacted by {CHANNELS[channel].label}: {', '.join(changed.suppressed)}")


def _show(person: str, found: list[ConsentStanding], *, as_json: bool) -> None:
    if as_json:
        output.print_json({"person": person, "consents": found})
        return
    for each in found:
        output.say(f"{person}: {_words(each)}", style="green" if each.given else "yellow")


def _words(found: ConsentStanding) -> str:
    label = CHANNELS[found.channel].title
    if found.withdrawn_at is not None:
        return f"took back the consent to {label} on {found.withdrawn_at:%Y-%m-%d}"
    if not found.since:
        return f"has not agreed to {label}"
    return f"agreed to {label} on {found.since[:10]}" + (f" ({found.source})" if found.source else "")


async def _standing(person: str, channel: str | None = None) -> list[ConsentStanding]:
    from adapters.postgres import queries
    from sequences.errors import NotFoundError
    from services.records.consents import consent_of, consents_of

    if channel is not None:
        consent_of(channel)
    async with open_database() as database, database.transaction() as connection:
        row = await queries.person_row(connection, id=person)
        if row is None:
            raise NotFoundError(f"no person has the id {person}")
        return list(await consents_of(connection, row))


async def _give(person: str, channel: str, source: str, since: str | None) -> ConsentChanged:
    from adapters.clock import utc_now
    from services.access.audit import CLI, Deed, record
    from services.records.consents import ConsentGiven

    now = utc_now()
    given = ConsentGiven(person, channel, source, moment_since("--since", since, now))
    async with open_database(migrate=True) as database, database.transaction() as connection:
        changed = await _consents().give(connection, given, now)
        await record(connection, CLI, Deed("give_consent", f"person:{person} channel:{channel}"), now)
        return changed


async def _withdraw(person: str, channel: str) -> ConsentChanged:
    from adapters.clock import utc_now
    from services.access.audit import CLI, Deed, record

    now = utc_now()
    async with open_database(migrate=True) as database, database.transaction() as connection:
        changed = await _consents().withdraw(connection, person, channel, CLI.who, now)
        await record(connection, CLI, Deed("withdraw_consent", f"person:{person} channel:{channel}"), now)
        return changed


def _consents() -> Consents:
    from adapters.postgres.records import Records
    from adapters.settings import load_settings
    from services.records.consents import Consents
    from services.records.record_changes import RecordChanges

    settings = load_settings()
    return Consents(RecordChanges(Records(settings.organisation_timezone, settings.phone_region)))
