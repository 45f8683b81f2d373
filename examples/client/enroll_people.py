"""Enroll people in a sequence: `python enroll_people.py new-services monday p1 p2 p3`.

The same call again enrolls nobody twice: each person has a key, made of the name of the batch and their id.
"""

import os
import sys

from relance.client import Client, RefusedError, models


def enroll(client: Client, sequence: str, batch: str, people: list[str]) -> dict[str, str]:
    """What became of each: the id of the run, or the reason why they did not enter."""
    found = {}
    for person in people:
        asked = models.EnrollRequest(sequence=sequence, person=person, idempotency_key=f"{batch}.{person}")
        try:
            found[person] = client.enroll_person(asked).enrollment
        except RefusedError as error:
            found[person] = error.problem.reason or error.problem.detail
    return found


if __name__ == "__main__":
    with Client(os.environ["RELANCE_URL"], os.environ["RELANCE_TOKEN"]) as api:
        for one, result in enroll(api, sys.argv[1], sys.argv[2], sys.argv[3:]).items():
            print(one, result)
