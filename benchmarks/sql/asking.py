"""Everything that is asked: the named queries, and the lists with each of their filters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

from adapters.postgres import listings
from adapters.postgres.paging import Listing, page
from benchmarks.sql import arguments
from benchmarks.sql.calls import Calls, Told, connect, tell
from tools.queries import sql_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tools.queries.sql_files import Query

_PAGE = 50
_WEEK_AGO = arguments.NOW - timedelta(days=7)
_FILTERS: Mapping[str, tuple[object, ...]] = {
    "person": ("p5000", "p77"),
    "owner": ("o7", "o11"),
    "client": ("c1", "c17"),
    "sequence": ("s3", "s34"),
    "state": (["active"], ["stopped"]),
    "record": ("p5000", "l17"),
    "type": ("Candidate",),
    "status": ("status 3",),
    "gone": (False, True),
    "lifted": (False, True),
    "revoked": (False, True),
    "token": ("gzzzzzzzzzzzz",),
    "url": ("https://crm.example/hook",),
    "read": (False, True),
    "source": ("source 1",),
    "kind": ("send_failed",),
    "reason": ("opt_out", "window"),
    "channel": ("email",),
    "event": ("reply",),
    "list": ("list-1",),
    "form": ("form-3",),
    "label": ("positive",),
    "needs_reading": (True, False),
    "open": (True, False),
    "step": ("two",),
    "user": ("uc4ca4238a0b923820dcc509a6f",),
    "role": ("admin",),
    "pool": ("outreach",),
    "act": ("review_reply",),
    "subject": ("person:p77",),
    "words": ("example 4999", "p500", "alex"),
    "address": ("p5000@client.example",),
    "number": ("+447900005000",),
    "owners": (["o7"], ["o7", "o11"]),
    "few_owners": (["o7"],),
    "said": (False,),
    "attached": (False,),
    "version": (1, 2),
    "only_version": (1, 2),
    "unowned": (True, False),
    "outcomes": (["s3|replied_positive"], ["s3|opted_out"]),
    "facts": ("(^| )(replied_positive)[|]",),
    "people": (["p5000", "p77"],),
    "beginning": ("p5000@", "+44790"),
    "ids": (["rzzzzzzzzzzzz"],),
    "batch": ("bzzzzzzzzzzzz",),
    "since": (_WEEK_AGO,),
    "until": (arguments.NOW - timedelta(days=200),),
    "due_before": (arguments.NOW, _WEEK_AGO),
    "overdue_before": (arguments.NOW, _WEEK_AGO),
    "mailbox": ("us@agency.example",),
    "hard": (True,),
    "soft": (True,),
    "complained": (True,),
    "opted_out": (True,),
    "by_runs": (True,),
    "goes": (True, False),
    "hold": ("hzzzzzzzzzzzz",),
}
_OF_LIST: Mapping[tuple[str, str], tuple[object, ...]] = {
    ("own_mailboxes", "state"): ("active", "paused"),
    ("mailbox_runs", "mailbox"): ("xzzzzzzzzzzzz",),
    ("tasks", "state"): ("open",),
    ("job_runs", "commands"): ("stop:jzzzzzzzzzzzz:",),
    ("next_steps", "until"): (arguments.NOW + timedelta(days=1),),
    ("tasks_by_due", "state"): ("open",),
    ("run_outcomes", "state"): ("open", "stopped"),
    ("refusals", "state"): ("standing",),
    ("windows", "state"): ("open", "opening"),
    ("batches", "state"): ("held",),
    ("company_opt_outs", "state"): ("open",),
    ("crm_writes", "state"): ("dead", "done"),
    ("deliveries", "state"): (["dead"], ["done"]),
    ("deliveries", "kind"): ("webhook",),
    ("sequences", "record"): ("person",),
    ("placements", "status"): ("On Assignment",),
}
_UNASKED = frozenset({"id", "enrollment"})
"""Filters that are one row's key."""


def lists() -> list[Listing[Any]]:
    """Every list that people page through."""
    return [each for each in vars(listings).values() if isinstance(each, Listing)]


async def everything(url: str, only: str, say: Callable[[str], None]) -> AsyncIterator[Told]:
    """Asks every query and every list.

    Args:
        url: of a seeded database.
        only: part of the names that are wanted.
        say: hears each name before it is asked.
    """
    connection = await connect(url)
    try:
        samples = await arguments.Samples.read(connection)
    finally:
        await connection.close()
    for query in sql_files.read():
        if only in query.name:
            say(query.name)
            kinds = [calls_of(query, kind, samples) for kind in arguments.kinds(query)]
            for told in await tell(url, query.name, query.text, kinds):
                yield told
    for listing in lists():
        for asked in filters_of(listing):
            name = f"list:{listing.name}"
            if only in name:
                say(f"{name} {asked}")
                text, kind = await calls_of_page(listing, asked)
                for told in await tell(url, name, text, [kind]):
                    yield told


def calls_of(query: Query, kind: arguments.Kind, samples: arguments.Samples) -> Calls:
    """Calls of one named query with one kind of arguments."""
    return Calls(kind.label, lambda call: samples.values(query, kind, call))


def filters_of(listing: Listing[Any]) -> list[tuple[str, ...]]:
    """No filter, each alone, and each two together."""
    names = [name for name in listing.filters if name not in _UNASKED]
    return [(), *((name,) for name in names), *combinations(names, 2)]


@dataclass
class _Recorder:
    """Stands in for a connection: keeps the statement that a page asks."""

    text: str = ""
    values: Sequence[object] = field(default_factory=tuple)

    async def fetch(self, text: str, *values: object) -> list[object]:
        self.text, self.values = text, values
        return []


async def calls_of_page(listing: Listing[Any], asked: tuple[str, ...]) -> tuple[str, Calls]:
    """The statement of the first page of a list with these filters, and its calls."""
    recorders: list[_Recorder] = []
    for call in range(2):
        recorder = _Recorder()
        wanted = {each: _value(listing.name, each, call) for each in (*listing.given, *asked)}
        stand_in: Any = recorder
        await page(stand_in, listing, wanted, limit=_PAGE)
        recorders.append(recorder)
    return recorders[0].text, Calls(" and ".join(asked), lambda call: recorders[call % 2].values)


def _value(of_list: str, name: str, call: int) -> object:
    values = _OF_LIST.get((of_list, name)) or _FILTERS[name]
    return values[call % len(values)]
