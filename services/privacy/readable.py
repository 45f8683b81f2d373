"""The export of a person as a text that they can read without a program."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from services.privacy.export_person import PersonExport
    from services.reading.run_story import Timeline

_SHORT: Final = 100


def readable(export: PersonExport) -> str:
    """The text: who it is, the stories of their enrollments, then table by table every value that is not empty."""
    return "\n".join(_lines(export)) + "\n"


def _lines(export: PersonExport) -> Iterator[str]:
    yield f"What is stored about {export.name or 'a person'} ({export.person})"
    yield f"As of {_value(export.exported_at)}."
    if export.merged:
        yield f"Includes what was stored as {', '.join(export.merged)}."
    if export.stories:
        yield from ("", "What happened", "=============")
    for story in export.stories:
        yield from _story(story)
    for table in export.tables:
        heading = f"{table.title} ({len(table.rows)})"
        yield from ("", heading, "=" * len(heading))
        for row in table.rows:
            yield ""
            yield from _row(row)
    yield from ("", "Not searched", "============")
    yield "These may hold data about the person and cannot be searched for one person:"
    yield from (f"  {what}" for what in export.not_searched.values())


def _story(story: Timeline) -> Iterator[str]:
    yield ""
    yield f"{story.name}, enrolled {_value(story.enrolled_at)}: {story.state}{_because(story.reason)}"
    for each in story.moments:
        yield f"  {_value(each.at)}  {each.what}{_because(each.why)}"


def _because(why: str | None) -> str:
    return f" ({why})" if why else ""


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    for name, value in row.items():
        if value is None or value in ("", [], {}):
            continue
        yield from _labelled(name, value)


def _labelled(name: str, value: Any, indent: str = "  ") -> Iterator[str]:
    if isinstance(value, dict):
        yield f"{indent}{name}:"
        for key, each in value.items():
            yield from _labelled(key, each, f"{indent}  ")
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield f"{indent}{name}:"
        for number, each in enumerate(value, 1):
            yield from _labelled(str(number), each, f"{indent}  ")
    else:
        text = _value(value)
        if "\n" not in text and len(text) <= _SHORT:
            yield f"{indent}{name}: {text}"
            return
        yield f"{indent}{name}:"
        yield from (f"{indent}    {line}".rstrip() for line in text.splitlines())


def _value(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return _joined(value) if isinstance(value, list) else str(value)


def _joined(values: Iterable[Any]) -> str:
    return ", ".join(_value(each) for each in values)
