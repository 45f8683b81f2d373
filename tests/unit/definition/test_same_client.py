"""``same_client``: what a colleague's reply means."""

import pytest

from sequences.definition.durations import Duration, DurationUnit
from sequences.definition.model import SequenceDefinition, fingerprint
from sequences.definition.reactions import Then, ThenKind, parse_same_client
from sequences.errors import GrammarError

PLAIN = {"sequence": "a", "name": "A", "record": "person", "steps": [{"id": "one", "email": "a/one"}]}


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("stop", Then(ThenKind.STOP)),
        ("go_on", Then(ThenKind.CONTINUE)),
        ("pause 14 days", Then(ThenKind.PAUSE, Duration(14, DurationUnit.DAYS))),
        ("pause 2 weeks", Then(ThenKind.PAUSE, Duration(2, DurationUnit.WEEKS))),
    ],
)
def test_what_it_can_be(text: str, then: Then) -> None:
    assert parse_same_client(text) == then
    assert SequenceDefinition.model_validate(PLAIN | {"same_client": text}).same_client == text


@pytest.mark.parametrize("text", ["continue", "pause", "pause 3 hours", "goon", ""])
def test_what_it_cannot_be(text: str) -> None:
    with pytest.raises(GrammarError) as error:
        parse_same_client(text)
    assert error.value.allowed == "`stop`, `pause N days` or `go_on`"
    with pytest.raises(ValueError, match=r"same_client|colleague|[Pp]ause"):
        SequenceDefinition.model_validate(PLAIN | {"same_client": text})


def test_the_default_changes_no_older_version() -> None:
    plain = SequenceDefinition.model_validate(PLAIN)
    assert plain.same_client == "go_on"
    assert fingerprint(plain) == fingerprint(SequenceDefinition.model_validate(PLAIN | {"same_client": "go_on"}))
