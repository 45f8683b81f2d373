"""What the navigation shows. A screen that is not there is not linked: each adds its own line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sequences.access.act import Act


@dataclass(frozen=True)
class ScreenLink:
    """One link of the navigation.

    Attributes:
        name: of the screen; ``nav.NAME`` of the catalogue is its text, and ``here`` of its page says it.
        path: in the console.
        act: what a viewer must be allowed to do to see it.
        key: typed after ``g``, it leads there; empty: none.
        badge: a number beside it, as ``services.console.badges`` counts it.
    """

    name: str
    path: str
    act: Act = Act.LOOK
    key: str = ""
    badge: str = ""


NAVIGATION: Final = (
    ScreenLink("home", "/", key="h"),
    ScreenLink("inbox", "/inbox", key="i"),
    ScreenLink("people", "/people", key="p"),
    ScreenLink("approvals", "/approvals", key="a"),
    ScreenLink("tasks", "/tasks", key="t", badge="tasks"),
    ScreenLink("sequences", "/sequences", key="s"),
    ScreenLink("calendar", "/calendar", key="c"),
    ScreenLink("jobs", "/jobs", key="j"),
    ScreenLink("leads", "/leads", key="l"),
    ScreenLink("statistics", "/statistics", key="n"),
    ScreenLink("deliverability", "/deliverability", key="d"),
    ScreenLink("health", "/health", key="e", badge="health"),
    ScreenLink("users", "/users", Act.MANAGE_USERS),
    ScreenLink("audit", "/audit", Act.READ_AUDIT),
    ScreenLink("settings", "/settings", Act.READ_SETTINGS),
    ScreenLink("manual", "/help", key="m"),
)
"""In the order of the page."""

MENU: Final[tuple[ScreenLink, ...]] = (ScreenLink("account", "/account", Act.MANAGE_OWN_SESSIONS),)
"""What the menu under the viewer's name shows."""

SEARCH: Final[str | None] = "/people"
"""Path of the screen that finds people by ``q``; None: there is none, and no search box."""

PERSON: Final[str | None] = "/people/"
"""Path of somebody's page, without the id; None: there is none, and names are no links."""
