"""``relance fields``: needs no server; ``test_rules`` holds each line against where the field lives."""

import json

import pytest
from typer.testing import CliRunner

from starter.cli.main import app


def test_fields_of_one_kind_of_record_and_those_of_the_agency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "shirt_size:text")

    def names(*options: str) -> set[str]:
        done = CliRunner().invoke(app, ["fields", "--json", *options])
        return {line["name"] for line in json.loads(done.stdout)}

    people, placements = names("--record", "person"), names("--record", "placement")
    assert {"person.status", "custom.shirt_size"} <= people <= placements
    assert {name.partition(".")[0] for name in placements - people} == {"placement"}
    assert names() == placements
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "shirt_size:colour")
    wrong = CliRunner().invoke(app, ["fields"])
    assert wrong.exit_code == 2
    assert "RELANCE_CUSTOM_FIELDS" in wrong.output
