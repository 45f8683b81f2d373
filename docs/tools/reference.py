"""The pages of the site that are made from the code: every command, and every setting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import typer.main

from adapters.settings import Settings
from starter.cli.main import app
from starter.cli.panels import PANELS
from starter.version import version


def cli_page() -> str:
    """Every command with its arguments and options, under the headings of ``relance --help``."""
    group: Any = typer.main.get_command(app)
    lines = [
        "# Commands",
        "",
        f"Made from the code of Relance {version()}; `relance COMMAND --help` shows the same. "
        "The guide, with examples, is [The command line](cli.md).",
    ]
    for panel, names in PANELS.items():
        lines += ["", f"## {panel}"]
        for name in names:
            lines += _command(("relance", name), group.commands[name])
    return "\n".join(lines) + "\n"


def _command(words: tuple[str, ...], command: Any) -> Iterator[str]:
    inside = getattr(command, "commands", None)
    yield from ("", f"### {' '.join(words[1:])}", "", command.help or "")
    if inside is not None:
        for name, each in inside.items():
            yield from _command((*words, name), each)
        return
    shown = [item for item in command.params if not item.hidden]
    arguments = [item for item in shown if item.param_type_name == "argument"]
    usage = " ".join([*words, "[OPTIONS]", *map(_metavar, arguments)])
    yield from ("", "```", usage, "```")
    if shown:
        yield from ("", "| | default | meaning |", "|---|---|---|")
        yield from (_parameter(item) for item in [*arguments, *(i for i in shown if i not in arguments)])


def _metavar(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _parameter(item: Any) -> str:
    names = [_metavar(item)] if item.param_type_name == "argument" else [*item.opts, *item.secondary_opts]
    default = item.default
    silent = default is None or default is False or default == () or not getattr(item, "show_default", True)
    shown = "required" if item.required else "" if silent or callable(default) else f"`{_plain(default)}`"
    meaning = getattr(item, "help", None) or ""
    environment = f" Environment: `{item.envvar}`." if item.envvar else ""
    return _row(" ".join(f"`{name}`" for name in names), shown, _escaped(meaning) + environment)


def settings_page() -> str:
    """Every setting with its default, in the order of the code."""
    lines = [
        "# Settings",
        "",
        f"Made from the code of Relance {version()}. Each is an environment variable; "
        "[Operations](operations.md#settings) says how they work together.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    lines += [
        _row(f"`RELANCE_{name.upper()}`", _default(field), _escaped(field.description or ""))
        for name, field in sorted(Settings.model_fields.items(), key=lambda item: (not item[1].is_required(), item[0]))
    ]
    return "\n".join(lines) + "\n"


def _default(field: Any) -> str:
    secret = ", secret" if "SecretStr" in str(field.annotation) else ""
    if field.is_required():
        return "**required**" + secret
    value = field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
    return ("none" if value is None else "empty" if value == "" else f"`{_plain(value)}`") + secret


def _plain(value: object) -> str:
    return str(getattr(value, "value", value))


def _escaped(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def pages() -> Iterable[tuple[str, str]]:
    """File and text of each page."""
    return (("commands.md", cli_page()), ("settings.md", settings_page()))
