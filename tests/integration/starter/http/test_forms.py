"""Forms: GET shows, one POST writes once, and links that cannot be used say what to do."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from adapters.postgres import queries
from sequences import ids
from sequences.forms.definition import FormDefinition
from sequences.tokens import TokenKind, sign
from services.publishing.forms import publish_forms
from services.sending.form_links import put_form_links
from tests.support.rigs.api import ApiRig
from tests.support.rigs.forms import FORM, GOOD, Link, link_of, person, post, reactions, submissions


async def test_get_shows_what_is_known_and_changes_nothing(api: ApiRig) -> None:
    link = await link_of(api)
    for _ in range(2):
        page = await api.http.get(link.path)
    assert page.status_code == 200
    assert page.text.count("<h1>") == 1
    assert "Are you &lt;still&gt; looking?" in page.text
    assert 'value="Alex"' in page.text
    assert "p1@client.example" not in page.text  # a link may be forwarded
    assert '<html lang="en">' in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "set-cookie" not in page.headers
    assert (await submissions(api), await reactions(api, link), api.woken) == ([], [], 0)


async def test_the_page_can_be_read_out(api: ApiRig) -> None:
    page = (await api.http.get((await link_of(api, consent="I agree.")).path)).text
    labels = set(_between(page, 'label for="', '"'))
    inputs = {name for name in _between(page, ' id="', '"') if name.startswith(("field-", "consent"))}
    groups = set(_between(page, '<fieldset class="field" id="', '"'))
    described = {name for name in inputs if name.endswith(("-help", "-wrong"))}
    assert inputs - groups - described == labels
    assert page.count("<legend>") == len(groups) == 1
    assert 'aria-describedby="field-2-help"' in page
    assert 'enctype="multipart/form-data"' in page


def _between(text: str, before: str, after: str) -> list[str]:
    return [part.partition(after)[0] for part in text.split(before)[1:]]


async def test_a_post_writes_tells_the_run_and_the_owner_and_thanks(api: ApiRig) -> None:
    link = await link_of(api)
    answer = await post(api, link, person__owner="mallory", person__email="", form="other")
    assert answer.status_code == 303
    thanks = await api.http.get(str(answer.url.join(answer.headers["location"])))
    assert thanks.status_code == 200
    assert "Thank &lt;you&gt;." in thanks.text
    back = _between(thanks.text, '<a href="', '"')[0]
    assert str(thanks.url.join(back)) == str(api.http.base_url.join(link.path))
    found = await person(api)
    assert (found["first_name"], found["city"], found["status"]) == ("Alexandra", "Leeds", "Active")
    assert (found["owner_id"], found["email"]) == ("dana", "p1@client.example")  # not asked, not answered
    (change,) = await api.fetch("SELECT * FROM change WHERE origin = 'form'")
    assert (sorted(change["fields"]), change["lineage"]) == (["person.city", "person.first_name", "person.status"], [])
    assert await reactions(api, link) == ["form_submitted", "field_changed"]
    (told,) = await api.fetch("SELECT * FROM notification")
    assert (told["owner_id"], told["kind"]) == ("dana", "form_submitted")
    assert "Re-registration came in" in told["title"]
    assert api.woken == 1


async def test_a_field_that_was_shown_and_emptied_is_empty(api: ApiRig) -> None:
    link = await link_of(api)
    await post(api, link)
    await post(api, link, person__city="")
    assert (await person(api))["city"] is None
    first, second = await submissions(api)
    assert "person.available_from" not in first["answers"]  # it was empty before
    assert second["answers"]["person.city"] is None


async def test_a_value_that_is_no_choice_of_the_form_is_not_shown_and_not_emptied(api: ApiRig) -> None:
    link = await link_of(api)
    await api.execute("UPDATE person SET status = 'Placed' WHERE id = 'p1'")
    assert 'value="" id="field-4-3" checked' in (await api.http.get(link.path)).text  # "No answer"
    for _ in range(2):
        assert (await post(api, link, person__status="")).status_code == 303
    assert (await person(api))["status"] == "Placed"
    assert len(await submissions(api)) == 1
    await post(api, link)
    await post(api, link, person__status="")
    assert (await person(api))["status"] is None


async def test_the_same_answer_again_changes_nothing_and_another_one_is_a_change(api: ApiRig) -> None:
    link = await link_of(api)
    for _ in range(2):
        assert (await post(api, link)).status_code == 303
    assert len(await submissions(api)) == 1
    assert "You sent this form on 4 May 2027" in (await api.http.get(link.path)).text
    assert (await post(api, link, person__city="York")).status_code == 303
    assert [row["number"] for row in await submissions(api)] == [1, 2]
    assert (await person(api))["city"] == "York"
    assert (await reactions(api, link)).count("form_submitted") == 1
    titles = [row["title"] for row in await api.fetch("SELECT title FROM notification ORDER BY created_at, id")]
    assert sum("was changed" in title for title in titles) == 1


async def test_two_clicks_at_once_are_one_answer(api: ApiRig) -> None:
    link = await link_of(api)
    answers = await asyncio.gather(*(post(api, link) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert (len(await submissions(api)), api.woken) == (1, 1)
    assert (await reactions(api, link)).count("form_submitted") == 1


async def test_a_link_for_one_answer_is_used_up(api: ApiRig) -> None:
    link = await link_of(api, once=True)
    await post(api, link)
    assert (await post(api, link)).status_code == 303  # the same bytes again: the page of the first time
    page = await post(api, link, person__city="York")
    assert (page.status_code, (await person(api))["city"]) == (410, "Leeds")
    assert "You have sent this form already" in page.text
    assert "answer our message" in (await api.http.get(link.path)).text


async def test_an_expired_link_says_so_and_what_to_do(api: ApiRig) -> None:
    link = await link_of(api, valid_for="2 days")
    api.now += timedelta(days=2)
    for page in (await api.http.get(link.path), await post(api, link)):
        assert page.status_code == 410
        assert "It worked until 6 May 2027. Please answer our message" in page.text
    assert (await submissions(api), api.woken) == ([], 0)


async def test_a_revoked_link_and_one_of_a_deleted_person_say_so(api: ApiRig) -> None:
    one, two = await link_of(api), await link_of(api, "p2")
    async with api.database.transaction() as connection:
        await queries.revoke_form_links(connection, enrollment_id=one.run, form="re-registration", at=api.now)
    await api.execute("UPDATE person SET deleted_at = $1 WHERE id = 'p2'", api.now)
    for link in (one, two):
        page = await post(api, link)
        assert page.status_code == 410
        assert "We have withdrawn it" in page.text
    assert await submissions(api) == []


async def test_forged_and_foreign_tokens_lead_nowhere(api: ApiRig) -> None:
    link = await link_of(api)
    other = ids.form_link_id("e" + "x" * 26, "re-registration")
    tokens = [
        sign(TokenKind.FORM, link.id, b"another key"),
        api.token(TokenKind.UNSUBSCRIBE, link.id),
        api.token(TokenKind.FORM, other),
        link.path.removeprefix("/f/")[:-1] + "x",
        "x" * 5000,
        "..%2F..%2Fetc",
    ]
    for token in tokens:
        for page in (await api.http.get(f"/f/{token}"), await api.http.post(f"/f/{token}", data=GOOD)):
            assert page.status_code == 404, token
    assert await submissions(api) == []


async def test_one_persons_link_writes_to_that_person_only(api: ApiRig) -> None:
    one, two = await link_of(api), await link_of(api, "p2")
    await post(api, two, person__id="p1", **{"placement.id": "x"})
    assert (await person(api))["first_name"] == "Alex"
    assert (await person(api, "p2"))["first_name"] == "Alexandra"
    assert (await reactions(api, one), len(await submissions(api))) == ([], 1)


async def test_what_is_wrong_is_shown_at_the_field_and_above_and_nothing_is_written(api: ApiRig) -> None:
    link = await link_of(api, consent="I agree.")
    wrong = {"first_name": " ", "status": "King", "available_from": "2027-02-30", "email": "<b>@"}
    page = await api.http.post(link.path, data={f"person.{name}": value for name, value in wrong.items()})
    assert page.status_code == 400
    summary = page.text.partition('class="errors"')[2].partition("</div>")[0]
    targets = _between(summary, 'href="#', '"')
    assert targets == ["field-1", "field-3", "field-4-1", "field-5", "consent"]
    for target in targets:
        assert f'id="{target}"' in page.text
    assert 'aria-invalid="true" aria-describedby="consent-wrong"' in page.text
    assert 'id="field-1-wrong">Please answer this.' in page.text
    assert 'value="&lt;b&gt;@"' in page.text
    assert 'value="2027-02-30"' in page.text
    assert (await submissions(api), api.woken, (await person(api))["first_name"]) == ([], 0, "Alex")


@pytest.mark.parametrize("value", ["a\x00b", "\x1b[31m", "x" * 4001, "\u0007"])
async def test_odd_characters_and_endless_texts_are_refused(api: ApiRig, value: str) -> None:
    link = await link_of(api)
    assert (await post(api, link, person__city=value)).status_code == 400
    assert await submissions(api) == []


async def test_a_run_that_is_over_still_records(api: ApiRig) -> None:
    link = await link_of(api, state="stopped")
    assert (await post(api, link)).status_code == 303
    assert (await person(api))["city"] == "Leeds"
    (row,) = await api.fetch("SELECT kind FROM reaction WHERE enrollment_id = $1", link.run)
    assert row["kind"] == "form_submitted"
    async with api.dispatching():

        async def late() -> bool:
            return bool(api.runs.late) or bool(api.runs.reactions)

        await api.until(late)


async def test_ten_thousand_fields_and_other_contents_are_no_form(api: ApiRig) -> None:
    link = await link_of(api)
    many = "&".join(f"f{number}=x" for number in range(10_000))
    for body, kind in (
        (many, "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ("person.city=York", "text/plain"),
        ("person.city=%FF", "multipart/form-data"),
        ("--x\r\nrubbish", "multipart/form-data; boundary=x"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
    ):
        page = await api.http.post(link.path, content=body, headers={"Content-Type": kind})
        assert page.status_code == 400, kind
    page = await api.http.post(link.path, files=[(f"f{number}", (None, "x")) for number in range(10_000)])
    assert page.status_code == 400
    assert await submissions(api) == []


async def test_the_page_speaks_the_language_of_the_form(api: ApiRig) -> None:
    link = await link_of(api, language="de")
    page = await api.http.get(link.path, headers={"Accept-Language": "fr"})
    assert '<html lang="de">' in page.text
    assert "Bitte geben Sie ihn nicht weiter" in page.text
    assert "Ce lien ne fonctionne pas" in (await api.http.get("/f/x", headers={"Accept-Language": "fr, en;q=0.5"})).text


async def test_a_later_version_counts_until_something_came_in(api: ApiRig) -> None:
    link = await link_of(api)
    await link_again(api, link, title="Second")
    assert "Second" in (await api.http.get(link.path)).text
    await post(api, link)
    await link_again(api, link, title="Third")
    assert "Second" in (await api.http.get(link.path)).text


async def link_again(api: ApiRig, link: Link, **more: Any) -> None:
    async with api.database.transaction() as connection:
        await publish_forms(connection, [FormDefinition.model_validate({**FORM, **more})], api.now)
        await put_form_links(connection, link.run, ("re-registration",), api.now)
