"""What a browser finds wrong with a page: its console, axe, and anything wider than the screen."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request


def _axe() -> str | None:
    """The script of axe-core, where ``axe-playwright-python`` is installed or ``RELANCE_AXE`` names the file."""
    named = os.environ.get("RELANCE_AXE")
    if named:
        return Path(named).read_text()
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        return None
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text()


AXE = _axe()
_COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Rules of axe whose answer depends on colours: of a page in other colours the rest is the same.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]


def watch(page: Page) -> list[str]:
    """Everything that goes wrong on a page from now on, refusals of its content security policy among it."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}") if _failed(request) else None
    )
    return wrong


def _is_wrong(said: ConsoleMessage) -> bool:
    # axe asks all frames, and that of a mail has no origin: it hears nothing. No page of ours posts messages.
    return said.type in ("error", "warning") and "Failed to execute 'postMessage'" not in said.text


def _failed(request: Request) -> bool:
    # A page that is left while something loads gives it up: its icon, or the numbers in the navigation.
    return "ERR_ABORTED" not in (request.failure or "")


async def note_refusals(context: BrowserContext, refused: list[str]) -> None:
    """Notes whatever a content security policy refuses on any page of a browser, scripts or not, and of what.

    The console says it in all cases. Where scripts run, the page names the element too.
    """
    await context.add_init_script(_NAME_REFUSED)
    context.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)


_NAME_REFUSED = """document.addEventListener("securitypolicyviolation", (refused) => {
    const place = `${refused.sourceFile}:${refused.lineNumber}`;
    const element = (refused.target.outerHTML ?? "").slice(0, 300);
    console.error("Content Security Policy:", refused.effectiveDirective, refused.blockedURI, place, element);
});"""


async def look(page: Page, name: str = "", *, only_colours: bool = False) -> list[str]:
    """What is wrong with the page as it is now shown.

    Args:
        page: as it is now.
        name: of the picture that is kept in the folder ``RELANCE_PICTURES``, if that is set.
        only_colours: of axe's rules only those about colours, for a page that was looked at in other colours.
    """
    # Left while something still loads, a page says that it failed. An idle network would be half a second of each page.
    await settled(page)
    folder = os.environ.get("RELANCE_PICTURES")
    if folder and name:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    found: list[str] = []
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.append(f"{wide} pixels beside the screen: {await page.evaluate(_WIDEST)}")
    if AXE is not None:
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(AXE)
        violations: list[dict[str, Any]] = await page.evaluate(
            "options => axe.run(document, options).then(found => found.violations)",
            {"resultTypes": ["violations"], **({"runOnly": _OF_COLOURS} if only_colours else {})},
        )
        found += [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in violations]
    return found


async def look_everywhere(page: Page, name: str = "", widths: Sequence[int] = (1280, 360)) -> list[str]:
    """What is wrong with the page on a desk and on a phone, in light and in dark colours; then it is as it was.

    A page that is loaded once for all of them is a quarter of the work.
    """
    before, found = page.viewport_size, []
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 800})
        for colours in _COLOURS:
            await page.emulate_media(color_scheme=colours)
            seen = await look(page, name and f"{name}-{width}-{colours}", only_colours=colours != _COLOURS[0])
            found += [f"{width} {colours}: {each}" for each in seen]
    await page.emulate_media(color_scheme="null")
    if before is not None:
        await page.set_viewport_size(before)
    return found


async def settled(page: Page) -> None:
    """Waits until nothing that the page asked for by itself is on its way."""
    await page.wait_for_load_state("load")
    await page.wait_for_function("() => !document.querySelector('.htmx-request')")


async def keep_pictures(page: Page, name: str) -> None:
    """Keeps how the page looks, if ``RELANCE_PICTURES`` is set; then it is a phone's, in the system's colours."""
    folder = os.environ.get("RELANCE_PICTURES")
    if not folder:
        return
    for width, colours in ((1280, "light"), (1280, "dark"), (360, "light")):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        await page.screenshot(path=Path(folder) / f"{name}-{width}-{colours}.png", full_page=True)
    await page.emulate_media(color_scheme="null")


async def cramped(page: Page) -> list[str]:
    """What a narrow screen spoils: a page that is wider than it, text outside of its box, text that is cut off without
    a title that says it whole, and what is too small for a finger: 24 pixels, and 44 for a button or a field."""
    found: list[str] = await page.evaluate(_CRAMPED)
    return found


# Text may stand in a box that scrolls. A link inside of a sentence is as high as the sentence's lines.
_CRAMPED = """() => {
    const found = [];
    const say = (what, each) => found.push(`${what}: ${each.outerHTML.replace(/\\s+/g, " ").slice(0, 140)}`);
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide > 0) found.push(`${wide} pixels beside the screen`);
    const shown = (each) => each.checkVisibility({visibilityProperty: true}) && !each.closest(".unseen, .skip");
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const said = new Set();
    while (texts.nextNode()) {
        const text = texts.currentNode;
        const inside = text.parentElement;
        if (!text.data.trim() || !shown(inside) || inside.closest("option, textarea, svg")) continue;
        range.selectNodeContents(text);
        const right = Math.max(...[...range.getClientRects()].map(each => each.right));
        for (let at = inside; at !== document.body; at = at.parentElement) {
            const style = getComputedStyle(at), end = at.getBoundingClientRect().right;
            if (style.display === "inline") continue;
            if (["auto", "scroll"].includes(style.overflowX)) break;
            if (right <= end + 1) continue;
            if (!said.has(at)) {
                const clipped = ["hidden", "clip"].includes(style.overflowX);
                if (!clipped) say("text beside its box", at);
                else if (!at.closest("[title]")) say("cut off", at);
                said.add(at);
            }
            break;
        }
    }
    const pressed = "a[href], button, summary, input:not([type=hidden]), select, textarea";
    for (const each of document.querySelectorAll(pressed)) {
        if (!shown(each)) continue;
        const tick = each.matches("[type=checkbox], [type=radio]");
        const {width, height} = (tick && each.labels[0] || each).getBoundingClientRect();
        const least = !tick && each.matches("button, .button, input, select, textarea") ? 44 : 24;
        if (height < least - .5 || width < 24 - .5) say(`${Math.round(width)} x ${Math.round(height)} pixels`, each);
    }
    return found;
}"""


_WIDEST = """() => [...document.querySelectorAll("main *, header *")]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".wide"))
    .slice(0, 3).map(each => each.outerHTML.slice(0, 80)).join(" | ")"""
