"""What Postgres knows of a record that asks for entry, as SQL expressions: facts for ``sequences.enrolling.entry``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sequences.auto_enroll.messages import Refused
from sequences.enrolling.entry import ORDER, EntryFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class EntryFactsSql:
    """The expressions for one statement; ``p`` is the person, ``pl`` the placement.

    Attributes:
        record: ``person | placement``.
        id: column of the record's id.
        sequence: placeholder of the sequence's name.
        now: placeholder of the instant.
    """

    record: str
    id: str
    sequence: str
    now: str

    @property
    def columns(self) -> str:
        """All facts, to be read by ``entry_facts``."""
        return (
            f"({self.deleted}) AS deleted, {self.inside}, "
            f"({self.suppressed}) AS suppressed, ({self.answered}) AS answered"
        )

    @property
    def inside(self) -> str:
        """The facts of whether the record is in the sequence or was: what a lock on the sequence keeps still."""
        return (
            # An array, since a window that never ends has no instant: no array, no window.
            f"{self.running} AS running, (SELECT ARRAY[w.until] {self._open_window} LIMIT 1) AS open_window, "
            f"{self.entered} AS entered"
        )

    def reason(self, *, once: bool, marks: Sequence[str]) -> str:
        """The first reason that applies (a value of ``Refused``) or null, for counting: one word instead of all facts.

        Args:
            once: a record that entered before is kept out.
            marks: the lineages of what the rule reads; empty when loop protection is off.
        """
        tests = {
            Refused.DELETED: self.deleted,
            Refused.ALREADY_ENROLLED: self.running,
            Refused.WINDOW: f"EXISTS (SELECT 1 {self._open_window})",
            Refused.SUPPRESSED: self.suppressed,
            Refused.ANSWERED: self.answered,
        }
        if once:
            tests[Refused.ONCE] = self.entered
        if marks:
            tests[Refused.CYCLE] = " OR ".join(
                f"coalesce(jsonb_exists({mark}, {self.sequence}), false)" for mark in marks
            )
        return "CASE " + " ".join(f"WHEN {tests[each]} THEN '{each}'" for each in ORDER if each in tests) + " END"

    @property
    def deleted(self) -> str:
        """The record or its person was deleted."""
        person = "p.deleted_at IS NOT NULL"
        return person if self.record == "person" else f"{person} OR pl.deleted_at IS NOT NULL"

    @property
    def running(self) -> str:
        """The record has an open run."""
        return (
            f"EXISTS (SELECT 1 FROM enrollment e WHERE e.sequence = {self.sequence} AND e.record_id = {self.id} "  # noqa: S608
            "AND run_is_open(e.state))"
        )

    @property
    def entered(self) -> str:
        """The record entered before, and nobody lifted that.

        Of either scope: a version with a window may have been published and withdrawn in between. A placement that got
        another person is new for that one.
        """
        return (
            f"EXISTS (SELECT 1 FROM reenrollment_window once WHERE once.sequence = {self.sequence} "  # noqa: S608
            f"AND once.record_id = {self.id} AND once.person_id = p.id AND once.state NOT IN ('lifted', 'refused'))"
        )

    @property
    def suppressed(self) -> str:
        """The person, or the address, is suppressed on every channel.

        What ``suppressions_on`` says, written apart: Postgres can hash each of the two for many records, and asks an
        index for a few. The first as the index ``suppression_once`` has it; a person's id is never empty.
        """
        return (
            "EXISTS (SELECT 1 FROM suppression s WHERE coalesce(s.person_id, '') = p.id AND s.channel = 'all' "
            "AND s.lifted_at IS NULL) "
            "OR EXISTS (SELECT 1 FROM suppressed_address s WHERE s.address = p.email_key AND s.channel = 'all')"
        )

    @property
    def answered(self) -> str:
        """An answer waits: nobody has handled it, confirmed its wish, or said which run it is to. Few rows."""
        return (
            "EXISTS (SELECT 1 FROM reaction r WHERE r.kind = 'replied' AND r.handled_at IS NULL "
            "AND (r.person_id = p.id OR r.address IN (p.email_key, p.phone_key))) OR EXISTS (SELECT 1 FROM inbound i "
            "WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = p.email_key) "
            "OR EXISTS (SELECT 1 FROM opt_out_hold h WHERE h.ended_at IS NULL "
            "AND (h.people @> ARRAY[p.id] OR h.addresses && ARRAY[p.email_key, p.phone_key]))"
        )

    @cached_property
    def _open_window(self) -> str:
        return (
            f"FROM reenrollment_window w WHERE w.sequence = {self.sequence} AND w.person_id = p.id "
            f"AND w.scope = 'person' AND relance_window_open(w.state, w.until, {self.now})"
        )


def facts_inside(row: Mapping[str, Any]) -> EntryFacts:
    """The facts of a row with the columns of ``EntryFactsSql.inside``."""
    return EntryFacts(**_inside(row))


def facts_of(row: Mapping[str, Any], lineage: tuple[str, ...], written: tuple[str, ...]) -> EntryFacts:
    """The facts of a row with the columns of ``EntryFactsSql.columns``.

    Args:
        row: of the statement.
        lineage: sequences whose automation wrote what the rule reads.
        written: the fields that the sequence itself caused.
    """
    return EntryFacts(
        **_inside(row),
        deleted=row["deleted"],
        suppressed="" if row["suppressed"] else None,
        answered="" if row["answered"] else None,
        lineage=lineage,
        written=written,
    )


def _inside(row: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments, not facts: this runs for every match, and to copy facts takes as long as to make them."""
    opened: list[datetime | None] | None = row["open_window"]
    return {
        "running": row["running"],
        "window": opened is not None,
        "until": opened[0] if opened else None,
        "entered": row["entered"],
    }
