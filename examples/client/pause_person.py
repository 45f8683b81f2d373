"""Pause all runs of a person until a day, and resume them: `python pause_person.py p1 2027-06-01`."""

import os
import sys

from relance.client import Client, models


def pause(client: Client, person: str, until: str, reason: str = "") -> int:
    """How many runs were paused."""
    return client.pause_person(person, models.PauseRequest(until=until, reason=reason)).changed


def resume(client: Client, person: str) -> int:
    """How many runs go on."""
    return client.resume_person(person).changed


if __name__ == "__main__":
    with Client(os.environ["RELANCE_URL"], os.environ["RELANCE_TOKEN"]) as api:
        if len(sys.argv) > 2:
            print(pause(api, sys.argv[1], sys.argv[2], "asked for it on the phone"), "runs paused")
        else:
            print(resume(api, sys.argv[1]), "runs resumed")
