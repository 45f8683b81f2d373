"""Whether a sequence makes sense: everything that the shape of the models cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from sequences.author_messages import did_you_mean, listed, shown
from sequences.bookings.link import read_booking_url
from sequences.channels import CHANNELS
from sequences.checking import plain_values
from sequences.checking.check_conditions import check_conditions
from sequences.checking.check_fields import check_fields
from sequences.checking.check_schedule import check_schedule
from sequences.checking.check_steps import check_steps
from sequences.checking.check_stop_rules import check_stop_rules
from sequences.checking.check_tasks import check_tasks
from sequences.checking.check_wording import check_wording
from sequences.checking.field_uses import FieldUses, TemplateFields
from sequences.checking.problems import Finding, Loc, Severity
from sequences.checking.template_fields import fields_in
from sequences.definition.reactions import ThenKind, parse_then
from sequences.email_address import email_problem
from sequences.errors import GrammarError
from sequences.ids import SLUG
from sequences.mailboxes.choice import pool_of
from sequences.records.catalogue import Catalogue
from sequences.web_address import read_web_address, resembles_web_address

_POOL: Final = re.compile(SLUG)
SUPPRESSING = frozenset({"bounced", "unsubscribed", "complained"})
_NO_MORE = "nothing more goes to this person on that channel"
UNANSWERED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bounced": _NO_MORE,
        "unsubscribed": _NO_MORE,
        "complained": _NO_MORE,
        "out_of_office": "two machines would write to each other",
        "opened": "machines open mails too",
        "finished": "write a last step instead",
    }
)
"""Reactions that no message follows, and why."""


def check_sequence(
    data: Mapping[str, Any], catalogue: Catalogue, template_fields: TemplateFields = fields_in
) -> Iterator[Finding]:
    """Findings about the plain values of a file, in no order. Values of a wrong shape are left to the models."""
    record = data.get("record")
    yield from _sender(data)
    yield from _booking_page(data)
    yield from check_steps(data)
    yield from check_schedule(data)
    uses = FieldUses(record if isinstance(record, str) else "", catalogue, template_fields)
    yield from check_fields(data, uses)
    yield from check_stop_rules(data, uses)
    yield from check_wording(data, uses)
    yield from check_conditions(data, uses)
    yield from check_tasks(data, uses)
    yield from _reactions(data)
    yield from _auto_enroll(data)
    for loc, kind, body in plain_values.follow_ups(data):
        if kind == "enroll" and body is not None and body == data.get("sequence"):
            yield Finding(loc, "A sequence cannot enroll into itself.", shown(body), "the id of another sequence")
        if kind == "send":
            yield from _send(data, loc)
        if kind == "webhook" and isinstance(body, dict):
            yield from _webhook(loc, body)


def _send(data: Mapping[str, Any], loc: Loc) -> Iterator[Finding]:
    """Where a message must not, or need not, be sent."""
    where, i = loc[0], loc[1]
    if where == "steps":
        keys = listed(CHANNELS)
        message = "A step sends a message with a key of its own."
        yield Finding(loc, message, "`send`", f"{keys} instead of `do`", target="key")
        return
    assert isinstance(i, int)
    on = plain_values.mapping(plain_values.items(data.get("reactions"))[i]).get("on")
    if isinstance(on, str) and on in UNANSWERED:
        message = f"`{on}` is not answered by a message: {UNANSWERED[on]}."
        yield Finding(loc, message, "`send`", "`send` only after what a person says or does", target="key")


def _webhook(loc: Loc, webhook: Mapping[str, Any]) -> Iterator[Finding]:
    url, endpoint = webhook.get("url"), webhook.get("endpoint")
    if (url is None) == (endpoint is None):
        message = "A webhook goes to an address, or to a receiver by its name."
        found = "both `endpoint` and `url`" if url is not None else "neither `endpoint` nor `url`"
        allowed = "`endpoint: NAME` of `relance webhook`, or `url: https://...`"
        yield Finding((*loc, "url") if url is not None else loc, message, found, allowed, target="key")
    if not isinstance(url, str) or not resembles_web_address(url):
        return
    try:
        read_web_address(url)
    except GrammarError as error:
        yield Finding((*loc, "url"), error.message, error.found, error.allowed)


def _sender(data: Mapping[str, Any]) -> Iterator[Finding]:
    sender = data.get("sender")
    if not isinstance(sender, str) or sender in {"owner", "assigned_by"}:
        return
    pool = pool_of(sender)
    if pool is not None:
        if not _POOL.fullmatch(pool):
            message = "This is not the name of a pool."
            yield Finding(("sender",), message, shown(sender), "`pool` and a name such as `pool outreach`")
        return
    words = email_problem(sender)
    if words is not None:
        why = f" It cannot be used as an address: {words}." if "@" in sender else ""
        message = f"This is not a sender.{did_you_mean(sender, ['owner', 'assigned_by'])}{why}"
        allowed = "`owner`, `assigned_by`, the address of a mailbox such as `jobs@example.com`, or `pool NAME`"
        yield Finding(("sender",), message, shown(sender), allowed)


def _booking_page(data: Mapping[str, Any]) -> Iterator[Finding]:
    page = data.get("booking_url")
    if not isinstance(page, str):
        return
    try:
        read_booking_url(page)
    except GrammarError as error:
        yield Finding(("booking_url",), error.message, error.found, error.allowed)


def _reactions(data: Mapping[str, Any]) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], int] = {}
    for i, reaction in plain_values.mappings(data.get("reactions")):
        on, then = reaction.get("on"), reaction.get("then")
        if not isinstance(on, str):
            continue
        key = (on, shown(reaction.get("field")), shown(reaction.get("form")))
        if key in seen:
            message = f"There are two rules for `{on}`; the other is number {seen[key] + 1}. Only one could ever apply."
            yield Finding(("reactions", i, "on"), message, f"`{on}`", "one rule for each reaction")
        seen.setdefault(key, i)
        if not plain_values.items(reaction.get("do")) and then is None:
            message = f"This rule for `{on}` has no follow-ups and does not say whether the run continues."
            yield Finding(("reactions", i), message, "no `do` and no `then`", "`do`, `then` or both")
        for only, kind in (("field", "field_changed"), ("form", "form_submitted")):
            if reaction.get(only) is not None and on != kind:
                message = f"`{only}` is only allowed for `{kind}`."
                yield Finding(("reactions", i, only), message, f"`on: {on}`", f"`on: {kind}`", target="key")
        yield from _then(i, on, then)


def _then(i: int, on: str, text: object) -> Iterator[Finding]:
    then = plain_values.parsed(parse_then, text)
    loc = ("reactions", i, "then")
    if then is None:
        return
    if on == "opened" and then.kind is not ThenKind.CONTINUE:
        message = "An opened mail cannot stop or pause a run: machines open mails too."
        yield Finding(loc, message, shown(text), "`continue`, or a rule for `clicked` or `replied`")
    if on == "finished" and then.kind is not ThenKind.CONTINUE:
        message = "A finished run has nothing left to stop or pause."
        yield Finding(loc, message, shown(text), "no `then`")
    if on in SUPPRESSING and then.kind is not ThenKind.STOP:
        message = f"`{on}` always suppresses: nothing more goes to this person on that channel."
        yield Finding(loc, message, shown(text), "`stop`", Severity.WARNING)


def _auto_enroll(data: Mapping[str, Any]) -> Iterator[Finding]:
    rule = data.get("auto_enroll")
    if not isinstance(rule, dict):
        return
    if not any(rule.get(group) for group in ("historical", "qualitative", "real")):
        message = "A rule without conditions would enroll everybody."
        allowed = "at least one condition in `historical`, `qualitative` or `real`"
        yield Finding(("auto_enroll",), message, "no conditions", allowed, target="key")
