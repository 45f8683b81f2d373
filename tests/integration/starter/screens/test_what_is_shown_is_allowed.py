"""Whoever sees a link or a button may follow it: each page as each role, and everything that it offers is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from sequences.access.role import PeopleVisible, Role
from tests.support.screens.console_routes import console_pages
from tests.support.screens.forms import fields_of_form
from tests.support.screens.full_world import make_full_world
from tests.support.screens.html import parse, text_of
from tests.support.screens.rig import ConsoleRig

VIEWERS: dict[str, dict[str, Any]] = {
    "recruiter": {"role": Role.RECRUITER, "owner_id": "o1"},
    "recruiter of own people": {"role": Role.RECRUITER, "owner_id": "o1", "people_visible": PeopleVisible.OWN},
    "lead": {"role": Role.LEAD, "owner_id": "o1"},
    "admin": {"role": Role.ADMIN, "owner_id": "o1"},
    "auditor": {"role": Role.AUDITOR, "owner_id": None},
}
# These end what the walk needs, so they are asked for last.
_LAST = ("/sign-out", "/erase")
_Fields = tuple[tuple[str, str], ...]


@dataclass
class Offered:
    """What pages offer, and where: addresses to read, and forms with what they send as they stand."""

    links: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    acts: dict[tuple[str, _Fields], str] = field(default_factory=dict)

    def read(self, path: str, answer: httpx.Response) -> None:
        """Notes what a page offers; what is no page offers nothing."""
        if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
            return
        if not answer.text.strip():
            return
        root = parse(answer.text)
        for link in root.xpath("//a[starts-with(@href, '/console')]"):
            self.links.setdefault(link.get("href").partition("#")[0], f"{path}: {text_of(link)[:60]}")
        for part in root.xpath("//*[starts-with(@hx-get, '/console')]"):
            self.parts.setdefault(part.get("hx-get"), f"{path}: a part")
        for form in root.xpath("//form"):
            if form.get("method", "get").lower() != "post":
                self.links.setdefault(form.get("action"), f"{path}: a filter")
                continue
            fields = tuple(sorted((name, value) for name, value in fields_of_form(form).items() if name != "key"))
            for action in [form.get("action"), *form.xpath(".//button/@formaction")]:
                self.acts.setdefault((action, fields), path)


def alike(address: str) -> str:
    """An address without the values of its query: what they are decides how much is shown, and not to whom."""
    path, _, query = address.partition("?")
    return f"{path}?{'&'.join(sorted({pair.partition('=')[0] for pair in query.split('&')}))}"


@pytest.mark.slow
@pytest.mark.parametrize("viewer", VIEWERS.values(), ids=list(VIEWERS))
async def test_no_link_and_no_button_is_refused(console: ConsoleRig, viewer: dict[str, Any]) -> None:
    world = await make_full_world(console)
    # Whoever may do something about it is told of it, on the first page too.
    await console.api.execute("UPDATE mailbox SET state = 'disconnected', state_reason = 'a password'")
    console.see(**viewer)
    offered, answered = Offered(), dict[str, int]()
    for _, path in console_pages(console.api, world):
        answer = await console.http.get(f"/console{path}")
        answered[alike(f"/console{path}")] = answer.status_code
        offered.read(path, answer)
    refused = []
    for address, where in list(offered.parts.items()):
        answer = await console.http.get(address, headers={"HX-Request": "true"})
        offered.read(address, answer)
        if answer.status_code in (403, 404):
            refused.append(f"{where} loads {address}: {answer.status_code}")
    for address, where in offered.links.items():
        if alike(address) not in answered:
            answered[alike(address)] = (await console.http.get(address)).status_code
        if answered[alike(address)] in (403, 404):
            refused.append(f"{where} leads to {address}: {answered[alike(address)]}")
    for number, ((action, fields), path) in enumerate(
        sorted(offered.acts.items(), key=lambda each: (each[0][0].endswith(_LAST), each[0]))
    ):
        answer = await console.http.post(action, data={**dict(fields), "key": f"k{number}"})
        # What one of them did may be why another finds nothing.
        if answer.status_code == 403:
            refused.append(f"{path} offers {action}: {answer.status_code}")
    assert refused == []
    assert len(offered.links) > 100
    # Auditors do nothing but leave, and look after their own sessions.
    others = {action for action, _ in offered.acts if not action.startswith(("/console/account", "/console/sign-out"))}
    assert bool(others) == (viewer["role"] is not Role.AUDITOR), others
