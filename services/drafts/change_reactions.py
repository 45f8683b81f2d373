"""Changes of the reactions and stops of a draft and of what its steps do, each saved by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from sequences.channels import CHANNELS, EMAIL
from sequences.definition.follow_ups import KINDS
from sequences.editing import reactions as edits
from sequences.editing import stops
from sequences.editing.actions import NOT_IN_STEPS, with_actions
from sequences.editing.follow_up_lines import Asks, inputs_of, new_item
from sequences.editing.rewrite import data_of
from sequences.errors import DefinitionError
from services.drafts.change_steps import FIRST_MAIL, free_template
from services.drafts.draft import SEQUENCE_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from adapters.postgres.database import Connection
    from sequences.editing.conditions import FieldCondition
    from sequences.editing.follow_up_lines import LineChanges
    from sequences.editing.reactions import RuleChange
    from sequences.records.catalogue import FieldType
    from services.drafts.draft import SequenceDraft
    from services.drafts.edit_source import SourceEdits

_ANSWER: Final = "answer"
"""What a message is called that answers a reaction."""


@dataclass(frozen=True)
class ReactionChanges:
    """Changes reactions, stops and actions of one draft. Each raises what ``SourceEdits.save`` does.

    Attributes:
        source: where it is saved.
        types: of the fields of the catalogue.
    """

    source: SourceEdits
    types: Mapping[str, FieldType]

    async def add(self, connection: Connection, change: RuleChange, more: str) -> int:
        """Adds a reaction; ``more``: the kind of its first follow-up, or nothing.

        Returns:
            Its place, counted from 0.
        """
        draft = await self._save(connection, more, lambda text, item: edits.with_rule(text, _with(change, item)))
        return len(data_of(draft.source)[edits.REACTIONS]) - 1

    async def change(self, connection: Connection, index: int, change: RuleChange, more: str) -> None:
        """Changes a reaction; ``more``: the kind of a further follow-up, or nothing."""
        await self._save(
            connection,
            more,
            lambda text, item: edits.with_changed_rule(text, index, _with(change, item), self.types),
        )

    async def remove(self, connection: Connection, index: int) -> None:
        """Removes a reaction; a message that it sends stays, as one that nothing uses."""
        await self._save(connection, "", lambda text, _: edits.without_rule(text, index))

    async def act(self, connection: Connection, step: str, change: LineChanges, more: str) -> None:
        """Changes what a step does; ``more``: the kind of a further follow-up, or nothing."""
        if more in NOT_IN_STEPS:
            raise DefinitionError("a step sends a message with a key of its own")
        await self._save(
            connection,
            more,
            lambda text, item: with_actions(text, step, replace(change, more=item), self.types),
        )

    async def switch(self, connection: Connection, stopping: Iterable[str]) -> None:
        """Says which reactions stop a run."""
        await self._save(connection, "", lambda text, _: stops.with_switches(text, stopping))

    async def stop(self, connection: Connection, wanted: FieldCondition) -> None:
        """Adds a stop rule, or changes the one about its field."""
        await self._save(connection, "", lambda text, _: stops.with_stop(text, wanted, self.types))

    async def remove_stop(self, connection: Connection, field: str) -> None:
        """Removes the stop rule about a field."""
        await self._save(connection, "", lambda text, _: stops.without_stop(text, field))

    async def _save(self, connection: Connection, more: str, edit: Callable[[str, object], str]) -> SequenceDraft:
        if more and more not in KINDS:
            raise DefinitionError("there is no such follow-up")

        def edited(draft: SequenceDraft) -> dict[str, str | None]:
            files: dict[str, str | None] = {}
            item = None
            if more:
                template = free_template(draft, f"{draft.sequence}/{_ANSWER}")
                item = new_item(more, draft.sequence, template)
                if inputs_of(more)[0].asks is Asks.TEMPLATE:
                    files[template + CHANNELS[EMAIL.name].endings[0]] = FIRST_MAIL
            return {**files, SEQUENCE_FILE: edit(draft.source, item)}

        return await self.source.save(connection, edited)


def _with(change: RuleChange, item: object) -> RuleChange:
    return replace(change, lines=replace(change.lines, more=item))
