"""``if:`` of a step: what must hold when it is due. The language of stop rules, and what happened in the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from sequences.author_messages import shown
from sequences.definition.happenings import PATTERN, parse_happening
from sequences.definition.rules import VALUES_SCHEMA, StopValues, form_of_wanted, read_wanted
from sequences.definition.scalar_types import DefinitionPart, grammar_error, one_or_more, read_by

if TYPE_CHECKING:
    from collections.abc import Iterator

HAPPENED: Final = "happened"
ALLOWED: Final = (
    "`clicked introduce`, or a mapping of fields to values as in `stop_when`, with `happened: clicked introduce` in it"
)

HappeningText = Annotated[str, read_by(parse_happening)]
Happenings = Annotated[tuple[HappeningText, ...], BeforeValidator(one_or_more), Field(min_length=1)]


class SeveralHappenings(DefinitionPart):
    """Happenings of which one is enough, or each is wanted, or both."""

    any_of: Happenings | None = Field(default=None, description="One of these is enough, as in a plain list.")
    all_of: Happenings | None = Field(default=None, description="Each of these.")


WantedHappenings = Annotated[
    Annotated[
        Annotated[tuple[HappeningText, ...], Field(min_length=1), Tag("values")]
        | Annotated[SeveralHappenings, Tag("several")],
        Discriminator(form_of_wanted),
    ],
    BeforeValidator(read_wanted),
]


class StepConditions(DefinitionPart):
    """Conditions that must all hold. Stored as they are written: fields beside ``happened``."""

    happened: WantedHappenings | None = None
    fields: dict[str, StopValues] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, value: Any) -> Any:
        if isinstance(value, str | list | tuple):
            return {HAPPENED: value}
        fields = {key: wanted for key, wanted in value.items() if key != HAPPENED} if isinstance(value, dict) else {}
        # Of nothing everything would be true.
        if not fields and (not isinstance(value, dict) or value.get(HAPPENED) is None):
            raise grammar_error("This is no condition.", shown(value), ALLOWED)
        return {"fields": fields} | ({HAPPENED: value[HAPPENED]} if HAPPENED in value else {})

    @model_serializer(mode="wrap")
    def _together(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped = handler(self)
        fields: dict[str, Any] = dumped.pop("fields", {})
        return {key: wanted for key, wanted in dumped.items() if wanted is not None} | fields

    def groups(self) -> Iterator[tuple[str, ...]]:
        """Groups of happenings: one of each group must be so."""
        match self.happened:
            case None:
                return
            case SeveralHappenings(any_of=any_of, all_of=all_of):
                yield from ((each,) for each in all_of or ())
                if any_of:
                    yield any_of
            case happenings:
                yield happenings


_ONE: Final[dict[str, Any]] = {"type": "string", "pattern": PATTERN, "examples": ["clicked introduce", "not replied"]}
_LIST: Final[dict[str, Any]] = {"type": "array", "minItems": 1, "items": _ONE}
_SEVERAL: Final[dict[str, Any]] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {key: {"anyOf": [_ONE, _LIST]} for key in ("any_of", "all_of")},
}

If = Annotated[
    StepConditions,
    WithJsonSchema(
        {
            "anyOf": [
                _ONE,
                _LIST,
                {
                    "type": "object",
                    "minProperties": 1,
                    "properties": {HAPPENED: {"anyOf": [_ONE, _LIST, _SEVERAL]}},
                    "additionalProperties": VALUES_SCHEMA,
                },
            ]
        }
    ),
]
