"""The JSON Schema of a form file, for editors that complete and check while one writes."""

from __future__ import annotations

import json

from sequences.forms.definition import FormDefinition
from sequences.forms.fields import may_ask
from sequences.page_languages import LANGUAGES
from sequences.records.catalogue import BUILT_IN


def form_schema_text() -> str:
    """The schema as ``docs/form.schema.json`` holds it (``relance schema form`` prints it), JSON Schema 2020-12."""
    schema = FormDefinition.model_json_schema(by_alias=True, mode="validation")
    names = sorted(field.name for field in BUILT_IN if may_ask(field))
    asked = schema["$defs"]["FormField"]["properties"]["field"]
    asked["anyOf"] = [{"enum": names}, {"pattern": r"^custom\.[a-z][a-z0-9_]*$"}]
    schema["properties"]["language"]["examples"] = list(LANGUAGES)
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A form of Relance",
        **{key: value for key, value in schema.items() if key != "title"},
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
