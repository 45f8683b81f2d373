"""The JSON Schema of a sequence file, for editors that complete and check while one writes."""

from __future__ import annotations

import json
from typing import Any

from sequences.channels import CHANNELS
from sequences.definition.model import SequenceDefinition
from sequences.definition.step_conditions import HAPPENED
from sequences.records.catalogue import BUILT_IN, Field


def json_schema() -> dict[str, Any]:
    """The schema, JSON Schema 2020-12. It knows shapes and names; ``relance check`` knows the meaning too."""
    schema = SequenceDefinition.model_json_schema(by_alias=True, mode="validation")
    definitions = schema["$defs"]
    _name_fields(definitions["AutoEnroll"]["properties"]["qualitative"], [f for f in BUILT_IN if f.in_rules])
    _name_fields(definitions["AutoEnroll"]["properties"]["real"], [f for f in BUILT_IN if f.in_rules])
    _name_fields(schema["properties"]["stop_when"], [f for f in BUILT_IN if f.in_rules])
    _name_fields(definitions["SetField"]["properties"]["set_field"], [f for f in BUILT_IN if f.writable])
    conditions = definitions["Step"]["properties"]["if"]["anyOf"][2]
    _name_fields(conditions, [f for f in BUILT_IN if f.in_rules], HAPPENED)
    definitions["Step"]["oneOf"] = [
        {"required": [key], "properties": {key: {"not": {"type": "null"}}}} for key in (*CHANNELS, "do", "task")
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A sequence of Relance",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _name_fields(mapping: dict[str, Any], fields: list[Field], *others: str) -> None:
    """Offer the catalogue's names as keys (and others), custom fields being known to the organisation only."""
    names = sorted([*(field.name for field in fields), *others])
    mapping["propertyNames"] = {"anyOf": [{"enum": names}, {"pattern": r"^custom\.[a-z][a-z0-9_]*$"}]}


def schema_text() -> str:
    """The schema as the committed file ``docs/sequence.schema.json`` holds it (``relance schema`` prints it)."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
