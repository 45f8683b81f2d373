"""Many of everything, with long names, long words and long addresses: what a screen must show without breaking.

It comes beside the full world of ``full_world``. Everything follows from the number of a row.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from services.publishing.check_and_publish import check_files, publish
from services.records.people_file import Uploaded, upload
from tests.support.rigs.api import ApiRig

SEQUENCE: Final = "winning-back-former-candidates-of-the-greater-frankfurt-area"
"""The one with all: rules, reactions, wordings, a loop."""
PERSON: Final = "c1"
"""The one who is in every sequence."""
WORD: Final = "Donaudampfschifffahrtsgesellschaftskapitaensmuetzenfabrikation"
TITLE: Final = f"Call {WORD} about the contract that ends in March, and ask who else there is looking"
_EXAMPLES: Final = Path(__file__).parents[3] / "examples"
_SEQUENCES: Final = {
    SEQUENCE: ("re-register", "Winning back former candidates of the greater Frankfurt area, second wave 2027"),
    "waking-up-dead-leads": ("new-services", f"Waking up dead leads of {WORD}"),
    "services-of-the-north": ("new-services", "New services, north"),
    "services-of-the-south": (
        "new-services",
        "New services, south, of companies with more than two hundred people",
    ),
    "onboarding-of-nurses": ("placement-onboarding", "Onboarding of nurses and carers in hospitals and homes"),
    "re-registration-of-welders": ("re-register", "Re-registration of welders"),
    "re-registration-of-drivers": ("re-register", "Re-registration of drivers"),
    "re-registration-of-cooks": ("re-register", "Re-registration of cooks"),
    "re-registration-of-clerks": ("re-register", "Re-registration of clerks"),
    "onboarding-of-drivers": ("placement-onboarding", "Onboarding of drivers"),
}
# A reads what B writes, and B what A writes.
_RULE: Final = """
auto_enroll:
  historical:
    last_contacted: more than 1 year ago
  qualitative:
    person.resume: missing
  real:
    person.status: [Dead lead, Not interested, "Awake, and looking for something quite different"]
  prevent_reenrollment_within: 6 months
  hold_above: 50
"""
_WRITES: Final = "      - set_field: {person.status: Dead lead}\n"

_ROWS: Final = Path(__file__).with_suffix(".sql")
_VALUE: Final = re.compile(r"(?<!:):(now|main|sequences|title|word)\b")
_PEOPLE: Final = "Id;First name;Surname;Mail;Owner;Notes that nobody needs\n" + "".join(
    f"c{number};Maximiliane-Alexandra;Wolfeschlegelsteinhausenbergerdorff;c{number}@{WORD.lower()}.example;co1;{WORD}\n"
    for number in range(1, 80)
)


async def make_crowd(api: ApiRig, user_id: str) -> dict[str, str]:
    """Makes it, beside what is there.

    Args:
        api: whose Postgres.
        user_id: whose uploads the files are.

    Returns:
        Ids of things of it, by the names that routes have for them.
    """
    await _publish(api)
    values = {
        "now": f"'{api.now.isoformat()}'::timestamptz",
        "main": f"'{SEQUENCE}'",
        "sequences": f"'{{{','.join(_SEQUENCES)}}}'::text[]",
        "title": f"'{TITLE}'",
        "word": f"'{WORD}'",
    }
    async with api.database.transaction() as connection:
        await connection.execute(_VALUE.sub(lambda found: values[found[1]], _ROWS.read_text()))
        uploaded = Uploaded(f"people of {WORD}.csv", _PEOPLE.encode())
        file = await upload(connection, user_id, uploaded, api.now)
    runs = await api.fetch("SELECT id FROM enrollment WHERE sequence = $1 AND person_id = 'c5'", SEQUENCE)
    return {"name": SEQUENCE, "person_id": PERSON, "file_id": file.id, "enrollment": runs[0]["id"], "step": "remind"}


async def _publish(api: ApiRig) -> None:
    with TemporaryDirectory() as folder:
        shutil.copytree(_EXAMPLES, folder, dirs_exist_ok=True)
        files = []
        for sequence, (example, name) in _SEQUENCES.items():
            text = (_EXAMPLES / "sequences" / f"{example}.yaml").read_text()
            text = re.sub(r"^sequence: .*$", f"sequence: {sequence}", text, flags=re.MULTILINE)
            text = re.sub(r"^name: .*$", f"name: {name}", text, flags=re.MULTILINE)
            if sequence == SEQUENCE:
                text = text.replace("      - add_to_list: re-registered\n", _WRITES) + _RULE
            files.append(Path(folder) / "sequences" / f"{sequence}.yaml")
            files[-1].write_text(text)
        for checked in check_files(files, Path(folder) / "templates", need_templates=True):
            await publish(api.database, api.versions, checked, api.now)
