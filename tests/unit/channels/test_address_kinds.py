"""Channels that use the same kind of address."""

from __future__ import annotations

import pytest

from sequences.channels import CHANNELS
from sequences.channels.address_kinds import MAIL, NUMBER, alike, channels_of, closed_at, field_of
from sequences.sms.twilio_address import at_twilio, from_twilio
from tests.support.toy_channel import registered


def test_every_channel_is_of_a_kind_and_alike_itself() -> None:
    assert channels_of(MAIL) == ("email",)
    assert channels_of(NUMBER) == ("sms", "whatsapp")
    for name, spec in CHANNELS.items():
        assert field_of(name) == spec.address.name
        assert name in alike(name)
    assert (alike("web"), field_of("web")) == (("web",), None)


def test_a_channel_with_addresses_of_its_own_is_like_no_other() -> None:
    with registered():
        assert alike("pigeon") == ("pigeon",)
        assert "pigeon" not in channels_of(NUMBER)


@pytest.mark.parametrize(
    ("address", "channel", "closed"),
    [
        ("ann@client.example", "all", ("all",)),
        ("+442071838750", "all", ("sms", "whatsapp")),
        ("+442071838750", "whatsapp", ("whatsapp",)),
        ("ann@client.example", "email", ("email",)),
    ],
)
def test_what_a_no_closes_at_an_address_that_others_have_too(
    address: str, channel: str, closed: tuple[str, ...]
) -> None:
    assert closed_at(address, channel) == closed


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_what_twilio_is_told_comes_back(channel: str) -> None:
    number, service = "+442071838750", "MG" + "0" * 32
    assert from_twilio({"From": at_twilio(channel, number), "Body": "Yes"}) == (
        channel,
        {"From": number, "Body": "Yes"},
    )
    assert at_twilio(channel, service) == service
    assert from_twilio({"Body": "whatsapp:"}) == ("sms", {"Body": "whatsapp:"})
