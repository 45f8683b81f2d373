"""The example in docs/calendar.md is what a forecast says."""

import json
import re
from pathlib import Path

from typer.testing import CliRunner

from starter.cli.main import app

PAGE = Path(__file__).parents[4] / "docs" / "calendar.md"


def test_the_forecast_with_closed_days_is_as_the_page_says(tmp_path: Path) -> None:
    page = PAGE.read_text()
    [sequence] = re.findall(r"```yaml\n(.+?)```", page, re.DOTALL)
    (tmp_path / "year-end.yaml").write_text(sequence)
    (tmp_path / "record.json").write_text('{"person": {"timezone": "Europe/London"}}')
    [line] = re.findall(r"`relance (forecast .+?)`:", page)
    words = [str(tmp_path / word) if word.endswith((".yaml", ".json")) else word for word in line.split()]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, done.output
    steps = json.loads(done.stdout)
    said = [
        [cell.strip() for cell in row.strip("|").split("|")]
        for row in re.findall(r"^\| (?:hello|again) .+$", page, re.M)
    ]
    found = [[step["step"], step["due_at"][:16].replace("T", " "), ", ".join(step["moved_by"])] for step in steps]
    assert found == said
    refused = CliRunner().invoke(app, [*words[:-1], "2027-01-02..2026-12-24"])
    assert refused.exit_code != 0
