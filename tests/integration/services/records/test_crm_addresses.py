"""Addresses and opt-outs by the hook: warned of, refused at entry by name, and held under every record and spelling."""

from __future__ import annotations

from typing import Any

import pytest

from sequences.definition.reactions import ReactionKind
from sequences.errors import RefusedError
from sequences.tokens import TokenKind
from services.enrolling.enroll import EntryRequest
from tests.support.rigs.api import ApiRig

BAD = {
    "a@client.example;b@client.example": "it looks like two addresses",
    "jo@client.example,": "it has a comma",
    "mailto:jo@client.example": "it is a link",
    "<jo@client.example>": "it has angle brackets",
    "jo＠client.example": "its @ is not the plain character",
    "jo@[192.0.2.1]": "it has an IP address after the @",
}


async def tell(api: ApiRig, *changes: Any, event: str = "evt-1") -> Any:
    answer = await api.hook({"event_id": event, "changes": list(changes)})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def person(identity: str = "p1", **more: Any) -> dict[str, Any]:
    return {"entity": "person", "id": identity} | more


async def refusal(api: ApiRig, who: str, sequence: str = "hello") -> str:
    with pytest.raises(RefusedError) as caught:
        await api.enrolling.enroll(EntryRequest(sequence, f"n-{who}-{api.now}", who))
    return f"{caught.value.reason}: {caught.value.detail}"


@pytest.mark.parametrize(("email", "words"), BAD.items())
async def test_a_bad_address_is_warned_of_and_keeps_its_person_out_by_name(api: ApiRig, email: str, words: str) -> None:
    await api.publish()
    (result,) = await tell(api, person(fields={"email": email}))
    assert result["status"] == "created"
    (warning,) = result["warnings"]
    assert warning.startswith(f"person.email: {words}")
    assert email not in warning
    told = await refusal(api, "p1")
    assert told.startswith("unreachable: ")
    assert f"invalid_email ({words}" in told
    assert await api.fetch("SELECT 1 FROM enrollment") == []
    (mended,) = await tell(api, person(fields={"email": "jo@client.example"}), event="evt-2")
    assert "warnings" not in mended or mended["warnings"] == []
    assert (await api.enrolling.enroll(EntryRequest("hello", "n", "p1"))).started


async def test_no_address_is_still_no_address(api: ApiRig) -> None:
    await api.publish()
    await tell(api, person(fields={"first_name": "Jo"}))
    told = await refusal(api, "p1")
    assert (told.partition(":")[0], "(no_email)" in told) == ("unreachable", True)


async def test_an_owners_bad_address_is_warned_of(api: ApiRig) -> None:
    (result,) = await tell(api, {"entity": "owner", "id": "bad", "fields": {"email": "bad@agency.example;"}})
    assert result["warnings"][0].startswith("owner.email: it has a comma")


async def test_an_international_address_is_a_good_one(api: ApiRig) -> None:
    await api.publish()
    (result,) = await tell(api, person(fields={"email": "jörg@bücher.example"}))
    assert result.get("warnings", []) == []
    assert (await api.enrolling.enroll(EntryRequest("hello", "n", "p1"))).started


# --- opt-outs --------------------------------------------------------------------------------------------------------


async def test_who_unsubscribed_is_refused_under_another_record_in_another_spelling(api: ApiRig) -> None:
    enrollment = await api.enrolled("p1")
    send = await api.sent(enrollment)
    assert await api.http.post(f"/u/{api.token(TokenKind.UNSUBSCRIBE, send)}", data={"List-Unsubscribe": "One-Click"})
    await tell(api, person("p2", fields={"email": "P1@Client.EXAMPLE"}))
    told = await refusal(api, "p2")
    assert (told.partition(":")[0], "(unsubscribed since" in told) == ("suppressed", True)
    await tell(api, person("p3", fields={"email": "p3@client.example"}), event="evt-2")
    assert (await api.enrolling.enroll(EntryRequest("hello", "n3", "p3"))).started


async def test_the_preference_page_closes_and_opens_an_address_for_every_record(api: ApiRig) -> None:
    enrollment = await api.enrolled("p1")
    send = await api.sent(enrollment)
    path = f"/u/{api.token(TokenKind.UNSUBSCRIBE, send)}/preferences"
    await tell(api, person("p2", fields={"email": "P1@client.example"}))
    assert (await api.http.post(path, data={"choice": "save"})).status_code == 200
    told = await refusal(api, "p2")
    assert (told.partition(":")[0], "(preferences since" in told) == ("suppressed", True)
    await api.http.post(path, data={"choice": "save", "channel": ["email", "sms"]})
    await api.publish("other")
    assert (await api.enrolling.enroll(EntryRequest("other", "n2", "p2"))).started


