"""What providers tell, each in its own words, comes to the same few meanings; nothing that they write raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sequences.inbound.delivery_events.event import DeliveryEvent
from sequences.inbound.delivery_events.mailgun import read_mailgun
from sequences.inbound.delivery_events.postmark import read_postmark
from sequences.inbound.delivery_events.sendgrid import read_sendgrid
from sequences.inbound.delivery_events.ses import read_ses
from sequences.inbound.model import InboundEvent
from tests.support.delivery_events import ADDRESS, MAKERS

OURS = "<s1@relance.example>"
Reader = Callable[[Mapping[str, Any]], tuple[DeliveryEvent, ...]]
READERS: dict[str, Reader] = {
    "mailgun": lambda told: read_mailgun({"event-data": told}),
    "postmark": read_postmark,
    "sendgrid": read_sendgrid,
    "ses": lambda told: read_ses(told, "notification-1"),
}
MEANT = [
    *((provider, "bounce", "hard_bounce", "address") for provider in MAKERS),
    *((provider, "full", "soft_bounce", "mailbox_full") for provider in ("mailgun", "postmark", "sendgrid")),
    ("ses", "full", "soft_bounce", "undefined"),
    *((provider, "complaint", "complaint", "") for provider in MAKERS),
    *((provider, "delayed", "soft_bounce", "delayed") for provider in MAKERS),
    *((provider, "delivered", "delivered", "delivered") for provider in MAKERS),
    *((provider, "opened", "delivered", "delivered") for provider in MAKERS),
    *((provider, "listed", "hard_bounce", "address") for provider in ("mailgun", "postmark", "sendgrid")),
    *((provider, "listed_complaint", "complaint", "") for provider in ("mailgun", "sendgrid")),
    ("mailgun", "expired", "soft_bounce", "expired"),
    ("postmark", "blocked", "soft_bounce", "reputation"),
    ("postmark", "answered", "delivered", "delivered"),
    ("sendgrid", "invalid", "hard_bounce", "address"),
    ("sendgrid", "blocked", "soft_bounce", "temporary"),
    ("sendgrid", "reputation", "soft_bounce", "reputation"),
]
LEFT = [
    ("mailgun", "unsubscribed"),
    ("mailgun", "listed_unsubscribe"),
    ("postmark", "unsubscribed"),
    ("postmark", "bounce_unsubscribe"),
    ("sendgrid", "unsubscribed"),
    ("sendgrid", "listed_unsubscribe"),
]
NOTHING = [
    *((provider, "unknown") for provider in MAKERS),
    ("postmark", "listed_by_us"),
    ("postmark", "listed_bounce"),
    ("postmark", "active_again"),
]


@pytest.mark.parametrize(("provider", "what", "event", "reason"), MEANT)
def test_what_it_means_for_the_address(provider: str, what: str, event: str, reason: str) -> None:
    (told,) = READERS[provider](MAKERS[provider](what, OURS))
    assert (told.failure.event.value, told.failure.address, told.unsubscribed) == (event, ADDRESS, False)
    assert not reason or told.failure.reason == reason
    assert told.message_ids[0] == "s1@relance.example"
    assert told.is_news == (event != "delivered" and reason != "delayed")


@pytest.mark.parametrize(("provider", "what"), LEFT)
def test_who_asked_the_provider_for_no_more_mail(provider: str, what: str) -> None:
    (told,) = READERS[provider](MAKERS[provider](what, OURS))
    assert told.unsubscribed
    assert told.is_news


@pytest.mark.parametrize(("provider", "what"), NOTHING)
def test_what_matters_to_nobody_here(provider: str, what: str) -> None:
    assert READERS[provider](MAKERS[provider](what, OURS)) == ()


@pytest.mark.parametrize("provider", sorted(MAKERS))
def test_the_same_telling_has_one_key_and_another_telling_another(provider: str) -> None:
    read, make = READERS[provider], MAKERS[provider]

    def keys(*tellings: dict[str, Any]) -> set[str]:
        return {told.key for each in tellings for told in read(each)}

    assert len(keys(make("bounce", OURS), make("bounce", OURS))) == 1
    assert len(keys(make("bounce", OURS), make("bounce", OURS, ident="x" * 5_000), make("complaint", OURS))) == 3
    assert all(len(key) < 300 for key in keys(make("bounce", OURS, ident="x" * 5_000)))


def test_what_a_provider_leaves_out_is_told_apart_by_what_is_there() -> None:
    first, second = (
        read_sendgrid({"event": "spamreport", "email": ADDRESS, "timestamp": at, "smtp-id": OURS}) for at in (1, 2)
    )
    assert first[0].key != second[0].key
    # One whose server refused later on has no id of theirs.
    assert first[0].message_ids == ("s1@relance.example",)


JSON = some.recursive(
    some.none() | some.booleans() | some.floats(allow_nan=False) | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("provider", sorted(MAKERS))
@given(data=some.data())
def test_whatever_stands_in_a_field_nothing_raises(provider: str, data: some.DataObject) -> None:
    told = MAKERS[provider](data.draw(some.sampled_from(["bounce", "complaint", "delivered"])), OURS)
    for name in data.draw(some.sets(some.sampled_from(sorted(told)))):
        told[name] = data.draw(JSON)
    for found in READERS[provider](told):
        assert isinstance(found.failure.event, InboundEvent)
        assert all(found.message_ids)
