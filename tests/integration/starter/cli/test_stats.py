"""``relance stats`` against a real Postgres: the table, the bars, CSV, JSON and a chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)
_DEFINITION = (
    '{"sequence": "bd", "name": "BD", "record": "person", "steps": [{"id": "introduce", "email": "a/b"}, '
    '{"id": "remind", "email": "a/b"}]}'
)
Command = Callable[..., Awaitable[Any]]


@pytest.fixture
async def sent(sql: Command) -> None:
    """Forty people got the first mail; ten of them replied, and one of those asked to be left alone."""
    await sql("INSERT INTO sequence_version VALUES ('bd', 1, $1::text::jsonb, '{}', 'x', $2)", _DEFINITION, NOW)
    for number in range(40):
        run = f"e{number:010d}"
        await sql(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, $1, 'bd', 1, 'person', $2, $2, 'dana', 'hand', $3, $4)",
            *(run, f"p{number}", "stopped" if number < 10 else "active", NOW + timedelta(days=number)),
        )
        await sql(
            "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text, "
            "planned_at) VALUES ($1, $2, 'introduce', $3, 'email', 'sent', 's', 'r', '', '', $4)",
            *(f"s{number:010d}", run, f"p{number}", NOW),
        )
        if number < 10:
            await sql(
                "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, send_id, holds, received_at, label, "
                "held_for_review, opt_out) VALUES ($1, $1, $2, $3, 'replied', $4, true, $5, $6, false, $7)",
                *(f"r{number:010d}", run, f"p{number}", f"s{number:010d}", NOW),
                *("positive" if number < 6 else "negative", number == 9),
            )


async def test_the_table_shows_steps_with_rates_and_says_what_they_mean(command: Command, sent: None) -> None:
    shown = await command("stats", "bd")
    assert "bd by step" in shown
    assert "introduce 40 40 10 10 25% (14-40) 6 15% (7-29) 4 10% (4-23) 1 2% (0-13) 0 10 30" in shown
    assert "replied: people who replied in their own words" in shown
    assert "95 % interval (Wilson)" in shown


async def test_the_json_has_counts_rates_and_definitions(command: Command, sent: None) -> None:
    found = await command("stats", "bd", "--json")
    assert found["by"] == "step"
    assert [(row["version"], row["step"]) for row in found["rows"]] == [
        *((None, None), (1, None), (1, "introduce"), (1, "remind")),
    ]
    whole, step = found["rows"][0], found["rows"][2]
    assert whole["people"] == step["people"]
    assert step["rates"]["replied"] == {
        "count": 10,
        "of": 40,
        "share": 0.25,
        "low": pytest.approx(0.1419, abs=1e-4),
        "high": pytest.approx(0.4019, abs=1e-4),
        "enough": True,
    }
    assert found["rows"][3]["rates"]["replied"] is None
    assert found["definitions"]["sent"].startswith("people who were sent")


async def test_fewer_than_thirty_people_have_no_percentage(command: Command, sent: None) -> None:
    since = (NOW + timedelta(days=20)).date().isoformat()
    shown = await command("stats", "bd", "--since", since)
    assert "introduce 20 20 0" in shown
    assert "%" not in shown.split("entered: people")[0]
    assert "0 of 20, too few for a rate" in await command("stats", "bd", "--since", since, "--plot")


async def test_owners_weeks_and_all_sequences(command: Command, sent: None) -> None:
    assert "dana 40 40" in await command("stats", "--by", "owner")
    weeks = (await command("stats", "bd", "--by", "week", "--json"))["rows"]
    assert [row["week"] for row in weeks][:2] == ["2027-05-03", "2027-05-10"]
    assert sum(row["people"]["entered"] for row in weeks) == 40
    assert len((await command("stats", "--owner", "dana", "--json"))["rows"]) == 1
    assert "nothing yet" in await command("stats", "--owner", "eli")


async def test_csv_is_a_file_that_programs_read(command: Command, sent: None) -> None:
    lines = list(csv.DictReader(io.StringIO((await command("stats", "bd", "--csv")).replace(" ", "\n"))))
    assert lines[2]["step"] == "introduce"
    assert (lines[2]["sent"], lines[2]["replied"], lines[2]["replied_share"]) == ("40", "10", "0.25")
    assert lines[3]["replied_share"] == ""


async def test_bars_and_a_chart_say_the_same_in_words(command: Command, sent: None, tmp_path: Path) -> None:
    shown = await command("stats", "bd", "--plot", "--svg", tmp_path / "chart.svg")
    assert "v1 introduce ███████████████████░░░░░░░░░░░ 25% (14-40) 10 of 40" in shown
    chart = ElementTree.fromstring((tmp_path / "chart.svg").read_text())
    words = [element.text for element in chart.iter() if element.text and element.text.strip()]
    assert chart.attrib["role"] == "img"
    assert words[0] == "bd by step: replied"
    assert "v1 introduce: 25% (14-40), 10 of 40" in words[1]
    assert "25% (14-40), 10 of 40" in words


async def test_nothing_and_mistakes_are_said(command: Command, sql: Command) -> None:
    assert "nothing yet: no person has entered" in await command("stats")
    assert "no sequence 'x' is published" in await command("stats", "x", status=3)
    await command("stats", "--version", 1, status=2)
    await command("stats", "--csv", "--plot", status=2)
    await command("stats", "--since", "yesterday", status=2)


async def test_rebuilding_changes_nothing(command: Command, sent: None) -> None:
    before = await command("stats", "bd", "--json")
    assert await command("stats", "bd", "--rebuild", "--json") == before
