"""Counts of rules beside a page: of one viewer the newest, whichever page asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sequences.errors import UnavailableError
from services.console.rule_counts import RuleCounting
from services.publishing.preview import asking
from starter.console.latest import LatestOnly, SupersededError

if TYPE_CHECKING:
    from fastapi import Request

    from adapters.postgres.versions import Version
    from sequences.access.viewer import Viewer
    from services.console.rule_counts import RuleCounts
    from starter.http.dependencies import Ways


class CountedRule(NamedTuple):
    """The numbers, or why there are none: ``slow`` or ``superseded``."""

    counts: RuleCounts | None = None
    problem: str = ""


class RuleCounter:
    """What all pages of one console count with."""

    def __init__(self, ways: Ways) -> None:
        self._ways, self._asking, self._latest = ways, asking(ways.settings), LatestOnly()

    async def count(self, request: Request, viewer: Viewer, version: Version) -> CountedRule:
        """Counts whom the rules of a version would enroll now; a draft is a version too."""
        counting = RuleCounting(self._ways.database, self._asking, viewer, self._ways.clock())
        try:
            return CountedRule(await self._latest.run(viewer.user_id, request, lambda: counting.count(version)))
        except UnavailableError:
            return CountedRule(problem="slow")
        except SupersededError:
            return CountedRule(problem="superseded")


def rule_counter(request: Request) -> RuleCounter:
    """That of the console which is asked."""
    counter: RuleCounter = request.app.state.rule_counter
    return counter
