"""Every number of rows that a screen shows is a link to its list; what is none is here, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sequences.access.role import Role
from sequences.access.viewer import Viewer
from starter.console.view import Views
from tests.support.screens.html import parse, text_of
from tests.support.screens.samples import samples

ADMIN = Viewer("u3", "kim@agency.example", "Kim Lee", Role.ADMIN, "o1", "Europe/Paris")
# Around each number that a template writes: it survives escaping, and no sample has it.
BEGIN, END = "\u2e22", "\u2e23"
_MARKED = re.compile(f"{BEGIN}([0-9,]+){END}")
_ALONE = re.compile(r"[0-9][0-9,]*\+?")
_HERE = "the list is on the page itself"
_WORK = "how far work is: its page leads to the runs"
_SETTING = "a limit that somebody set"
_DIFF = "the number of a line of a file"
_COPY = "of a copy; the page itself names each person, day and step"
_CLASS = "rows of a class of data, which retention counts and nobody lists"
NOT_ROWS: Mapping[str, str] = {
    "batch: N people await approval": _HERE,
    "calendar: N messages and actions": _HERE,
    "calendar: span: N go later": "some of those whom the link beside it lists, each with the mark",
    "calendar: span: N wait": "some of those whom the link beside it lists, each with the mark",
    "counted: Version: N": "the number of a version",
    "crm: Items refused: N": "their number is all that is kept; why is beside it",
    "crm: Records read: N": "how many, since the CRM is connected",
    "deliverability: Today: N": "places in today's limit; the messages are behind the number of those sent",
    "deliverability: Today: N of N": "places in today's limit; the messages are behind the number of those sent",
    "deliverability: Today: of N": _SETTING,
    "draft_dates: N of them belong to somebody else, and you do not see their messages.": _HERE,
    "editor: N message that no step uses": _HERE,
    "editor: span: Draft, saved N times, last by Lea <page>, Sun N Nov N N:N .": "how often",
    "editor: span: To ann@client.example · N segments": "parts of one text",
    "editor_changes: N paths": _HERE,
    "editor_changes: td: N": _DIFF,
    "editor_conflict: td: N": _DIFF,
    "editor_rules: Addresses and stop rules were checked for the first N The others are c": "how many were asked",
    "editor_rules: More than N or a batch already waits: all of them would wait for appro": _SETTING,
    "editor_rules: More than this at once wait until somebody approves. Empty: N": _SETTING,
    "editor_rules: span: Draft, saved N times, last by Lea <page>, Sun N Nov N N:N .": "how often",
    "editor_rules: span: of N N remain": "those who remain are linked; all of them are the first line of the numbers",
    "given_up: Why: N tries": "how often",
    "given_up: Why: N try": "how often",
    "job: Cancelled after N What was done stays done.": _WORK,
    "job: N of N": _WORK,
    "job: N so far.": _WORK,
    "jobs: How far: N of N": _WORK,
    "people_import_file: Hello <page>: N would be enrolled by its rules.": "of the try, which is taken back",
    "people_import_file: Line: N": "the number of a row of the file",
    "people_import_file: N rows": _HERE,
    "people_import_file: Other: N would match its rules, and wait for approval.": "of the try, which is taken back",
    "people_import_file: span: N row": _HERE,
    "people_import_file: span: N rows": _HERE,
    "rehearsal: E-mails to recruiters: N": _COPY,
    "rehearsal: E-mails: N": _COPY,
    "rehearsal: Entered: N of N": _COPY,
    "rehearsal: Webhooks: N": _COPY,
    "rules: A day, at the most: N": _SETTING,
    "rules: Addresses and stop rules were checked for the first N The others are c": "how many were asked",
    "rules: Approval: from more than N at once": _SETTING,
    "rules: More than N or a batch already waits: all of them would wait for appro": _SETTING,
    "rules: Remain: N of N": "those who remain are linked; all of them are the first line of the table",
    "rules: The scan is running: N match so far, N enrolled, N refused.": _WORK,
    "rules: They would be enrolled over N days.": "days, by the limit of a day",
    "rules_scan: If there are more than N they wait for approval.": _SETTING,
    "sequence: Move the runs of New <page> services to version N : N of N": _WORK,
    "sequence: Version: N": "the number of a version",
    "sequence_compare: td: N": _DIFF,
    "sequence_move: The first N of N runs": _HERE,
    "sequences: N sequence": _HERE,
    "sequences: N sequences": _HERE,
    "settings: Last pass: N removed so far, since Tue N May N N:N": _CLASS,
    "settings: Last pass: N removed, Tue N May N N:N": _CLASS,
    "settings: To remove: (N then)": _CLASS,
    "settings: To remove: N or more": _CLASS,
    "settings: To remove: N or more (N then)": _CLASS,
    "webhook: Events that are not posted yet: N": "places of the stream, whatever their types",
}
"""What says a number without a link, and why."""


class Marking(Views):
    """Pages in which the numbers of templates are marked."""

    def __init__(self) -> None:
        super().__init__("/console")
        number, count = self._jinja.filters["number"], self._words.count

        def counted(key: str, n: int, /, **values: object) -> str:
            said = count(key, n, **values)
            return said.replace(f"{n:,}", f"{BEGIN}{n:,}{END}", 1)

        self._jinja.filters["number"] = lambda value: f"{BEGIN}{number(value)}{END}"
        self._jinja.globals["count"] = counted


def plain(text: str) -> str:
    return text.replace(BEGIN, "").replace(END, "")


def unlinked(html: str) -> Iterator[str]:
    """What says a number without leading anywhere: its words, with N for each number."""
    root = parse(html)
    for element in root.xpath("//main//*[not(self::script) and not(self::option) and not(self::textarea)]"):
        if element.xpath("ancestor-or-self::a|ancestor-or-self::button|ancestor-or-self::svg|ancestor::pre"):
            continue
        if element.xpath("ancestor::article[@class='manual']"):
            # The documentation counts nothing of this installation.
            continue
        for text in (element.text or "", *(child.tail or "" for child in element)):
            marked = [each for each in _MARKED.findall(text) if each != "0"]
            if marked or (_ALONE.fullmatch(text.strip()) and text.strip() != "0"):
                yield f"{label(element)}{words(text_of(element))}"


def words(text: str) -> str:
    """With N for each number."""
    return " ".join(re.sub(r"[0-9][0-9,.]*", "N", plain(text)).split())[:70]


def label(element: Any) -> str:
    """What stands beside a value: the head of its column, or the term of its list."""
    for each in (element, *element.iterancestors()):
        if each.get("data-label"):
            return f"{each.get('data-label')}: "
        if each.tag == "dd":
            return f"{words(text_of(each.getprevious()))}: "
        if each.tag in ("th", "li", "p", "table"):
            break
    return f"{element.tag}: " if element.tag in ("td", "th", "span") else ""


@pytest.fixture(scope="module")
def views() -> Marking:
    return Marking()


def test_every_number_leads_to_its_list(views: Marking) -> None:
    found: dict[str, set[str]] = {}
    for template, _, values, _ in samples():
        given: dict[str, Any] = {"viewer": ADMIN, **values}
        viewer = given.pop("viewer")
        page = bytes(views.page(template, viewer, **given).body).decode()
        for said in unlinked(page):
            found.setdefault(f"{template[8:-5]}: {said}", set()).add(template)
    leads_nowhere = sorted(found.keys() - NOT_ROWS.keys())
    assert leads_nowhere == [], "\n".join(leads_nowhere)
    # A reason that nothing needs any more goes.
    assert sorted(NOT_ROWS.keys() - found.keys()) == []
