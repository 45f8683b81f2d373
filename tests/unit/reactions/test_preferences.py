"""What a choice on the preference page changes, and what it can never change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.channels import CHANNELS
from sequences.reactions.preferences import PREFERENCES, Change, Standing, change, present

SINCE = datetime(2027, 5, 4, 9, tzinfo=UTC)
OTHERS = ("unsubscribed", "opt_out", "stop_word", "complained", "bounced", "crm", "by_sequence")


def own(channel: str) -> Standing:
    return Standing(channel, PREFERENCES, SINCE)


@pytest.mark.parametrize(
    ("standing", "allowed", "expected"),
    [
        ([], {"email", "sms"}, Change()),
        ([], {"email"}, Change(("sms",))),
        ([], set(), Change(("email", "sms"))),
        ([], None, Change(("all",))),
        ([own("sms")], {"email", "sms"}, Change((), ("sms",))),
        ([own("sms")], None, Change(("all",), ("sms",))),
        ([own("all")], None, Change()),
        ([own("all")], {"email"}, Change(("sms",), ("all",))),
        ([own("all")], {"email", "sms"}, Change((), ("all",))),
        ([Standing("email", "unsubscribed", SINCE)], {"email", "sms"}, Change()),
        ([Standing("email", "unsubscribed", SINCE)], {"sms"}, Change()),
        ([Standing("email", "unsubscribed", SINCE), own("all")], {"sms"}, Change(("email",), ("all",))),
        ([Standing("all", "complained", SINCE)], {"email", "sms"}, Change()),
        ([Standing("all", "complained", SINCE)], None, Change(("all",))),
    ],
)
def test_choice(standing: list[Standing], allowed: set[str] | None, expected: Change) -> None:
    assert change(standing, frozenset(allowed) if allowed is not None else None) == expected


@pytest.mark.parametrize("reason", OTHERS)
def test_what_was_not_chosen_here_is_shown_as_locked(reason: str) -> None:
    email, sms = present([own("all"), Standing("email", reason, SINCE + timedelta(days=1))])
    assert (email.allowed, email.locked, email.since) == (False, reason, SINCE + timedelta(days=1))
    assert (sms.allowed, sms.locked, sms.since) == (False, None, SINCE)


STANDING = st.lists(
    st.builds(Standing, st.sampled_from([*CHANNELS, "all"]), st.sampled_from([PREFERENCES, *OTHERS]), st.just(SINCE)),
    max_size=6,
    unique=True,
)
CHOICES = st.none() | st.frozensets(st.sampled_from([*CHANNELS]))


@given(STANDING, CHOICES)
def test_a_choice_lifts_nothing_but_choices_and_twice_is_once(
    standing: list[Standing], allowed: frozenset[str] | None
) -> None:
    made = change(standing, allowed)
    after = [one for one in standing if not (one.reason == PREFERENCES and one.channel in made.lift)]
    after += [own(channel) for channel in made.suppress]
    assert {one for one in standing if one.reason != PREFERENCES} <= set(after)
    assert change(after, allowed) == Change()
    for state in present(after):
        wanted = allowed is not None and state.channel in allowed
        assert state.allowed == (wanted and state.locked is None)
