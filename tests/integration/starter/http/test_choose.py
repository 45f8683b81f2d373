"""``POST /sequences/{name}/choose`` against a real Postgres."""

from collections.abc import Callable
from typing import Any

from adapters.postgres.versions import Versions
from adapters.templates.source import TemplateSource
from sequences.definition.model import SequenceDefinition
from tests.support.rigs.api import NOW, ApiRig

STEP = {"id": "introduce", "email": "bd/a", "variants": [{"name": "plain"}, {"name": "short", "template": "bd/b"}]}


async def test_a_variant_is_chosen_once(api: ApiRig, asking: Callable[..., Any]) -> None:
    definition = SequenceDefinition.model_validate(
        {"sequence": "compared", "name": "Compared", "record": "person", "steps": [STEP]}
    )
    templates = {name: TemplateSource(name, "Subject", "words\n").to_json() for name in ("bd/a", "bd/b")}
    async with api.database.transaction() as connection:
        await Versions().publish(connection, definition, templates, NOW)
    async with asking(bulk=object()) as ask:
        path, wanted = "/sequences/compared/choose", {"step": "introduce", "variant": "short"}
        first = await ask("POST", path, json=wanted)
        assert (first.status_code, first.json()) == (
            200,
            {
                "sequence": "compared",
                "step": "introduce",
                "variant": "short",
                "version": 2,
                "new": True,
                "had": 0,
                "waiting": 0,
            },
        )
        again = await ask("POST", path, json=wanted)
        assert (again.json()["version"], again.json()["new"]) == (2, False)
        other = await ask("POST", path, json={"step": "introduce", "variant": "plain"})
        assert (other.status_code, other.json()["reason"]) == (409, "nothing_to_choose")
        assert (await ask("POST", path, json={"step": "hello", "variant": "plain"})).status_code == 404
        assert (await ask("POST", "/sequences/none/choose", json=wanted)).status_code == 404
        assert (await ask("POST", path, json={"step": "introduce"})).status_code == 422
        assert (await ask("POST", path, json=wanted, proof=False)).status_code == 401
