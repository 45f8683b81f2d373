"""Which mailbox a run sends from: decided once, shared by free slots, and never changed in a thread."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.mailboxes.choice import (
    FromMailbox,
    FromNone,
    FromOrganisation,
    FromPool,
    PoolLoad,
    SenderAsked,
    SenderChoice,
    choose_sender,
    pool_of,
    share_pool,
)
from sequences.mailboxes.own_mailbox import (
    MailboxDirectory,
    MailboxFallback,
    MailboxState,
    OwnMailbox,
)
from sequences.mailboxes.signature import signature_of
from sequences.sending.slots import Limits, Mailbox, MailboxDay, next_slot
from tests.support.own_mailboxes import box

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)
ORGANISATION, WAIT = MailboxFallback.ORGANISATION, MailboxFallback.WAIT


DANA, EVE, JOBS = box("dana", "o1"), box("eve", "o2"), box("jobs")
OUT1, OUT2, OUT3 = box("out1", pool="out"), box("out2", pool="out"), box("out3", pool="out", state="paused")
KNOWN = MailboxDirectory(1, (DANA, EVE, JOBS, OUT1, OUT2, OUT3))


def chosen(
    asked: SenderAsked, known: MailboxDirectory = KNOWN, fallback: MailboxFallback = ORGANISATION
) -> SenderChoice:
    return choose_sender(asked, known, fallback)


def test_the_owner_sends_from_their_mailbox_and_a_sequence_may_name_another() -> None:
    assert chosen(SenderAsked("owner", "o1")) == FromMailbox(DANA, decided=False)
    assert chosen(SenderAsked("Jobs@Agency.example", "o1")) == FromMailbox(JOBS, decided=False)
    assert chosen(SenderAsked("other@agency.example", "o1")) == FromOrganisation()
    assert chosen(SenderAsked("pool out", "o1")) == FromPool((OUT1, OUT2))


def test_a_recruiter_without_mailbox_falls_back_as_the_setting_says() -> None:
    assert chosen(SenderAsked("owner", "o9")) == FromOrganisation()
    assert chosen(SenderAsked("owner", "o9"), fallback=WAIT) == FromNone()
    assert chosen(SenderAsked("pool nobody", "o1")) == FromNone()


def test_of_two_mailboxes_of_a_recruiter_the_active_one_sends() -> None:
    known = MailboxDirectory(1, (box("old", "o1", state="disconnected"), box("new", "o1")))
    found = chosen(SenderAsked("owner", "o1"), known)
    assert isinstance(found, FromMailbox)
    assert found.mailbox.address == "new@agency.example"
    alone = MailboxDirectory(1, (box("old", "o1", state="disconnected"),))
    found = chosen(SenderAsked("owner", "o1"), alone, WAIT)
    assert isinstance(found, FromMailbox), "it waits for this one, whatever the setting says"


def test_an_installation_without_mailboxes_sends_as_before() -> None:
    for sender in ("owner", "assigned_by", "jobs@agency.example"):
        assert chosen(SenderAsked(sender, "o1"), MailboxDirectory()) == FromOrganisation()


def test_a_run_that_wrote_without_a_mailbox_goes_on_so_unless_its_address_got_one() -> None:
    assert chosen(SenderAsked("owner", "o2", thread="old@agency.example")) == FromOrganisation()
    assert chosen(SenderAsked("owner", "o2", thread="Dana@agency.example")) == FromMailbox(DANA, decided=False)


@pytest.mark.parametrize(("sender", "pool"), [("pool a-1", "a-1"), ("pool  b", "b"), ("owner", None), ("pools", None)])
def test_names_of_pools(sender: str, pool: str | None) -> None:
    assert pool_of(sender) == pool


_states = st.sampled_from([str(state) for state in MailboxState])


@given(
    bound=st.sampled_from(KNOWN.mailboxes),
    sender=st.sampled_from(["owner", "assigned_by", "pool out", "pool gone", "jobs@agency.example", "x@y.example"]),
    writer=st.sampled_from([None, "o1", "o2", "o9"]),
    states=st.lists(_states, min_size=6, max_size=6),
    fallback=st.sampled_from(MailboxFallback),
    thread=st.none() | st.sampled_from([each.address for each in KNOWN.mailboxes]),
)
def test_what_was_decided_stays_whatever_becomes_of_owner_sequence_and_mailboxes(
    bound: OwnMailbox,
    sender: str,
    writer: str | None,
    states: list[str],
    fallback: MailboxFallback,
    thread: str | None,
) -> None:
    now = MailboxDirectory(
        2,
        tuple(
            OwnMailbox(**{name: getattr(each, name) for name in OwnMailbox.__slots__} | {"state": MailboxState(state)})
            for each, state in zip(KNOWN.mailboxes, states, strict=True)
        ),
    )
    found = choose_sender(SenderAsked(sender, writer, bound.id, thread), now, fallback)
    assert isinstance(found, FromMailbox)
    assert found.decided
    assert found.mailbox.address == bound.address


@given(
    runs=st.integers(1, 60),
    caps=st.lists(st.integers(1, 15), min_size=1, max_size=4),
    warm=st.booleans(),
)
def test_a_pool_shares_its_runs_and_no_mailbox_goes_over_its_limit(runs: int, caps: list[int], warm: bool) -> None:
    """As the services do: the load of each is read, one is chosen, and takes its next slot."""
    zone = ZoneInfo("Europe/London")
    members = [box(f"m{number}", pool="out") for number in range(len(caps))]
    limits = {
        each.id: Limits(per_minute=30, per_day=cap, warm_up_days=3 if warm and cap > 1 else 0, warm_up_start=1)
        for each, cap in zip(members, caps, strict=True)
    }
    taken: dict[str, dict[date, MailboxDay]] = {each.id: {} for each in members}
    for run in range(runs):
        known = {each.id: Mailbox(zone, NOW.date(), dict(taken[each.id])) for each in members}
        loads = {
            each.id: PoolLoad(
                next_slot(limits[each.id], known[each.id], NOW, 0.0).at,
                day.used if (day := taken[each.id].get(NOW.date())) else 0,
            )
            for each in members
        }
        one = share_pool(f"e{run}", members, loads)
        assert one == share_pool(f"e{run}", list(reversed(members)), loads), "the order of rows decides nothing"
        slot = next_slot(limits[one.id], known[one.id], NOW, 0.0)
        before = taken[one.id].get(slot.day)
        taken[one.id][slot.day] = MailboxDay((before.used if before else 0) + 1, slot.next_at)
        assert slot.at == min(load.free_at for load in loads.values()), "nobody waits while another mailbox is free"
    for each in members:
        for at, used in taken[each.id].items():
            age = (at - NOW.date()).days
            assert used.used <= (limits[each.id].cap(age) or 0)
    first_days = [day.used for each in members for at, day in taken[each.id].items() if at == NOW.date()]
    if not warm and len(set(caps)) == 1 and runs <= sum(caps):
        counts = [*first_days, *[0] * (len(members) - len(first_days))]
        assert max(counts) - min(counts) <= 1, "equal mailboxes send equally much"


def test_without_limits_the_id_of_the_run_spreads_runs_evenly() -> None:
    members = [OUT1, OUT2]
    loads = {each.id: PoolLoad(NOW, 0) for each in members}
    counts = {each.id: 0 for each in members}
    for number in range(400):
        counts[share_pool(f"e{number}", members, loads).id] += 1
    assert min(counts.values()) > 150
    late = loads | {OUT1.id: PoolLoad(NOW + timedelta(seconds=1), 0)}
    assert share_pool("e1", members, late) is OUT2


def test_a_signature_has_both_forms() -> None:
    assert signature_of(None, "  ") is None
    written = signature_of("Dana & Co\n+44", None)
    assert written is not None
    assert written.html == "<p>Dana &amp; Co<br>\n+44</p>"
    assert written.under_text("Hello\n") == "Hello\n\nDana & Co\n+44\n"
