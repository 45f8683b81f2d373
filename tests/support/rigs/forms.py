"""A form on the API rig: published, linked to a run, and what came of it."""

from dataclasses import dataclass
from typing import Any

import httpx

from sequences import ids
from sequences.forms.definition import FormDefinition
from sequences.tokens import TokenKind
from services.publishing.forms import publish_forms
from services.sending.form_links import put_form_links
from tests.support.rigs.api import ApiRig

FORM: dict[str, Any] = {
    "form": "re-registration",
    "name": "Re-registration",
    "title": "Are you <still> looking?",
    "fields": [
        {"field": "person.first_name", "required": True},
        {"field": "person.city", "label": "Town", "help": "Where you live"},
        {"field": "person.email"},
        {"field": "person.status", "choices": ["Active", "Not looking"]},
        {"field": "person.available_from"},
        {"field": "person.resume"},
    ],
    "thank_you": "Thank <you>.",
}
GOOD = {"person.first_name": "Alexandra", "person.city": "Leeds", "person.status": "Active"}


@dataclass
class Link:
    """A link to a form, and the run that it is of."""

    run: str
    id: str
    path: str


async def link_of(api: ApiRig, number: str = "p1", *, state: str = "active", **more: Any) -> Link:
    run = await api.enrolled(number, state=state)
    await api.execute("UPDATE person SET owner_id = 'dana' WHERE id = $1", number)
    form = FormDefinition.model_validate({**FORM, **more})
    async with api.database.transaction() as connection:
        await publish_forms(connection, [form], api.now)
        await put_form_links(connection, run, (form.form,), api.now)
    identity = ids.form_link_id(run, form.form)
    return Link(run, identity, f"/f/{api.token(TokenKind.FORM, identity)}")


async def post(api: ApiRig, link: Link, **fields: str) -> httpx.Response:
    return await api.http.post(link.path, data={**GOOD, **{name.replace("__", "."): v for name, v in fields.items()}})


async def submissions(api: ApiRig) -> list[Any]:
    return await api.fetch("SELECT * FROM form_submission ORDER BY link_id, number")


async def person(api: ApiRig, number: str = "p1") -> Any:
    return (await api.fetch("SELECT * FROM person WHERE id = $1", number))[0]


async def reactions(api: ApiRig, link: Link) -> list[str]:
    return [row["kind"] for row in await api.rows("reactions_of", enrollment_id=link.run)]
