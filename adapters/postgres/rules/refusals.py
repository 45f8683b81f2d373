"""What stands against a match, as one SQL expression: the same for a change, a scan and a preview."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RefusalSql:
    """The expressions for one statement.

    Attributes:
        record: ``person | placement``.
        id: column of the record's id.
        sequence: placeholder of the sequence's name.
        now: placeholder of the instant.
        windowed: the sequence has a re-enrollment window; otherwise a record enters once, ever. A placement that got
            another person is new for that one.
        marks: the lineages of what the rule reads; empty when cyclical protection is off.
    """

    record: str
    id: str
    sequence: str
    now: str
    windowed: bool
    marks: tuple[str, ...]

    @property
    def refused(self) -> str:
        """The first reason that applies (a value of ``Refused``), or null."""
        reasons = [(self._deleted, "deleted"), (self._enrolled, "already_enrolled")]
        reasons.append((f"EXISTS (SELECT 1 {self._open_window})", "window"))
        if not self.windowed:
            reasons.append((self._once, "once"))
        reasons.append((self._suppressed, "suppressed"))
        reasons.append((self._answered, "answered"))
        if self.marks:
            cycle = " OR ".join(f"coalesce(jsonb_exists({mark}, {self.sequence}), false)" for mark in self.marks)
            reasons.append((cycle, "cycle"))
        return "CASE " + " ".join(f"WHEN {test} THEN '{reason}'" for test, reason in reasons) + " END"

    @property
    def until(self) -> str:
        """End of the open window, for the explanation."""
        return f"(SELECT w.until {self._open_window} LIMIT 1)"

    @property
    def _deleted(self) -> str:
        person = "p.deleted_at IS NOT NULL"
        return person if self.record == "person" else f"{person} OR pl.deleted_at IS NOT NULL"

    @property
    def _enrolled(self) -> str:
        return (
            f"EXISTS (SELECT 1 FROM enrollment e WHERE e.sequence = {self.sequence} AND e.record_id = {self.id} "  # noqa: S608
            "AND run_is_open(e.state))"
        )

    @property
    def _open_window(self) -> str:
        return (
            f"FROM reenrollment_window w WHERE w.sequence = {self.sequence} AND w.person_id = p.id "
            f"AND w.scope = 'person' AND w.state IN ('opening', 'open') AND (w.until IS NULL OR w.until > {self.now})"
        )

    @property
    def _once(self) -> str:
        # Of either scope: a version with a window may have been published and withdrawn in between.
        return (
            f"EXISTS (SELECT 1 FROM reenrollment_window once WHERE once.sequence = {self.sequence} "  # noqa: S608
            f"AND once.record_id = {self.id} AND once.person_id = p.id AND once.state NOT IN ('lifted', 'refused'))"
        )

    @property
    def _suppressed(self) -> str:
        # What suppressions_on says, written apart: Postgres can hash each of the two for many records, and asks an
        # index for a few. The first as the index suppression_once has it; a person's id is never empty.
        return (
            "EXISTS (SELECT 1 FROM suppression s WHERE coalesce(s.person_id, '') = p.id AND s.channel = 'all' "
            "AND s.lifted_at IS NULL) "
            "OR EXISTS (SELECT 1 FROM suppressed_address s WHERE s.address = p.email_key AND s.channel = 'all')"
        )

    @property
    def _answered(self) -> str:
        # Few rows: answers that nobody has handled, and mails that may answer any of several runs.
        return (
            "EXISTS (SELECT 1 FROM reaction r WHERE r.kind = 'replied' AND r.handled_at IS NULL "
            "AND (r.person_id = p.id OR r.address IN (p.email_key, p.phone_key))) OR EXISTS (SELECT 1 FROM inbound i "
            "WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = p.email_key)"
        )
