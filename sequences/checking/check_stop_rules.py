"""Whether the stop rules of a file (``stop_when``) can be asked of a record.

Their shape is in ``sequences.definition.rules``; whether a record meets one is ``sequences.reactions.verdict``. That a
rule lets in only who meets a stop rule is a finding of ``sequences.auto_enroll.lint``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.field_uses import FieldUses
    from sequences.checking.problems import Finding


def check_stop_rules(data: Mapping[str, Any], uses: FieldUses) -> Iterator[Finding]:
    """Each field is one that rules can read, and can have the values, or be `present` or `missing`."""
    yield from uses.values(("stop_when",), data.get("stop_when"), "rules")
