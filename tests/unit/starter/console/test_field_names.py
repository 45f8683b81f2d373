"""Names of fields in sentences."""

import pytest

from starter.console.field_names import field_name, field_names


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("person.email: there is no @ in it", "E-mail: there is no @ in it"),
        ("changed: placement.start_date, custom.shirt_size", "changed: Placement: start date, Shirt size"),
        ("owner.full_name", "Owner: full name"),
        ("client.name@agency.example or person.example.com", "client.name@agency.example or person.example.com"),
        ("https://crm.example/person.email", "https://crm.example/person.email"),
    ],
)
def test_field_names(said: str, words: str) -> None:
    assert field_names(said) == words


def test_an_own_field_is_called_as_it_is_named() -> None:
    assert field_name("custom.visa_until") == "Visa until"
