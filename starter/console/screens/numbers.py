"""What goes with the numbers of a sequence: the file of them, and choosing one of several wordings."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.statistics.outcomes import By
from services.console.looking import looking
from services.console.numbers import NumbersAsked, numbers_of_entered
from services.console.rule_reach import rule_reach
from services.console.sequence import sequence_head
from services.publishing.choose import Choice, choose
from services.publishing.preview import asking
from services.reading.statistics import Statistics
from starter.console.number_address import NumberAddress
from starter.console.parts import Named, SlugAsked
from starter.console.posted import posted
from starter.console.proof import proved
from starter.console.session import CurrentSession, CurrentViewer, needs
from starter.console.times import midnight
from starter.stats_csv import csv_rows

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from services.console.numbers import Numbers
    from services.console.sequence import SequenceHead
    from starter.console.view import Views
    from starter.http.dependencies import Ways

SWITCH = (By.STEP, By.VARIANT, By.OWNER, By.WEEK)


class NumbersQuery(BaseModel):
    """Which numbers: what the address of the page says. A word that there is not counts as left out."""

    version: int | None = Field(default=None, ge=1, le=1_000_000)
    by: str = ""
    since: str = Field(default="", max_length=20)
    owner: str = Field(default="", max_length=200)

    def asked(self, sequence: str, head: SequenceHead, viewer: Viewer) -> NumbersAsked:
        """What is counted.

        Raises:
            HTTPException: 422, ``since`` is no day.
        """
        by = By(self.by) if self.by in SWITCH else By.STEP
        since: datetime | None = midnight(self.since, viewer.timezone)
        newest = head.versions[0].version
        return NumbersAsked(sequence, by, self.version or newest, since, self.owner, chosen=self.version is not None)

    def people_of(self, base: str) -> NumberAddress:
        """The addresses of the people behind them; ``base`` is the path of the console."""
        return NumberAddress(base, self.since, self.owner, by_owner=self.by == By.OWNER)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/numbers.csv`` and ``/sequences/{name}/choose``."""
    routes = APIRouter()
    wanted = asking(ways.settings)

    @routes.get("/sequences/{name}/numbers.csv", dependencies=[Depends(needs(Act.LOOK))])
    async def save_numbers(viewer: CurrentViewer, name: Named, query: Annotated[NumbersQuery, Query()]) -> Response:
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
        found = await numbers_of_entered(ways.database, query.asked(name, head, viewer), head)
        file = io.StringIO()
        csv.writer(file).writerows(csv_rows(_statistics(found)))
        headers = {"Content-Disposition": f'attachment; filename="{name}-{found.by}.csv"'}
        return Response(file.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    @routes.get("/sequences/{name}/choose", dependencies=[Depends(needs(Act.PUBLISH))])
    async def ask_to_choose(
        request: Request, viewer: CurrentViewer, name: Named, step: SlugAsked, variant: SlugAsked
    ) -> Response:
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
        values: dict[str, Any] = {"head": head, "step": step, "variant": variant}
        return views.answer(request, "screens/choose_wording.html", "dialog", viewer, **values)

    @routes.post("/sequences/{name}/choose", dependencies=[Depends(needs(Act.PUBLISH))])
    async def choose_wording(request: Request, session: CurrentSession, name: Named) -> Response:
        form = await posted(request)
        # It publishes a version, whose rules are switched on.
        proved(request, session, Act.PUBLISH, await rule_reach(ways.database, wanted, name, ways.clock()))
        choice = Choice(name, form.get("step", ""), form.get("variant", ""))
        chosen = await choose(ways.database, ways.enrolling.versions, choice, ways.clock())
        return views.done(f"/sequences/{name}", "wording_chosen" if chosen.new else "same")

    return routes


def _statistics(found: Numbers) -> Statistics:
    """As the command writes them: the whole first, where it is a row."""
    whole = (found.whole,) if found.whole is not None else ()
    return Statistics(found.by, (*whole, *found.lines), {}, found.rules)