@pytest.mark.parametrize(
    ("told", "channel"),
    [
        ({"suppress": "email"}, "email"),
        ({"unsubscribed": True}, "email"),
        ({"fields": {"email": "p1@client.example", "HasOptedOutOfEmail": True}}, "email"),
        ({"fields": {"email": "p1@client.example", "Do Not Contact": "Yes"}}, "all"),
        ({"fields": {"marketing_status": "unsubscribed"}}, "email"),
        ({"fields": {"unsubscribed": "2027-05-04"}, "suppress": "none"}, "email"),
    ],
)
async def test_a_hook_brings_opt_outs_and_open_runs_hear_of_it(api: ApiRig, told: Any, channel: str) -> None:
    enrollment = await api.enrolled("p1")
    (result,) = await tell(api, person(**told))
    assert result["status"] == "updated", result
    rows = await api.fetch("SELECT channel, reason FROM suppression")
    assert rows == [{"channel": channel, "reason": "crm"}]
    (reaction,) = await api.rows("reactions_of", enrollment_id=enrollment)
    assert (reaction["kind"], reaction["holds"]) == (ReactionKind.FIELD_CHANGED, True)


async def test_a_no_in_an_opt_out_field_says_nothing_and_one_that_cannot_be_read_refuses(api: ApiRig) -> None:
    await api.person("p1")
    results = await tell(
        api,
        person(fields={"HasOptedOutOfEmail": False, "city": "Bath"}, unsubscribed=False),
        person(fields={"HasOptedOutOfEmail": "perhaps"}),
    )
    assert [each["status"] for each in results] == ["updated", "refused"]
    assert results[1]["reason"].startswith("fields.HasOptedOutOfEmail: cannot be understood")
    assert await api.fetch("SELECT 1 FROM suppression") == []


async def test_a_no_that_came_before_the_person_covers_their_address_when_they_come(api: ApiRig) -> None:
    await api.publish()
    await tell(api, person("ghost", suppress="email"))
    await tell(api, person("ghost", fields={"email": "Ghost@client.example"}), event="evt-2")
    await tell(api, person("copy", fields={"email": "ghost@client.example"}), event="evt-3")
    told = await refusal(api, "copy")
    assert (told.partition(":")[0], "(crm since" in told) == ("suppressed", True)
    await tell(api, person("ghost", suppress="none"), event="evt-4")
    assert (await api.enrolling.enroll(EntryRequest("hello", "n", "copy"))).started


async def test_what_the_crm_lifts_of_the_one_left_is_lifted_of_the_merged_ones_too(api: ApiRig) -> None:
    await api.publish()
    await tell(api, person("old", fields={"email": "jo@client.example"}, suppress="email"))
    await tell(api, person("new", fields={"email": "jo@client.example"}), event="evt-2")
    await tell(api, person("old", merged_into="new"), event="evt-3")
    told = await refusal(api, "new")
    assert (told.partition(":")[0], "(crm since" in told) == ("suppressed", True)
    await tell(api, person("new", suppress="none"), event="evt-4")
    assert (await api.enrolling.enroll(EntryRequest("hello", "n", "new"))).started


# --- one address in several records ----------------------------------------------------------------------------------


async def test_another_record_of_an_address_does_not_enter_while_the_first_ones_run_is_open(api: ApiRig) -> None:
    await api.enrolled("p1")
    await tell(api, person("p2", fields={"email": "P1@client.example"}))
    assert (await refusal(api, "p2")).startswith("same_address: ")
    await api.execute("UPDATE enrollment SET state = 'stopped'")
    assert (await api.enrolling.enroll(EntryRequest("hello", "n", "p2"))).started, "nothing was sent to the address"


async def test_of_two_channels_one_that_is_free_is_enough(api: ApiRig) -> None:
    await api.publish(steps=[{"id": "one", "email": "hello/one"}, {"id": "two", "sms": "hello/two"}])
    await tell(
        api,
        person("p1", fields={"email": "jo@client.example", "phone": "+442071838750"}),
        person("p2", fields={"email": "jo@client.example", "phone": "+442071838751"}),
    )
    for who in ("p1", "p2"):
        assert (await api.enrolling.enroll(EntryRequest("hello", who, who))).started
