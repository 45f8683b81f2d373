"""A sequence with its messages, published as from files: what an editor begins with."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from services.publishing.check_and_publish import check_files, publish
from tests.support.rigs.api import ApiRig

SOURCE = """# What we say to new people.
sequence: hello
name: Hello there
record: person

schedule:
  window: 09:00-17:00   # office hours
  weekdays_only: true

steps:
  # At once.
  - id: one
    email: hello/one

  - id: two            # a week later
    when: 7 days after one
    at: 09:30
    email: hello/two

  - {id: ring, when: 2 days after two, task: "Call {{ person.first_name }}"}

reactions:
  - on: replied.positive
    then: stop
"""
ONE, TWO = "hello/one.email.txt", "hello/two.email.txt"
TEMPLATES = {
    ONE: "Subject: Hello {{ person.first_name }}\n\nDear {{ person.first_name }},\n\n{{ organisation_footer }}\n",
    TWO: "Subject: Again\n\nDear {{ person.job_title }},\n\n{{ organisation_footer }}\n",
}


async def publish_written(api: ApiRig, source: str = SOURCE, **changed: str) -> int:
    """Publishes it; the number of the version.

    Args:
        api: whose Postgres.
        source: of the sequence.
        changed: texts of ``one`` and ``two``.
    """
    named = {ONE: changed.get("one", TEMPLATES[ONE]), TWO: changed.get("two", TEMPLATES[TWO])}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "hello.yaml"
        file.write_text(source)
        for path, text in named.items():
            template = Path(folder) / "templates" / path
            template.parent.mkdir(parents=True, exist_ok=True)
            template.write_text(text)
        (checked,) = check_files([file], None, need_templates=True)
    version, _ = await publish(api.database, api.versions, checked, api.now)
    return version.version
