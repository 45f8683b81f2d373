"""``relance publish``: shows what a file would do, asks, publishes, and switches its rules on."""

# ruff: noqa: PLC0415 - the domain, Postgres and Temporal are imported by the command, never by `--help`.
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sequences.number_words import number_of
from starter.cli import output
from starter.cli.commands import preview
from starter.cli.options import Json, Yes
from starter.cli.session import interactive, open_database, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from sequences.auto_enroll.lint import LintFinding
    from sequences.forms.definition import FormDefinition
    from services.publishing.check_and_publish import CheckedFile
    from services.publishing.switch_rules import Plan, Published

BAD_INPUT = 2
Wanted = Literal["yes", "no"]


def publish(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Sequence and form files.", show_default=False)],
    templates: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the templates; default: `templates` beside the sequences' folder.", file_okay=False
        ),
    ] = None,
    enroll_existing: Annotated[
        Wanted | None,
        typer.Option(
            help="Whether people who already match the rules are enrolled now. Asked in a terminal; otherwise no.",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Publish sequence and form files, each as a new version.

    Checks them, shows who their rules would enroll, and asks in a terminal. Forms that messages name are published too.
    """
    from adapters.authoring_settings import load_authoring_settings
    from adapters.settings import load_settings
    from services.publishing.check_and_publish import check_files
    from starter.cli.commands.check import show_problems, show_required

    checked = check_files(files, templates, need_templates=True, custom_fields=load_authoring_settings().custom())
    for item in checked:
        # On standard error: with --json, standard output is the program's.
        show_problems(item.problems, stderr=True)
    if not all(item.good for item in checked):
        _nothing_published()
    settings = load_settings()
    forms = run(_publish_forms(settings, [item.form for item in checked if item.form is not None]))
    checked = [item for item in checked if item.form is None]
    asking = interactive() and not yes
    done = run(_publish(settings, checked, enroll_existing, ask=asking, quiet=as_json)) if checked else []
    if as_json:
        output.print_json([*forms, *(_as_dict(each, checked) for each in done)])
        return
    for form in forms:
        _report_form(form)
    for each in done:
        _report(each)
        for item in checked:
            if item.file == each.file:
                show_required(item)


async def _publish_forms(settings: Settings, wanted: Sequence[FormDefinition]) -> list[dict[str, Any]]:
    from adapters.clock import utc_now
    from sequences.forms.fields import file_fields
    from services.publishing.forms import publish_forms

    if not wanted:
        return []
    known = settings.catalogue()
    for form in wanted:
        if not settings.uploads_folder and file_fields(form, known):
            output.warn(f"{form.form}: RELANCE_UPLOADS_FOLDER is not set, so its page does not ask for files")
    async with open_database(migrate=True) as database, database.transaction() as connection:
        done = await publish_forms(connection, wanted, utc_now())
    return [{"form": version.form, "version": version.version, "new": new} for version, new in done]


def _report_form(form: dict[str, Any]) -> None:
    words = f"form {form['form']} version {form['version']}: {'published' if form['new'] else 'unchanged'}"
    output.say(words, style="green" if form["new"] else None)


async def _publish(
    settings: Settings, checked: Sequence[CheckedFile], existing: Wanted | None, *, ask: bool, quiet: bool
) -> list[Published]:
    from adapters.clock import utc_now
    from adapters.postgres.versions import Versions
    from services.operations.scan_orders import reach
    from services.publishing import switch_rules

    async with open_database(migrate=True) as database:
        planned, findings = await _look(database, settings, checked, always_preview=existing == "yes")
        _show(planned, findings, quiet=quiet)
        wanted = _ask(planned, existing, ask=ask)
        done = await switch_rules.publish_all(database, Versions(), planned, utc_now(), existing=wanted)
        if any(each.rules != "none" for each in done):
            await switch_rules.apply_to_temporal(await reach(settings), done)
        for each in done:
            each.findings = [finding for finding in findings if each.sequence in finding.sequences]
        return done


async def _look(
    database: Database, settings: Settings, checked: Sequence[CheckedFile], *, always_preview: bool
) -> tuple[list[Plan], list[LintFinding]]:
    from adapters.clock import utc_now
    from services.publishing import switch_rules
    from services.publishing.preview import asking

    async with database.transaction() as connection:
        planned = await switch_rules.plans(
            asking(settings), connection, checked, utc_now(), always_preview=always_preview
        )
        definitions = [plan.definition for plan in planned if plan.changes]
        found = await switch_rules.look(connection, definitions, settings.custom()) if definitions else []
        return planned, found


def _show(planned: Iterable[Plan], findings: Sequence[LintFinding], *, quiet: bool) -> None:
    from services.publishing.lint import has_errors
    from starter.cli.commands.lint import show

    for plan in planned:
        if plan.preview is not None and not quiet:
            preview.show(plan.preview)
    for finding in findings:
        show(finding, stderr=True)
    if has_errors(findings) or any(plan.preview is not None and plan.preview.broken for plan in planned):
        _nothing_published()


def _ask(planned: Sequence[Plan], existing: Wanted | None, *, ask: bool) -> frozenset[str]:
    """The sequences whose rules take in those who match already."""
    with_rules = [plan for plan in planned if plan.preview is not None]
    if ask and any(plan.changes for plan in with_rules):
        names = ", ".join(plan.definition.sequence for plan in planned if plan.changes)
        typer.confirm(f"Publish {names}?", abort=True, err=True, default=True)
    wanted = set()
    for plan in with_rules:
        shown = plan.preview
        if shown is None or (existing is None and not shown.would_enroll):
            continue
        who = preview.count(shown.would_enroll, shown.records)
        if existing is not None:
            yes = existing == "yes"
        elif ask:
            yes = typer.confirm(f"{shown.sequence}: enroll those who match now ({who})?", err=True)
        else:
            yes = False
            output.warn(
                f"{shown.sequence}: people who already match ({who}) are not enrolled; to enroll them, use "
                f"--enroll-existing yes, or later `relance scan {shown.sequence} --existing`"
            )
        if yes:
            wanted.add(shown.sequence)
    return frozenset(wanted)


def _nothing_published() -> None:
    output.warn("error: nothing was published", "red")
    raise typer.Exit(BAD_INPUT)


def _report(done: Published) -> None:
    label = f"{done.sequence} version {done.version}"
    output.say(f"{label}: {'published' if done.new else 'unchanged'}", style="green" if done.new else None)
    for form, version in done.forms.items():
        _report_form({"form": form, "version": version, "new": True})
    if done.windows_changed:
        output.say(f"  {number_of(done.windows_changed, 'open window')} got the new length")
    if done.rules == "off":
        output.say("  its rules are off: no person is enrolled automatically any more", style="yellow")
    if done.rules == "on":
        output.say("  its rules are on: people who match from now on are enrolled automatically")
    if done.schedule == "later":
        later = "the daily scan is scheduled" if done.rules == "on" else "the daily scan is removed"
        output.warn(f"  Temporal does not answer: {later} when `relance serve` next starts, or when you publish again")
    if done.scan is not None:
        again = f"`relance scan {done.sequence} --existing`"
        now = f"people who already match are enrolled now; {again} shows progress"
        waits = done.preview is not None and done.preview.would_wait
        if done.preview is not None and waits:
            one = done.preview.would_enroll == 1
            who = f"{preview.count(done.preview.would_enroll, done.preview.records)} {'waits' if one else 'wait'}"
            now = f"not enrolled yet: {who} for `relance approve {done.sequence}`"
        said = {
            "started": f"  {now}",
            "not started": f"  people who already match are not enrolled yet; run {again} when Temporal answers",
        }
        output.say(said[done.scan], style="green" if done.scan == "started" and not waits else "yellow")


def _as_dict(done: Published, checked: Iterable[CheckedFile]) -> dict[str, Any]:
    found = output.plain(done)
    assert isinstance(found, dict)
    required = next((item.required for item in checked if item.file == done.file), {})
    return found | {
        "preview": preview.as_dict(done.preview) if done.preview else None,
        "fields_without_default": {name: list(fields) for name, fields in required.items() if fields},
    }
