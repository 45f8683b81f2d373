"""What somebody types to find a person."""

import pytest

from sequences.records.person_search import PersonSearch, read_person_search


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", PersonSearch()),
        ("  \x00 ", PersonSearch()),
        ("--", PersonSearch("--")),
        ("4711", PersonSearch("4711", words="4711")),
        ("Alex", PersonSearch("Alex", words="Alex")),
        ("  Alex \n Example ", PersonSearch(words="Alex Example")),
        (
            "Alex.Example@Client.example",
            PersonSearch("Alex.Example@Client.example", address="alex.example@client.example"),
        ),
        ("mailto:a@client.example", PersonSearch("mailto:a@client.example", address="a@client.example")),
        ("<a@client.example>,", PersonSearch("<a@client.example>,", address="a@client.example")),
        ("alex@", PersonSearch("alex@", words="alex")),
        ("@client.example", PersonSearch("@client.example")),
        ("07700 900123", PersonSearch(number="+447700900123")),
        ("+44 7700 900123", PersonSearch(number="+447700900123")),
        ("447700900123", PersonSearch("447700900123", number="+447700900123")),
        ("(0)20 7183-8750", PersonSearch(number="+442071838750")),
    ],
)
def test_reading(typed: str, meant: PersonSearch) -> None:
    assert read_person_search(typed, "GB") == meant


def test_what_is_long_is_cut() -> None:
    assert read_person_search("x" * 500, "GB") == PersonSearch(words="x" * 200)
    assert read_person_search(" ", "GB").is_empty
    assert not read_person_search("x", "GB").is_empty
