"""Read the replies of today, all pages of them: `python todays_replies.py`."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

from relance.client import Client, models


def replies_of(client: Client, day: datetime) -> Iterator[models.ReplyLine]:
    """The replies from the beginning of this day on, newest first."""
    return client.iter_replies(since=day.replace(hour=0, minute=0, second=0, microsecond=0))


if __name__ == "__main__":
    with Client(os.environ["RELANCE_URL"], os.environ["RELANCE_TOKEN"]) as api:
        for reply in replies_of(api, datetime.now(UTC)):
            print(reply.received_at, reply.person_name, reply.label or "not judged", reply.text, sep="\t")
