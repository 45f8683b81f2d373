"""Twilio's webhooks: proved by their signature, stored before the answer, the same one twice is one."""

import pytest

from sequences.tokens import TokenKind
from tests.support.rigs.api import PERSON_PHONE, PUBLIC, TWILIO_TOKEN, ApiRig

TEXT = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": "AC1",
    "From": PERSON_PHONE,
    "To": "+442071838750",
    "NumMedia": "0",
}


async def run_with_text(api: ApiRig) -> tuple[str, str]:
    enrollment = await api.enrolled()
    return enrollment, await api.sent(enrollment, channel="sms")


async def test_an_inbound_text_is_stored_and_answered_with_empty_twiml(api: ApiRig) -> None:
    enrollment, send = await run_with_text(api)
    answer = await api.twilio("/twilio/inbound", TEXT | {"Body": "All good, thanks!", "Empty": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert answer.text.endswith("<Response/>")
    reactions = await api.rows("reactions_of", enrollment_id=enrollment)
    assert [(row["kind"], row["send_id"], row["reply_text"]) for row in reactions] == [
        ("replied", send, "All good, thanks!")
    ]
    assert api.woken == 1


async def test_the_same_text_again_changes_nothing(api: ApiRig) -> None:
    enrollment, _ = await run_with_text(api)
    for _ in range(3):
        assert (await api.twilio("/twilio/inbound", TEXT | {"Body": "Yes please"})).status_code == 200
    assert len(await api.rows("reactions_of", enrollment_id=enrollment)) == 1
    assert len(await api.fetch("SELECT id FROM inbound")) == 1


async def test_stop_suppresses_before_the_answer(api: ApiRig) -> None:
    await run_with_text(api)
    await api.twilio("/twilio/inbound", TEXT | {"Body": "STOP"})
    found = await api.rows("suppressions_of", person_id="p1", email=None, phone=PERSON_PHONE)
    assert [(row["channel"], row["reason"]) for row in found] == [("sms", "stop_word")]


async def test_a_text_with_characters_postgres_cannot_hold_is_kept_all_the_same(api: ApiRig) -> None:
    enrollment, _ = await run_with_text(api)
    assert (await api.twilio("/twilio/inbound", TEXT | {"Body": "fine\x00 by me"})).status_code == 200
    assert (await api.rows("reactions_of", enrollment_id=enrollment))[0]["reply_text"] == "fine by me"


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "bm90IGEgc2lnbmF0dXJl"}, {"X-Twilio-Signature": "\xe9"}],
)
async def test_a_missing_or_forged_signature_is_a_403_and_stores_nothing(api: ApiRig, headers: dict[str, str]) -> None:
    encoded = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = await api.http.post("/twilio/inbound", data=TEXT | {"Body": "STOP"}, headers=encoded)
    assert answer.status_code == 403
    assert answer.json()["error"] == "forbidden"
    assert await api.fetch("SELECT id FROM inbound") == []
    assert await api.fetch("SELECT id FROM suppression") == []


async def test_a_signature_for_other_words_or_another_address_is_a_403(api: ApiRig) -> None:
    from adapters.sms.signature import sign

    for url, form in [
        (f"{PUBLIC}/twilio/inbound", TEXT | {"Body": "hello"}),
        (f"{api.http.base_url}/twilio/inbound", TEXT | {"Body": "STOP"}),
        (f"{PUBLIC}/twilio/inbound?x=1", TEXT | {"Body": "STOP"}),
    ]:
        headers = {"X-Twilio-Signature": sign(url, form.items(), TWILIO_TOKEN)}
        answer = await api.http.post("/twilio/inbound", data=TEXT | {"Body": "STOP"}, headers=headers)
        assert answer.status_code == 403


async def test_the_query_belongs_to_what_is_signed(api: ApiRig) -> None:
    assert (await api.twilio("/twilio/inbound?from=eu%201", TEXT | {"Body": "Yes"})).status_code == 200


async def test_a_text_without_an_id_is_refused(api: ApiRig) -> None:
    assert (await api.twilio("/twilio/inbound", {"Body": "Yes", "From": PERSON_PHONE})).status_code == 422


async def test_a_status_report_is_kept_and_old_news_never_overwrites_newer(api: ApiRig) -> None:
    _, send = await run_with_text(api)
    await api.execute("UPDATE send SET state = 'unknown' WHERE id = $1", send)
    path = f"/twilio/status/{api.token(TokenKind.STATUS, send)}"
    for status in ("sent", "delivered", "sent", "queued", "delivered"):
        answer = await api.twilio(path, {"MessageSid": "SM1", "MessageStatus": status})
        assert answer.status_code == 204
    row = await api.row("send_row", id=send)
    # A report about a text whose answer had got lost proves that it went out.
    assert (row["provider_status"], row["provider_message_id"], row["state"]) == ("delivered", "SM1", "sent")


async def test_21610_suppresses_the_number(api: ApiRig) -> None:
    _, send = await run_with_text(api)
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "21610"}
    await api.twilio(f"/twilio/status/{api.token(TokenKind.STATUS, send)}", form)
    found = await api.rows("suppressions_of", person_id="p1", email=None, phone=PERSON_PHONE)
    assert [row["reason"] for row in found] == ["stop_word"]


async def test_a_status_under_a_forged_or_foreign_token_is_a_403_and_an_unknown_send_a_404(api: ApiRig) -> None:
    _, send = await run_with_text(api)
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
    for token in (
        api.token(TokenKind.STATUS, send, b"another"),
        api.token(TokenKind.CLICK, send),
        "s" + send,
        "x",
        "%00",
    ):
        assert (await api.twilio(f"/twilio/status/{token}", form)).status_code == 403
    gone = api.token(TokenKind.STATUS, "snothing12345")
    assert (await api.twilio(f"/twilio/status/{gone}", form)).status_code == 404
    assert (await api.row("send_row", id=send))["provider_status"] is None
