"""``relance schema``."""

from pathlib import Path

from typer.testing import CliRunner

from starter.cli.main import app


def test_schema_is_the_committed_file() -> None:
    done = CliRunner().invoke(app, ["schema"])
    assert done.stdout_bytes == Path("docs/sequence.schema.json").read_bytes()
