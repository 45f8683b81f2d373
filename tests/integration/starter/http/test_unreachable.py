"""``/unreachable``: addresses that returned mail too often, and that one works again."""

from typing import Any

import pytest

from tests.support.rigs.api import ApiRig


@pytest.fixture
async def closed(api: ApiRig) -> None:
    """Three addresses: of p1, of p1 and p2 both, and of nobody any more."""
    await api.person("p1", email="Ada@Bücher.example", owner_id="dana")
    await api.person("p2", email="p2@client.example", owner_id="eli")
    await api.person("p3", email="p2@client.example", owner_id="dana")
    for number, address in enumerate(("ada@xn--bcher-kva.example", "p2@client.example", "gone@client.example")):
        await api.execute(
            "INSERT INTO suppression (address, channel, reason, source, since) "
            "VALUES ($1, 'email', 'soft_bounces', 's', $2::timestamptz + make_interval(hours => $3))",
            address,
            api.now,
            number,
        )
    await api.execute(
        "INSERT INTO suppression (address, channel, reason, source, since) "
        "VALUES ('dead@client.example', 'email', 'bounced', 's', $1)",
        api.now,
    )


async def _addresses(api: ApiRig, **asked: Any) -> list[Any]:
    answer = await api.ask("GET", "/unreachable", params=asked)
    assert answer.status_code == 200, answer.text
    return [row["address"] for row in answer.json()["items"]]


async def test_the_list_has_what_the_command_has_and_finds_everybody_with_the_address(
    api: ApiRig, closed: None
) -> None:
    rows = (await api.ask("GET", "/unreachable")).json()["items"]
    assert [(row["address"], row["person_id"], row["returned"]) for row in rows] == [
        ("gone@client.example", None, 0),
        ("p2@client.example", "p2", 0),
        ("ada@xn--bcher-kva.example", "p1", 0),
    ]
    assert await _addresses(api, person="p3") == ["p2@client.example"]
    assert await _addresses(api, owner="dana") == ["p2@client.example", "ada@xn--bcher-kva.example"]
    await api.execute("UPDATE person SET deleted_at = $1 WHERE id = 'p1'", api.now)
    assert await _addresses(api, owner="dana") == ["p2@client.example"]


async def test_an_address_works_again_in_any_spelling_and_once(api: ApiRig, closed: None) -> None:
    said = await api.ask("POST", "/unreachable/works", json={"address": " ADA@bücher.example "})
    assert (said.status_code, said.json()) == (200, {"address": "ada@xn--bcher-kva.example", "works": True})
    assert await _addresses(api) == ["gone@client.example", "p2@client.example"]
    # Another suppression is another matter.
    for address in ("ada@bücher.example", "dead@client.example", "+44 7700 900123", "nobody"):
        answer = await api.ask("POST", "/unreachable/works", json={"address": address})
        assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
        assert address not in answer.text
    assert len(await api.fetch("SELECT 1 FROM suppression WHERE lifted_at IS NULL")) == 3


@pytest.mark.parametrize(
    "body", [{}, {"address": ""}, {"address": "a\x00b@c.example"}, {"address": "a@b.example", "x": 1}]
)
async def test_a_word_without_an_address_is_refused(api: ApiRig, closed: None, body: dict[str, str]) -> None:
    assert (await api.ask("POST", "/unreachable/works", json=body)).status_code == 422
    assert len(await _addresses(api)) == 3
