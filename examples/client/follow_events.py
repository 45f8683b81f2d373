"""Follow what happens, and go on there after a restart: `python follow_events.py cursor.txt`."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relance.client import Client


def follow(client: Client, bookmark: Path, handle: Callable[[Any], None]) -> None:
    """Hands each event on, and then notes where to go on: at least once each, in order."""
    after = bookmark.read_text().strip() if bookmark.exists() else "0"
    for event, cursor in client.follow_events(after):
        handle(event)
        bookmark.write_text(cursor)


if __name__ == "__main__":
    with Client(os.environ["RELANCE_URL"], os.environ["RELANCE_TOKEN"]) as api:
        follow(api, Path(sys.argv[1]), print)
