"""What a record of a CRM means here, and which of its values are our own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.crm.echoes import Echoes, OwnCrmWrite, read_back
from sequences.crm.mapping import CrmMapping
from sequences.crm.mapping_file import read_mapping
from sequences.crm.reading import instant_of, items_of
from sequences.crm.records import CrmKey, CrmRecord
from sequences.crm.writing import CrmHappening, CrmWrite, writes_for
from sequences.records.catalogue import catalogue

KNOWN = catalogue()
NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)
TEXT = """
crm: bullhorn
connect: {client_id: c, user: u, timezone: America/New_York}
read:
  - {record: owner, from: CorporateUser, prefix: user-, fields: {first_name: firstName}}
  - record: person
    from: Candidate
    prefix: candidate-
    fields:
      first_name: firstName
      status: {from: status, values: {Placed: Hired}}
      owner: owner.id
      available_from: dateAvailable
    events: {contacted: dateLastComment}
    suppress:
      - {channel: email, when: {optOut: true}}
      - {channel: sms, when: {smsOut: true}}
  - {record: placement, from: Placement, prefix: pl-, fields: {person: candidate.id, start_date: dateBegin}}
write:
  - {on: replied.positive, note: {text: "{{ sequence }}: {{ reply }}"}}
  - {on: replied, sequences: [other], note: {text: x}}
  - {on: field_set, fields: [person.status]}
  - {on: opted_out, channel: sms, set: {smsOut: true}}
  - {on: finished, about: placement, set: {status: "Done {{ sequence }}"}, when: only_if_blank}
