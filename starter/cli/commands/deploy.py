"""``relance deploy``: which build of the workers gets the work."""

# ruff: noqa: PLC0415 - Temporal is imported by the commands that need it.
from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output, tables
from starter.cli.options import Json
from starter.cli.session import run

if TYPE_CHECKING:
    from adapters.temporal.deployments import Builds


def deploy(
    build: Annotated[
        str | None,
        typer.Argument(help='RELANCE_BUILD_ID of workers that run, "" for workers without one; none: only show.'),
    ] = None,
    percent: Annotated[
        float | None,
        typer.Option("--ramp", min=0, max=100, help="Give it this share of what starts and wakes up, in percent."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Give the work to another build of the workers, or back.

    Only for workers with RELANCE_BUILD_ID. Sleeping runs move to the build when they wake up.
    """
    if build is None and percent is not None:
        raise typer.BadParameter("say which build: relance deploy BUILD --ramp 10", param_hint="--ramp")
    found = run(_deploy(build, percent))
    if as_json:
        output.print_json(asdict(found))
        return
    pairs = [("current", found.current or "none: workers without a build get the work")]
    if found.ramping:
        pairs.append(("ramping", f"{found.ramping}, {found.percent:g} %"))
    tables.pairs("Builds", [*pairs, ("known", ", ".join(found.known))])


async def _deploy(build: str | None, percent: float | None) -> Builds:
    from adapters.operating_settings import OperatingSettings
    from adapters.settings_source import read_part
    from adapters.temporal import deployments
    from adapters.temporal.client import connect

    client, deployment = await connect(), read_part(OperatingSettings).deployment
    if build is not None and percent is not None:
        await deployments.ramp(client, deployment, build, percent)
    elif build is not None:
        await deployments.make_current(client, deployment, build)
    return await deployments.builds(client, deployment)
