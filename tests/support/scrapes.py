"""What tests of metrics share."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from adapters.postgres.database import Database
from tests.support.rigs.send import NOW

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()


async def answered(
    database: Database, run: str, *, handled: datetime | None = None, decision: str | None = None
) -> None:
    """A reply to a run that was stored a minute before ``NOW``, with what was decided about it."""
    await database.pool.execute(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, received_at, delivered_at, handled_at, "
        "decision) SELECT 'r' || substr(id, 2), id, id, person_id, 'replied', true, $2, $2, $3, $4 "
        "FROM enrollment WHERE id = $1",
        run,
        NOW - timedelta(minutes=1),
        handled,
        decision,
    )


def promtool(text: str) -> None:
    """Prometheus' own check of names and types, where it is installed."""
    program = shutil.which("promtool")
    if program is None:
        return
    checked = subprocess.run([program, "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
