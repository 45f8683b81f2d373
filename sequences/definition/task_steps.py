"""Steps that people do: a call, a message on LinkedIn, a letter, as written in a sequence file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from sequences.definition.scalar_types import DefinitionPart, DurationText, Line, LongText, grammar_error

TaskKind = Literal["call", "linkedin", "letter", "other"]
COLLEAGUES = ("owner", "assigned_by")
FIELD_GROUPS = ("person.", "placement.", "client.", "custom.")


def is_field(assignee: str) -> bool:
    """Whether an assignee is the name of a field that holds the id of a user, rather than the id itself."""
    return assignee.startswith(FIELD_GROUPS)


def _wait(value: Any) -> Any:
    # `no` is a text in YAML 1.2, and false where somebody writes JSON.
    if value in ("no", False):
        return "no"
    if value == "done":
        return value
    raise grammar_error("This does not say what the run waits for.", f'"{value}"', "`done` or `no`")


class StepTask(DefinitionPart):
    """What somebody is asked to do at this step."""

    title: Line = Field(description="What to do. May name fields: {{ person.first_name }}.")
    kind: TaskKind = Field(default="other", description="call, linkedin, letter or other (default).")
    description: LongText | None = Field(default=None, description="Details; may also name fields.")
    assign: Line = Field(
        default="owner",
        description="Who does it: owner (default), assigned_by, the id of a user, or a field that holds one.",
    )
    wait: Annotated[Literal["done", "no"], BeforeValidator(_wait), WithJsonSchema({"enum": ["done", "no"]})] = Field(
        default="no", description="done: the run waits until it is done, at most `within`. Default: no."
    )
    within: DurationText | None = Field(default=None, description="With `wait: done`: how long the run waits.")

    @property
    def waits(self) -> bool:
        """Whether the run goes on only when it is done, or when its time is over."""
        return self.wait == "done"
