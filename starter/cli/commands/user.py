"""``relance user``: who may use the console."""

# ruff: noqa: PLC0415 - Postgres is imported by the commands that need it.
from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.postgres import listings
from sequences.access.role import Role
from sequences.number_words import number_of
from services.reading.id_kinds import IdKind
from starter.cli import output, tables
from starter.cli.list_table import ListTable
from starter.cli.lists_by_default import ListsByDefault
from starter.cli.options import Json, Limit
from starter.cli.session import open_database, run

if TYPE_CHECKING:
    from adapters.postgres import queries
    from services.access.users import User

_TABLE = ListTable(
    listings.CONSOLE_USERS,
    "Users",
    ("name", "e-mail", "role", "owner", "team", "last seen", "state", "id"),
    lambda row, names: (
        row.name,
        tables.Whole(row.email),
        row.role,
        names.id(IdKind.OWNER, row.owner_id),
        row.team,
        row.last_used_at,
        "disabled" if row.disabled_at else "",
        tables.Whole(row.id),
    ),
    "the console has no users yet; `relance user invite EMAIL --role admin` makes a link",
)

app = typer.Typer(
    cls=ListsByDefault,
    help="Invite users of the console; roles and sessions.\n\n`relance user` is `user list`.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
Who = Annotated[str, typer.Argument(metavar="USER", help="E-mail address or id of the user.", show_default=False)]


@app.command("list")
def list_(limit: Limit = 50, as_json: Json = False) -> None:
    """List users, those invited first at the top."""
    _TABLE.show(limit, as_json=as_json)


@app.command("invite")
def invite_(
    email: Annotated[str, typer.Argument(help="E-mail address. Nothing is sent to it.", show_default=False)],
    role: Annotated[
        Role | None, typer.Option(help="What they may do; of a new user recruiter.", show_default=False)
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            help="Id of the owner whose people are theirs; default: the owner with that address.", show_default=False
        ),
    ] = None,
    team: Annotated[
        str | None, typer.Option(help="Users with the same team see its people.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Print a link that signs a user in, once, within 15 minutes.

    The user is added if there is none with that address; a disabled one may sign in again.
    """
    made, link = run(_invite(email, role, owner, team))
    user = made.user
    if as_json:
        output.print_json({"user": _plain(user), "new": made.is_new, "link": link, "expires_at": made.link.expires_at})
        return
    output.say(
        f"{user.email} may sign in as {user.role}" if made.is_new else f"a new link for {user.email}", style="green"
    )
    output.say(link)


@app.command("role")
def role_(
    user: Who,
    role: Annotated[Role, typer.Argument(help="What they may do.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Give a user another role; they are signed out everywhere."""
    found, changed = run(_change_role(user, role))
    if as_json:
        output.print_json({"user": _plain(found), "changed": changed})
    elif changed:
        output.say(f"{found.email} is {role} now, and signed out everywhere", style="green")
    else:
        output.say(f"{found.email} is {role} already; nothing changed", style="yellow")


@app.command("disable")
def disable_(user: Who, as_json: Json = False) -> None:
    """Shut a user out at once; `relance user invite` lets them in again."""
    found, changed = run(_disable(user))
    if as_json:
        output.print_json({"user": _plain(found), "changed": changed})
    elif changed:
        output.say(f"{found.email} is disabled, and signed out everywhere", style="green")
    else:
        output.say(f"{found.email} is disabled already; nothing changed", style="yellow")


@app.command("sessions")
def sessions_(user: Who, as_json: Json = False) -> None:
    """List where a user is signed in."""
    found = run(_sessions(user))
    if as_json:
        output.print_json(found)
        return
    tables.table(
        "Sessions",
        ("device", "signed in", "last used", "ends", "address", "id"),
        (
            (row.device, row.started_at, row.last_used_at, row.expires_at, row.address, tables.Whole(row.id))
            for row in found
        ),
        empty="this user is signed in nowhere",
    )


@app.command("revoke")
def revoke_(
    user: Who,
    session: Annotated[str | None, typer.Option(help="Only this session.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Sign a user out everywhere, or end one session."""
    ended = run(_revoke(user, session))
    if as_json:
        output.print_json({"ended": ended})
    else:
        output.say(f"{number_of(ended, 'session')} ended", style="green" if ended else "yellow")


def _plain(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "owner_id": user.owner_id,
        "team": user.team,
        "disabled_at": user.disabled_at,
    }


async def _invite(email: str, role: Role | None, owner: str | None, team: str | None) -> Any:
    from adapters.clock import utc_now
    from adapters.settings import load_settings
    from services.access.addresses import link_address
    from services.access.audit import CLI
    from services.access.users import Invitation, invite
    from services.reading.id_prefix import whole_id

    async with open_database(migrate=True) as database, database.transaction() as connection:
        owner = owner and await whole_id(connection, IdKind.OWNER, owner)
        made = await invite(connection, CLI, Invitation(email, role, owner, team), utc_now())
        return made, link_address(load_settings().public_url, made.link.token)


async def _change_role(given: str, role: Role) -> tuple[User, bool]:
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.access.users import change_role, user_of

    async with open_database(migrate=True) as database, database.transaction() as connection:
        user = await user_of(connection, given)
        changed = await change_role(connection, CLI, user.id, role, utc_now())
        return await user_of(connection, user.id), changed


async def _disable(given: str) -> tuple[User, bool]:
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.access.users import disable, user_of

    async with open_database(migrate=True) as database, database.transaction() as connection:
        user = await user_of(connection, given)
        changed = await disable(connection, CLI, user.id, utc_now())
        return await user_of(connection, user.id), changed


async def _sessions(given: str) -> list[queries.SessionsOfUserRow]:
    from adapters.clock import utc_now
    from services.access.sessions import sessions_of
    from services.access.users import user_of

    async with open_database() as database, database.transaction() as connection:
        return await sessions_of(connection, (await user_of(connection, given)).id, utc_now())


async def _revoke(given: str, session: str | None) -> int:
    from adapters.clock import utc_now
    from services.access.audit import CLI
    from services.access.sessions import EndedBy, end_all, end_one
    from services.access.users import user_of

    async with open_database(migrate=True) as database, database.transaction() as connection:
        user = await user_of(connection, given)
        if session is not None:
            return int(await end_one(connection, CLI, user.id, session, utc_now()))
        return await end_all(connection, CLI, user.id, EndedBy.REVOKED, utc_now())
