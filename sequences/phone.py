"""Phone numbers as E.164, the only form in which a number is compared, stored as a key or handed to a provider."""

# ruff: noqa: PLC0415 - the numbering plans are imported where there is a number, never to check a file.
from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.errors import RefusedError, RequestRefused

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

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
    import phonenumbers

    parsed = _parse(raw, region)
    if parsed.extension:
        raise RefusedError(RequestRefused.INVALID, "the phone number has an extension and cannot receive text messages")
    if not phonenumbers.is_valid_number(parsed):
        raise RefusedError(
            RequestRefused.INVALID, "the phone number does not exist in the numbering plan of its country"
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def in_full(raw: str, region: str) -> str | None:
    """A number with its country code, as E.164, to know where it belongs; None for what is no number of that country.

    Unlike ``to_e164`` it takes ranges that nobody uses yet, when they are written with the trunk prefix of ``region``
    (ITU-T E.123: ``07700 900123`` in Britain); digits alone may be of any country. An extension is left out.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(raw, region.upper())
    except phonenumbers.NumberParseException:
        return None
    if not raw.strip().startswith("+") and not phonenumbers.is_valid_number(parsed):
        digits = phonenumbers.normalize_digits_only(raw)
        trunk = phonenumbers.ndd_prefix_for_region(region.upper(), True)
        long_enough = phonenumbers.is_possible_number(parsed) and len(digits) > _SHORTEST
        if not (trunk and digits.startswith(trunk) and long_enough):
            return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _parse(raw: str, region: str | None) -> PhoneNumber:
    import phonenumbers

    try:
        return phonenumbers.parse(raw, region.upper() if region else None)
    except phonenumbers.NumberParseException as error:
        # Its text quotes the number, hence no chaining.
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise RefusedError(
                RequestRefused.INVALID, "the phone number has no country code, and no country is known for it"
            ) from None
        raise RefusedError(RequestRefused.INVALID, "this is not a phone number") from None
