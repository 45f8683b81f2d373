"""The parts of HubSpot's API description (CRM objects, v3) that we use, as JSON Schemas: requests and answers are held
against them. Names, required keys and enumerations are those of the official description."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_TEXTS_OR_NULL = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
_INSTANT = {"type": "string", "format": "date-time"}
_NEXT = {
    "type": "object",
    "required": ["after"],
    "properties": {"after": {"type": "string"}, "link": {"type": "string"}},
}
_PAGING = {"type": "object", "properties": {"next": _NEXT}}
_SPEC = {
    "type": "object",
    "required": ["associationCategory", "associationTypeId"],
    "properties": {
        "associationCategory": {"enum": ["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"]},
        "associationTypeId": {"type": "integer"},
    },
    "additionalProperties": False,
}
_ASSOCIATIONS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["to", "types"],
        "properties": {
            "to": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            "types": {"type": "array", "items": _SPEC},
        },
        "additionalProperties": False,
    },
}
_FILTER = {
    "type": "object",
    "required": ["operator", "propertyName"],
    "properties": {
        "highValue": {"type": "string"},
        "propertyName": {"type": "string"},
        "values": {"type": "array", "items": {"type": "string"}},
        "value": {"type": "string"},
        "operator": {
            "enum": [
                *("EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY"),
                *("NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"),
            ]
        },
    },
    "additionalProperties": False,
}
_OBJECT = {
    "type": "object",
    "required": ["createdAt", "id", "properties", "updatedAt"],
    "properties": {
        "id": {"type": "string"},
        "properties": _TEXTS_OR_NULL,
        "createdAt": _INSTANT,
        "updatedAt": _INSTANT,
        "archived": {"type": "boolean"},
        "archivedAt": _INSTANT,
    },
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "PublicObjectSearchRequest": {
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "limit": {"type": "integer", "maximum": 200},
            "after": {"type": "string"},
            "sorts": {"type": "array", "items": {"type": "string"}},
            "properties": {"type": "array", "items": {"type": "string"}},
            "filterGroups": {
                "type": "array",
                "maxItems": 5,
                "items": {
                    "type": "object",
                    "required": ["filters"],
                    "properties": {"filters": {"type": "array", "maxItems": 6, "items": _FILTER}},
                },
            },
        },
        "additionalProperties": False,
    },
    "SimplePublicObjectInput": {
        "type": "object",
        "required": ["properties"],
        "properties": {"properties": _TEXTS},
        "additionalProperties": False,
    },
    "SimplePublicObjectInputForCreate": {
        "type": "object",
        "required": ["properties"],
        "properties": {"properties": _TEXTS, "associations": _ASSOCIATIONS},
        "additionalProperties": False,
    },
    "SimplePublicObject": _OBJECT,
    "CollectionResponse": {
        "type": "object",
        "required": ["results"],
        "properties": {"results": {"type": "array", "items": _OBJECT}, "paging": _PAGING, "total": {"type": "integer"}},
    },
}


def check(name: str, value: Any) -> None:
    """Fails when a value is not as the description has it."""
    problems = [error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(value)]
    assert not problems, f"{name}: {problems}"
