"""Is this sequence file good? The door is ``load_file``; ``read_file`` gives the problems without raising.

The way of a file through this package (``sequence_file``):

1. ``yaml_document``: the text becomes plain values, each with its line and column. What is wrong with the form of the
   text is a flaw, and is reported before anything else.
2. ``sequences.definition.model`` says which shapes there are. ``pydantic_problems`` puts its errors into words.
3. ``check_sequence`` asks what shapes cannot say: do the steps fit together (``check_steps``), can zones, holidays and
   windows be kept (``check_schedule``), do variants differ (``check_wording``), can conditions be met
   (``check_conditions``) and people do their steps (``check_tasks``), is every field there and fit for its use
   (``check_fields`` and ``check_stop_rules``, which ask ``field_uses`` as the others do; ``template_fields`` for the
   short templates in a file). The checks look at plain values (``plain_values``) and not at models, so that one wrong
   key does not hide what else is wrong.
4. Each check gives a ``Finding`` about a value; with its place (``placing``) it is a ``FileProblem`` (``problems``).

``sequences.editing`` edits files; what comes out is checked by the same way.

Whole templates are checked by ``services.publishing``, which knows the template engine.
"""

from sequences.checking.problems import FileProblem, InvalidSequenceError, Severity
from sequences.checking.sequence_file import (
    FileReading,
    LoadedSequence,
    Named,
    NamedTemplate,
    load_file,
    read_file,
)
from sequences.checking.template_fields import TEMPLATE_TEXT

__all__ = [
    "TEMPLATE_TEXT",
    "FileProblem",
    "FileReading",
    "InvalidSequenceError",
    "LoadedSequence",
    "Named",
    "NamedTemplate",
    "Severity",
    "load_file",
    "read_file",
]
