"""Looks over all sequences at once: those that are published, and files that may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.files.bounded import MOST_OF_YAML, read_bounded
from adapters.postgres import queries
from sequences.auto_enroll.lint import LintFinding, Weight, findings
from sequences.auto_enroll.loops import graph_of
from sequences.checking import FileProblem, InvalidSequenceError, load_file
from sequences.definition.model import SequenceDefinition
from sequences.errors import DefinitionError
from sequences.records.catalogue import FieldType, catalogue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from adapters.postgres.database import Connection
    from sequences.mailboxes.own_mailbox import MailboxDirectory


def lint(
    definitions: Iterable[SequenceDefinition],
    new: Iterable[SequenceDefinition] = (),
    custom_fields: Mapping[str, FieldType] | None = None,
    receivers: Collection[str] | None = None,
    mailboxes: MailboxDirectory | None = None,
) -> list[LintFinding]:
    """What is odd about the rules of these sequences taken together, the heaviest first. Pure.

    Args:
        definitions: the newest published versions.
        new: what is about to be published, in place of published ones of the same name. When there are any, only
            what concerns them is found: a publish does not answer for what was there before.
        custom_fields: the organisation's own fields; None when they are not known.
        receivers: names of receivers of webhooks; None when they are not known.
        mailboxes: all of them; None when they are not known.
    """
    coming = list(new)
    graph = graph_of([*definitions, *coming])
    through = frozenset(definition.sequence for definition in coming)
    return findings(
        graph,
        catalogue(custom_fields),
        through,
        custom_known=custom_fields is not None,
        receivers=receivers,
        mailboxes=mailboxes,
    )


def has_errors(found: Iterable[LintFinding]) -> bool:
    """Whether anything found keeps a sequence from being published."""
    return any(finding.severity is Weight.ERROR for finding in found)


def read_files(files: Iterable[Path], custom_fields: Mapping[str, FieldType] | None = None) -> list[SequenceDefinition]:
    """The sequences of files, without looking at their templates.

    Raises:
        InvalidSequenceError: a file has an error.
        DefinitionError: a file cannot be read, or two of them are the same sequence.
    """
    found: dict[str, SequenceDefinition] = {}
    for file in files:
        try:
            text = read_bounded(file, MOST_OF_YAML).decode("utf-8-sig")
        except OSError as error:
            raise InvalidSequenceError(
                [
                    FileProblem(
                        str(file), 1, 1, "The file cannot be read.", error.strerror or "an error", "a readable file"
                    )
                ]
            ) from error
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            byte = f"byte 0x{error.object[error.start]:02x}"
            raise InvalidSequenceError(
                [FileProblem(str(file), line, 1, "The file is not UTF-8.", byte, "UTF-8")]
            ) from error
        sequence = load_file(text, str(file), custom_fields or {}).sequence
        if sequence.sequence in found:
            raise DefinitionError(f"{file}: another file also has the sequence `{sequence.sequence}`")
        found[sequence.sequence] = sequence
    return list(found.values())


async def published(connection: Connection) -> list[SequenceDefinition]:
    """The newest version of every published sequence."""
    rows = await queries.newest_definitions(connection)
    return [SequenceDefinition.model_validate(definition) for definition in rows]


async def receivers(connection: Connection) -> frozenset[str]:
    """Names of the receivers of webhooks that there are."""
    return frozenset(await queries.webhook_endpoint_names(connection))
