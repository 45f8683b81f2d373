"""Phone numbers as E.164, the only form in which a number is compared, stored as a key or handed to a provider."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from sequences.errors import RefusedError

_SHORTEST = 7


def to_e164(raw: str, region: str | None) -> str:
    """Returns ``raw`` as E.164 (ITU-T E.164: ``+``, country code, at most 15 digits).

    Args:
        raw: what the CRM or a person wrote, in national or international form.
        region: ISO 3166-1 alpha-2 country whose national form is meant, or None when only ``+...`` is acceptable.

    Raises:
        RefusedError: not a number, a national form without region, no number that exists in its country's plan, or one
            with an extension (E.164 cannot hold it, so it would name another line). The message never quotes ``raw``.
    """
    parsed = _parse(raw, region)
    if parsed.extension:
        raise RefusedError("the phone number has an extension and cannot receive texts")
    if not phonenumbers.is_valid_number(parsed):
        raise RefusedError("the phone number does not exist in the numbering plan of its country")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def in_full(raw: str, region: str) -> str | None:
    """A number with its country code, as E.164, to know where it belongs; None for what is no number of that country.

    Unlike ``to_e164`` it takes ranges that nobody uses yet, when they are written with the trunk prefix of ``region``
    (ITU-T E.123: ``07700 900123`` in Britain); digits alone may be of any country. An extension is left out.
    """
    try:
        parsed = phonenumbers.parse(raw, region.upper())
    except NumberParseException:
        return None
    if not raw.strip().startswith("+") and not phonenumbers.is_valid_number(parsed):
        digits = phonenumbers.normalize_digits_only(raw)
        trunk = phonenumbers.ndd_prefix_for_region(region.upper(), True)
        long_enough = phonenumbers.is_possible_number(parsed) and len(digits) > _SHORTEST
        if not (trunk and digits.startswith(trunk) and long_enough):
            return None
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def _parse(raw: str, region: str | None) -> PhoneNumber:
    try:
        return phonenumbers.parse(raw, region.upper() if region else None)
    except NumberParseException as error:
        # Its text quotes the number, hence no chaining.
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            raise RefusedError("the phone number has no country code, and no country is known for it") from None
        raise RefusedError("this is not a phone number") from None
