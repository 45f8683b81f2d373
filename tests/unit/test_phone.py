import pytest

from sequences.errors import RefusedError
from sequences.phone import to_e164


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+12025550123", None, "+12025550123"),
        ("+1 (202) 555-0123", None, "+12025550123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("(202) 555-0123", "us", "+12025550123"),
        ("07400 123456", "GB", "+447400123456"),
        ("0044 7400 123456", "GB", "+447400123456"),
        ("tel:+44-7400-123456", None, "+447400123456"),
        ("+44 (0)7400 123456", None, "+447400123456"),
        ("01512 3456789", "DE", "+4915123456789"),
        ("\uff0b44 7400 123456", None, "+447400123456"),
        # A region is a hint only: an international number keeps its own country.
        ("+447400123456", "US", "+447400123456"),
    ],
)
def test_numbers_become_e164(raw: str, region: str | None, e164: str) -> None:
    assert to_e164(raw, region) == e164


@pytest.mark.parametrize(
    ("raw", "region", "because"),
    [
        ("12345", "US", "does not exist"),
        ("07400 123456", None, "no country"),
        ("+999 1234567", None, "no country code"),
        ("call me", "GB", "not a phone number"),
        ("", "GB", "not a phone number"),
        ("+1 202 555 0123 ext. 12", None, "extension"),
        ("+44 7400 1234567890123", None, "not exist|not a phone number"),
        ("07400 123456", "XX", "no country"),
    ],
)
def test_what_is_no_number_is_refused_without_quoting_it(raw: str, region: str | None, because: str) -> None:
    with pytest.raises(RefusedError, match=because) as refused:
        to_e164(raw, region)

    digits = "".join(char for char in raw if char.isdigit())
    assert not digits or digits not in str(refused.value)
    assert refused.value.permanent
    assert refused.value.__cause__ is None
