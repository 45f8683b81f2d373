"""Whether every field that a sequence names is in the catalogue and fit for its use; stop rules are checked apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequences.checking import plain_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.field_uses import FieldUses
    from sequences.checking.problems import Finding


def check_fields(data: Mapping[str, Any], uses: FieldUses) -> Iterator[Finding]:
    """Day zero, rules, reactions and follow-ups."""
    if isinstance(data.get("day_zero"), str):
        yield from uses.named(("day_zero",), data["day_zero"], "day zero", target="value")
    rule = plain_values.mapping(data.get("auto_enroll"))
    yield from uses.values(("auto_enroll", "real"), rule.get("real"), "rules", presence=False)
    for name in plain_values.mapping(rule.get("qualitative")):
        yield from uses.named(("auto_enroll", "qualitative", name), name, "rules")
    for i, reaction in plain_values.mappings(data.get("reactions")):
        if isinstance(reaction.get("field"), str):
            yield from uses.named(("reactions", i, "field"), reaction["field"], "rules", target="value")
    for loc, kind, body in plain_values.follow_ups(data):
        if kind == "set_field":
            yield from uses.values(loc, body, "set_field", presence=False)
        elif kind == "create_task":
            for key in ("title", "description"):
                yield from uses.template((*loc, key), plain_values.mapping(body).get(key))
