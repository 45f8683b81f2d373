"""Which addresses a webhook may be posted to."""

import pytest

from sequences.errors import SettingsError
from sequences.sending.callable_networks import may_be_called, parse_networks

INTERNET = ("8.8.8.8", "192.0.66.2", "::ffff:8.8.8.8", "2002:808:808::", "64:ff9b::808:808", "2606:4700::1111")
OUR_OWN = (
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1"),
    *("198.18.0.1", "203.0.113.5", "224.0.0.1", "255.255.255.255"),
    *("::", "::1", "::10.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1", "64:ff9b:1::1", "2001:db8::1"),
    *("", "crm.example", "127.1", "0x7f000001", "2130706433"),
)


@pytest.mark.parametrize("address", INTERNET)
def test_the_internet_may_be_called(address: str) -> None:
    assert may_be_called(address, ())


@pytest.mark.parametrize("address", OUR_OWN)
def test_nothing_of_our_own_and_nothing_that_is_no_address(address: str) -> None:
    assert not may_be_called(address, ())


def test_networks_that_are_named_are_allowed_however_they_are_written() -> None:
    allowed = parse_networks("10.0.0.0/8, 192.168.7.20 , fd00::/8,")
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "192.168.7.20", "fd00::1", "8.8.8.8"):
        assert may_be_called(address, allowed)
    for address in ("192.168.7.21", "127.0.0.1", "fc00::1"):
        assert not may_be_called(address, allowed)
    assert parse_networks(" ") == ()


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "crm.internal", "all"])
def test_what_is_no_network_is_said(text: str) -> None:
    with pytest.raises(SettingsError, match="no network"):
        parse_networks(text)
