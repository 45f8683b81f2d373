"""Sends the forms of a page as a browser without scripts does: every field as it is shown, but for what is changed."""

from __future__ import annotations

from typing import Any

import httpx

from tests.support.screens.html import parse
from tests.support.screens.rig import ConsoleRig


def fields_of_form(form: Any) -> dict[str, str]:
    """What a form would send if nobody changed it; buttons send nothing."""
    found: dict[str, str] = {}
    for each in form.xpath(".//input[@name]|.//select[@name]|.//textarea[@name]"):
        if each.tag == "select":
            options = each.xpath("./option[@selected]") or each.xpath("./option[1]")
            found[each.get("name")] = options[0].get("value")
        elif each.tag == "textarea":
            found[each.get("name")] = (each.text or "").removeprefix("\n").replace("\n", "\r\n")
        elif each.get("type") != "checkbox" or each.get("checked") is not None:
            found[each.get("name")] = each.get("value", "")
    return found


async def submit(console: ConsoleRig, page: str, action: str, **changed: str | None) -> httpx.Response:
    """Submits the first form of a page whose address ends with ``action``; None among the changes: unchecked."""
    root = parse(await console.page(page))
    form = next(each for each in root.xpath("//form") if each.get("action").endswith(action))
    fields = fields_of_form(form) | {name: value for name, value in changed.items() if value is not None}
    sent = {name: value for name, value in fields.items() if changed.get(name, "") is not None}
    return await console.http.post(form.get("action"), data=sent)
