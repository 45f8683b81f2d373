"""``relance setup``: what a server of ours must know before the first run; each command may be run again."""

# ruff: noqa: PLC0415 - Temporal is imported by the commands that need it.
from __future__ import annotations

import asyncio

import typer

from sequences.names import SEARCH_ATTRIBUTES
from starter.cli import output
from starter.cli.options import Json
from starter.cli.session import run

_KNOWN_WITHIN = 30.0
_AGAIN_AFTER = 0.5

app = typer.Typer(
    no_args_is_help=True,
    help="Prepare the servers that Relance needs.",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _setup() -> None:
    """Prepare the servers that Relance needs."""


@app.command()
def temporal(as_json: Json = False) -> None:
    """Register the search attributes of Relance with Temporal.

    In the namespace of TEMPORAL_NAMESPACE. Running it again changes nothing.
    """
    namespace, added = run(_temporal())
    present = [name for name in SEARCH_ATTRIBUTES if name not in added]
    if as_json:
        output.print_json({"namespace": namespace, "added": sorted(added), "present": sorted(present)})
        return
    if added:
        output.say(f"{namespace}: added {', '.join(added)}", style="green")
    else:
        output.say(f"{namespace}: all {len(present)} search attributes already exist", style="green")


async def _temporal() -> tuple[str, dict[str, str]]:
    from adapters.temporal.client import connect, missing_search_attributes, register_search_attributes
    from sequences.errors import UnavailableError

    client = await connect()
    added = await register_search_attributes(client)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _KNOWN_WITHIN
    while missing := await missing_search_attributes(client):
        if loop.time() > deadline:
            raise UnavailableError(f"Temporal took {', '.join(missing)} but does not list them yet; run this again")
        await asyncio.sleep(_AGAIN_AFTER)
    return client.namespace, added
