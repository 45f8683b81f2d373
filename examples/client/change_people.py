"""Hand people over, new ones and changed ones, by the signed hook: `python change_people.py people.csv`.

The file has the columns id, first_name, last_name, email. The same file again changes nothing.
"""

import csv
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from relance.client import Client, models

TOGETHER = 500


def hand_over(client: Client, secret: str, people: Iterable[dict[str, str]]) -> list[models.ChangeResult]:
    """What became of each person, in their order."""
    changes = [
        models.CrmChange(entity="person", id=row["id"], fields={key: row[key] for key in row if key != "id"})
        for row in people
    ]
    results: list[models.ChangeResult] = []
    for at in range(0, len(changes), TOGETHER):
        part = changes[at : at + TOGETHER]
        # The same content has the same id, so a part that was cut off is handed over once more, and applied once.
        text = "".join(change.model_dump_json() for change in part)
        event = models.CrmEvent(event_id=hashlib.sha256(text.encode()).hexdigest(), changes=list(part))
        results += client.send_crm_event(event, secret).results
    return results


if __name__ == "__main__":
    key = os.environ["RELANCE_HOOK_SECRETS"].partition(",")[0].strip()
    with Client(os.environ["RELANCE_URL"], os.environ["RELANCE_TOKEN"]) as api, Path(sys.argv[1]).open() as file:
        for result in hand_over(api, key, csv.DictReader(file)):
            print(result.id, result.status, *(result.warnings or ()), result.reason or "")
