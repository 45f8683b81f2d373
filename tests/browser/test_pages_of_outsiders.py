"""Pages that people see whom Relance writes to, on a phone and with long words: nothing sticks out or is cut off,
and everything that can be pressed is large enough for a finger."""

from __future__ import annotations

from playwright.async_api import Page, expect

from sequences.tokens import TokenKind
from tests.support.rigs.api import ApiRig
from tests.support.rigs.forms import link_of
from tests.support.screens.crowd import WORD
from tests.support.screens.eyes import cramped, keep_pictures, settled

QUESTIONS = [
    {"field": "person.first_name", "required": True, "label": f"First name, as on the {WORD}"},
    {"field": "person.city", "help": f"Where you live: https://{WORD.lower()}.example/{WORD.lower()}"},
    {"field": "person.status", "choices": ["Active", f"Not looking, or {WORD}"], "required": True},
    {"field": "person.available_from"},
    {"field": "person.resume"},
]


async def test_they_fit_a_phone(api: ApiRig, page: Page) -> None:
    link = await link_of(
        api, fields=QUESTIONS, consent=f"I agree that you keep this {WORD}.", title=WORD, thank_you=f"Thank you. {WORD}"
    )
    send = await api.sent(link.run)
    await api.execute(
        "INSERT INTO topic_opt_out (person_id, topic, source, since) VALUES ('p1', $1, 'x', $2)",
        f"news of {WORD}",
        api.now,
    )
    await page.set_viewport_size({"width": 360, "height": 800})
    found: dict[str, list[str]] = {}

    async def look(name: str) -> None:
        await settled(page)
        await keep_pictures(page, f"outside-{name}")
        if wrong := await cramped(page):
            found[name] = wrong

    leave = f"/u/{api.token(TokenKind.UNSUBSCRIBE, send)}"
    pages = {"root": "/", "unknown": "/u/unknown", "leave": leave, "choices": f"{leave}/preferences", "form": link.path}
    for name, path in pages.items():
        await page.goto(str(api.http.base_url.join(path)))
        await look(name)
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await look("form-wrong")
    await page.get_by_label("First name").fill("Alexandra")
    await page.get_by_role("radio", name="Active").check()
    await page.get_by_label("I agree").check()
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("status")).to_contain_text("Thank you.")
    await look("thanks")
    await page.goto(str(api.http.base_url.join(pages["choices"])))
    await page.get_by_role("button", name="Save").click()
    await look("saved")
    await page.goto(str(api.http.base_url.join(leave)))
    await page.get_by_role("button").click()
    await look("left")
    assert found == {}