"""


def mapping() -> CrmMapping:
    read = read_mapping(TEXT, "crm.yaml", KNOWN)
    assert read.mapping is not None, read.report()
    return read.mapping


def candidate(at: datetime | None = NOW, **values: Any) -> CrmRecord:
    return CrmRecord(CrmKey("Candidate", "7"), values, at)


def items(record: CrmRecord, *own: OwnCrmWrite) -> list[dict[str, Any]]:
    return items_of(mapping(), record, KNOWN, NOW, own)


def written(at: datetime | None, *, back: bool = False, **fields: Any) -> OwnCrmWrite:
    return OwnCrmWrite("x1", ("a", "b"), fields, at, back)


def test_values_references_and_dates_are_ours() -> None:
    record = candidate(firstName="Ada", status="Placed", owner={"id": 3}, dateAvailable=1_809_748_800_000)
    (item,) = items(record)
    assert item["id"] == "candidate-7"
    assert item["at"] == NOW.isoformat()
    expected = {"first_name": "Ada", "status": "Hired", "owner": "user-3", "available_from": "2027-05-08"}
    assert item["fields"] == expected
    assert item["suppress"] == "none"


def test_a_clock_there_that_is_ahead_is_not_believed() -> None:
    (item,) = items(candidate(NOW + timedelta(hours=2), firstName="Ada"))
    assert item["at"] == NOW.isoformat()


def test_marks_are_joined_and_a_deleted_record_says_only_that() -> None:
    assert items(candidate(optOut=True))[0]["suppress"] == "email"
    assert items(candidate(optOut=True, smsOut="true"))[0]["suppress"] == "all"
    gone = CrmRecord(CrmKey("Candidate", "7"), {}, NOW, deleted=True)
    assert items(gone) == [{"entity": "person", "id": "candidate-7", "at": NOW.isoformat(), "deleted": True}]
    assert items(CrmRecord(CrmKey("JobOrder", "1"), {}, NOW)) == []


def test_an_event_is_one_and_our_own_note_carries_its_lineage() -> None:
    at = NOW - timedelta(minutes=2)
    found = items(candidate(dateLastComment=int(at.timestamp() * 1000)))
    assert [each["entity"] for each in found] == ["person", "event"]
    assert "lineage" not in found[1]
    note = OwnCrmWrite("x1", ("hello",), {}, at - timedelta(seconds=20))
    assert items(candidate(dateLastComment=int(at.timestamp() * 1000)), note)[1]["lineage"] == ["hello"]


def test_a_value_that_waits_to_be_written_makes_what_is_there_stale() -> None:
    (item,) = items(candidate(status="Old", firstName="Ada"), written(None, status="New"))
    assert "status" not in item["fields"]
    assert item["fields"]["first_name"] == "Ada"


def test_our_value_comes_back_with_its_lineage_once() -> None:
    one, other = items(candidate(status="New", firstName="Ada"), written(NOW, status="New"))
    assert ("status" not in one["fields"], one.get("lineage")) == (True, None)
    assert (other["fields"], other["lineage"]) == ({"status": "New"}, ["a", "b"])
    (item,) = items(candidate(status="New", firstName="Ada"), written(NOW, back=True, status="New"))
    assert item["fields"]["status"] == "New"


def test_a_record_from_before_our_value_says_nothing_of_that_field() -> None:
    record = candidate(NOW - timedelta(hours=1), status="Old")
    (item,) = items(record, written(NOW, status="New"))
    assert "status" not in item["fields"]
    assert read_back([written(NOW, status="New")], record) == []
    assert read_back([written(NOW, status="New")], candidate()) == ["x1"]


def test_what_we_opted_out_there_is_no_word_of_the_crm() -> None:
    for back in (False, True):
        assert "suppress" not in items(candidate(optOut=True), written(NOW, back=back, optOut=True))[0]
    # A mark that somebody else set still counts, and one that was taken away there is theirs again.
    assert items(candidate(optOut=True, smsOut=True), written(NOW, optOut=True))[0]["suppress"] == "sms"
    assert items(candidate(optOut=False), written(NOW, back=True, optOut=True))[0]["suppress"] == "none"


@given(
    there=st.sampled_from(["ours", "theirs"]),
    minutes=st.integers(-600, 600),
    waits=st.booleans(),
    back=st.booleans(),
)
def test_a_value_is_stale_ours_or_theirs_and_never_two_of_them(
    there: str, minutes: int, waits: bool, back: bool
) -> None:
    own = written(None if waits else NOW, back=back and not waits, status="ours")
    record = candidate(NOW + timedelta(minutes=minutes), status=there)
    lineage = Echoes([own], record).lineage_of("status")
    if waits:
        assert lineage is None
    elif back:
        assert lineage == ()
    elif minutes < -5:
        assert lineage is None
    else:
        assert lineage == (("a", "b") if there == "ours" else ())


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1_809_748_800_000, datetime(2027, 5, 8, 4, tzinfo=UTC)),
        ("1809748800000", datetime(2027, 5, 8, 4, tzinfo=UTC)),
        ("2027-05-08T04:00:00Z", datetime(2027, 5, 8, 4, tzinfo=UTC)),
        ("2027-05-08T04:00:00", datetime(2027, 5, 8, 4, tzinfo=UTC)),
        ("2027-05-08", None),
        ("soon", None),
        (None, None),
        (True, None),
        ({"a": 1}, None),
    ],
)
def test_instants_of_crms(raw: object, expected: datetime | None) -> None:
    assert instant_of(raw) == expected


def happening(occasion: str, **more: Any) -> CrmHappening:
    values = {"key": "k", "occasion": occasion, "at": NOW, "person": "candidate-7", "sequence": "hello"}
    return CrmHappening.model_validate(values | more)


def written_for(one: CrmHappening) -> list[CrmWrite]:
    return [write for _, write in writes_for(mapping(), one)]


def test_a_reply_is_written_by_its_label_and_its_sequence() -> None:
    words = {"sequence": "Hello", "reply": "Yes, call me"}
    (write,) = written_for(happening("replied", label="positive", words=words, owner="user-3"))
    assert (write.kind, write.entity, write.record, write.text) == ("note", "Candidate", "7", "Hello: Yes, call me")
    assert write.owner == "3"
    assert written_for(happening("replied", label="negative", words=words)) == []
    assert len(written_for(happening("replied", label="negative", sequence="other"))) == 1


def test_a_field_goes_back_by_its_name_and_word_there() -> None:
    (write,) = written_for(happening("field_set", fields={"person.status": "Hired", "person.city": "Bath"}))
    assert write.fields == {"status": "Placed"}
    assert written_for(happening("field_set", fields={"person.city": "Bath"})) == []


def test_channels_and_records_are_asked_for() -> None:
    assert written_for(happening("opted_out", channel="email")) == []
    assert len(written_for(happening("opted_out", channel="all"))) == 1
    assert written_for(happening("finished")) == []
    (write,) = written_for(happening("finished", placement="pl-5", words={"sequence": "Hello"}))
    assert (write.entity, write.record, write.only_if_blank) == ("Placement", "5", True)
    assert write.fields == {"status": "Done Hello"}


def test_somebody_who_is_not_of_the_crm_is_not_written_there() -> None:
    assert written_for(happening("opted_out", channel="sms", person="imported-1")) == []
