"""``relance forecast``: when each step would go for one record."""

# ruff: noqa: PLC0415 - the domain and its data sets take a third of a second: only in the commands that need them.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starter.cli import output
from starter.cli.options import Json

if TYPE_CHECKING:
    from sequences.sending.wording import Wording


def forecast(
    file: Annotated[Path, typer.Argument(help="A sequence file.", show_default=False)],
    record: Annotated[
        Path, typer.Option(help="JSON with the record's fields: {person: {...}, placement: {...}}.", show_default=False)
    ],
    at: Annotated[str, typer.Option(help="The instant of enrollment, ISO 8601 with Z or offset.", show_default=False)],
    timezone: Annotated[
        str,
        typer.Option(help="Time zone of the organisation: the last fallback.", envvar="RELANCE_ORGANISATION_TIMEZONE"),
    ] = "UTC",
    closed: Annotated[
        list[str] | None,
        typer.Option(help="Closed days, FIRST..LAST; may be repeated. No database is read.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show when each step would go for one record, and why.

    For a record enrolled at an instant. Names the conditions of a step, and its variants with their shares. Needs no
    server, no templates.
    """
    from sequences.planning.closed_days import parse_days
    from sequences.planning.forecast import as_json as step_as_json
    from sequences.runs.step_conditions import condition_words
    from sequences.sending.wording import wordings
    from services.publishing.forecast import forecast_file
    from starter.cli import tables

    made = forecast_file(file, record, at, timezone, [parse_days(days) for days in closed or ()])
    for warning in made.warnings:
        output.warn(f"warning: {warning}")
    only_if = {step.id: condition_words(step.conditions) for step in made.sequence.steps if step.conditions}
    variants = {step.id: wordings(step) for step in made.sequence.steps if step.variants}
    steps = [
        step_as_json(plan)
        | ({"if": list(only_if[plan.step])} if plan.step in only_if else {})
        | ({"variants": [_as_json(each) for each in variants[plan.step]]} if plan.step in variants else {})
        for plan in made.plans
    ]
    if as_json:
        output.print_json(steps)
        return
    tables.table(
        f"{made.sequence.name}: enrolled {output.local(made.enrolled_at, None)} UTC",
        (
            "step",
            "due (UTC)",
            "local time",
            "zone",
            "zone from",
            "moved by",
            "skipped",
            "only if",
            "variants",
        ),
        (
            (
                plan.step,
                step["due_at"],
                plan.local and f"{plan.local:%a %d %b %Y %H:%M}",
                plan.timezone,
                plan.timezone_source,
                ", ".join(plan.moved_by),
                plan.skipped and output.safe(plan.skipped, "yellow"),
                "; ".join(only_if.get(plan.step, ())),
                ", ".join(f"{each.variant} {each.share:.0%}" for each in variants.get(plan.step, ())),
            )
            for plan, step in zip(made.plans, steps, strict=True)
        ),
        empty="no steps",
    )
    if only_if:
        output.say(
            "If what is asked does not hold when a step is due, the step is skipped then; later steps count from that "
            "time as they would from the message, so their times are the same either way."
        )
    if variants:
        output.say(
            "Each run gets one variant of a step, by its id. A forecast has no run, so it cannot say which; the "
            "numbers are the shares of all runs, and the times are the same for each."
        )


def _as_json(wording: Wording) -> dict[str, object]:
    """One variant, with the share of runs that get it."""
    return {
        "name": wording.variant,
        "share": round(wording.share, 4),
        "template": wording.template,
        "subject": wording.subject,
    }
