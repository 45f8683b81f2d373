"""The pages of the console that are lists, with the addresses at which ``benchmarks.console_pages`` asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT_MS: Final = 100
_SEARCH_MS: Final = 200


@dataclass(frozen=True)
class ListPage:
    """A page.

    Attributes:
        addresses: asked in turn; ``{NAME}`` is an id that ``IDS`` finds.
        of_people: it shows people, so who looks makes a difference.
        limit_ms: what it may take; None: a page asks for it after it has shown.
    """

    name: str
    addresses: tuple[str, ...]
    of_people: bool = False
    limit_ms: int | None = LIMIT_MS


def _of_sequences(address: str) -> tuple[str, ...]:
    return tuple(address.format(sequence=f"s{number}") for number in (0, 7, 14, 21, 28, 35))


LISTS: Final = (
    ListPage("Today", ("/", "/?whose=everyone"), of_people=True),
    ListPage("Next steps", ("/next-steps", "/next-steps?whose=everyone", "/next-steps?which=waits"), of_people=True),
    ListPage("Inbox", ("/inbox", "/inbox?show=all", "/inbox?label=positive"), of_people=True),
    ListPage("Mail without a run", ("/unmatched", "/unmatched?show=aside"), of_people=True),
    ListPage(
        "A mail without a run", ("/unmatched/{unmatched}", "/unmatched/{unmatched}?q=example+4999"), of_people=True
    ),
    ListPage("Reply", ("/inbox/{reply}",), of_people=True),
    ListPage(
        "People",
        ("/people", "/people?q=alex", "/people?q=example+4999", "/people?q=p77@client.example", "/people?whose=mine"),
        of_people=True,
        limit_ms=_SEARCH_MS,
    ),
    ListPage("Person", ("/people/{person}", "/people/p77"), of_people=True),
    ListPage("Approvals", ("/approvals",)),
    ListPage("A batch that waits for approval", ("/approvals/{batch}",)),
    ListPage("Tasks", ("/tasks", "/tasks?whose=everyone", "/tasks?show=later"), of_people=True),
    ListPage("Sequences", ("/sequences", "/sequences?sort=-in_it", "/sequences?state=older")),
    ListPage("Sequences, with their numbers", ("/sequences?numbers=1",)),
    ListPage("Sequence, numbers by step", _of_sequences("/sequences/{sequence}"), limit_ms=None),
    ListPage("Sequence, people", _of_sequences("/sequences/{sequence}?view=people"), of_people=True),
    ListPage("Sequence, versions", _of_sequences("/sequences/{sequence}?view=versions")),
    ListPage("Sequence, settings", _of_sequences("/sequences/{sequence}?view=settings")),
    ListPage("Sequence, rules", _of_sequences("/sequences/{sequence}/rules")),
    ListPage(
        "People of a number",
        (
            *_of_sequences("/sequences/{sequence}/people?outcome=replied_positive"),
            *_of_sequences("/sequences/{sequence}/people?outcome=finished"),
        ),
        of_people=True,
    ),
    ListPage("Calendar, day", ("/calendar?view=day", "/calendar?view=day&day=2026-11-04"), of_people=True),
    ListPage("Calendar, week", ("/calendar", "/calendar?day=2026-11-09"), of_people=True),
    ListPage("Calendar, month", ("/calendar?view=month", "/calendar?view=month&sequence=s3"), of_people=True),
    ListPage("Calendar, everybody", ("/calendar/people?day=2026-11-03&sequence=s3&step=two",), of_people=True),
    ListPage("Closed days", ("/calendar/closed",)),
    ListPage("Jobs", ("/jobs", "/jobs?whose=mine")),
    ListPage("Runs of a job", ("/jobs/{job}/runs",), of_people=True),
    ListPage("Leads", ("/leads", "/leads?sequence=s3"), of_people=True),
    ListPage("Lists", ("/lists", "/lists?whose=mine"), of_people=True),
    ListPage("A list", ("/lists?list=list-1", "/lists?list=list-7&sequence=s3"), of_people=True),
    ListPage("Statistics, a month", ("/statistics", "/statistics?by=owner"), limit_ms=None),
    ListPage("Statistics, all time", ("/statistics?span=all", "/statistics?span=all&by=owner"), limit_ms=None),
    ListPage("Mailboxes", ("/mailboxes",)),
    ListPage("A mailbox", ("/mailboxes/{mailbox}",)),
    ListPage("Runs of a mailbox", ("/mailboxes/{mailbox}/runs",), of_people=True),
    ListPage("Deliverability", ("/deliverability",)),
    ListPage(
        "Deliverability, counted", ("/deliverability?numbers=1", "/deliverability?numbers=1&days=30"), limit_ms=None
    ),
    ListPage(
        "Messages of a mailbox",
        tuple(f"/deliverability/messages?mailbox=o4%40agency.example&what={what}" for what in ("sent", "hard", "soft")),
        of_people=True,
    ),
    ListPage("Suppressions", ("/suppressions", "/suppressions?q=p77", "/suppressions?state=lifted")),
    ListPage("Unknown sends", ("/unknown",), of_people=True),
    ListPage("Follow-ups that were given up", ("/follow-ups",), of_people=True),
    ListPage("A pause", ("/holds/{hold}",), of_people=True),
    ListPage("Health", ("/health",)),
    ListPage("Users", ("/users",)),
    ListPage("A user", ("/users/{user}",)),
    ListPage("Audit", ("/audit", "/audit?act=sign_in_refused", "/audit?subject=person:p77")),
    ListPage("Tokens of the API", ("/settings/tokens", "/settings/tokens?state=revoked")),
    ListPage("Webhooks", ("/settings/webhooks",)),
    ListPage("A receiver of webhooks", ("/settings/webhooks/{endpoint}",)),
    ListPage("CRM", ("/settings/crm", "/settings/crm?state=waiting", "/settings/crm?state=done")),
    ListPage("Settings, owners", ("/settings?part=owners",)),
    ListPage("Settings, retention", ("/settings?part=retention",)),
    ListPage("Account", ("/account",)),
    ListPage("Badges", ("/badges",), of_people=True),
)
"""Every list, and every page that counts something."""

IDS: Final[Mapping[str, str]] = {
    # Everybody who looks may see them.
    "person": """SELECT e.person_id FROM enrollment e JOIN person p ON p.id = e.person_id
                 WHERE e.state = 'active'
                 ORDER BY (e.owner_id = 'o2')::integer + (p.owner_id = 'o2')::integer DESC, e.id LIMIT 1""",
    "reply": """SELECT r.id FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id
                JOIN person p ON p.id = r.person_id
                WHERE r.kind = 'replied' AND r.handled_at IS NOT NULL AND e.owner_id = 'o2'
                ORDER BY p.owner_id = 'o2' DESC, r.received_at DESC LIMIT 1""",
    "unmatched": "SELECT id FROM inbound WHERE state = 'unmatched' ORDER BY received_at DESC LIMIT 1",
    "batch": "SELECT id FROM rule_batch WHERE state = 'held' ORDER BY id LIMIT 1",
    "job": """SELECT id FROM job WHERE kind = 'stop_runs' AND subject = 'sequence:s31'
              ORDER BY created_at DESC LIMIT 1""",
    "mailbox": "SELECT id FROM mailbox WHERE owner_id = 'o2'",
    "hold": "SELECT id FROM hold WHERE scope = 'sequence' AND key = 's34'",
    "user": "SELECT id FROM console_user ORDER BY id LIMIT 1",
    "endpoint": "SELECT id FROM webhook_endpoint ORDER BY id LIMIT 1",
}
"""A statement for each id that addresses name."""
