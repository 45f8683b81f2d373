"""The text of a sequence file for a definition of which no file is known: what its author would have to write."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

if TYPE_CHECKING:
    from sequences.definition.model import SequenceDefinition

_HEAD: Final = ("sequence", "name", "record", "day_zero", "topic", "sender", "frequency_cap")
_SPACED: Final = frozenset({"steps", "reactions"})
"""Lists with a blank line between their items."""
_WIDTH: Final = 110


def yaml_text(definition: SequenceDefinition) -> str:
    """A text that reads as the same definition. Defaults are left out; there are no comments."""
    # Through JSON: names of channels are enumerations until then.
    content = json.loads(json.dumps(definition.model_dump(mode="json", exclude_defaults=True)))
    head = {key: content.pop(key) for key in _HEAD if key in content}
    blocks = [plain_yaml(head)]
    for key, value in content.items():
        block = plain_yaml({key: value})
        blocks.append(block.replace("\n  - ", "\n\n  - ").replace("\n\n", "\n", 1) if key in _SPACED else block)
    return "\n".join(blocks)


def plain_yaml(content: dict[str, Any]) -> str:
    """Plain values (of JSON) as the text of a file."""
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(_laid_out(content), out)
    return out.getvalue()


def _laid_out(value: Any) -> Any:
    """Lists of plain values on one line, everything else on lines of its own."""
    if isinstance(value, dict):
        return CommentedMap({key: _laid_out(each) for key, each in value.items()})
    if isinstance(value, list):
        items = CommentedSeq([_laid_out(each) for each in value])
        if not any(isinstance(each, dict | list) for each in value):
            items.fa.set_flow_style()
        return items
    return value
