"""``PUT /owners/{id}/notify-by``."""

import pytest

from tests.support.rigs.api import ApiRig


@pytest.fixture
async def owners(api: ApiRig) -> None:
    await api.execute("INSERT INTO owner (id, email) VALUES ('dana', 'dana@agency.example'), ('eli', NULL)")


@pytest.mark.parametrize(("owner", "way", "reachable"), [("dana", "email", True), ("eli", "digest", False)])
async def test_the_way_is_stored_and_said(api: ApiRig, owners: None, owner: str, way: str, reachable: bool) -> None:
    answer = await api.ask("PUT", f"/owners/{owner}/notify-by", json={"notify_by": way})
    assert (answer.status_code, answer.json()) == (200, {"owner": owner, "notify_by": way, "reachable": reachable})
    assert await api.fetch("SELECT notify_by FROM owner WHERE id = $1", owner) == [{"notify_by": way}]


@pytest.mark.parametrize(
    ("owner", "body", "status"),
    [
        ("nobody", {"notify_by": "email"}, 404),
        ("dana", {"notify_by": "fax"}, 422),
        ("dana", {}, 422),
        ("dana", {"notify_by": "email", "more": 1}, 422),
        ("d%40x", {"notify_by": "email"}, 422),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    api: ApiRig, owners: None, owner: str, body: dict[str, str], status: int
) -> None:
    answer = await api.ask("PUT", f"/owners/{owner}/notify-by", json=body)
    assert answer.status_code == status
    assert {row["notify_by"] for row in await api.fetch("SELECT notify_by FROM owner")} == {"none"}


async def test_nobody_gets_in_without_the_token(api: ApiRig, owners: None) -> None:
    assert (await api.http.put("/owners/dana/notify-by", json={"notify_by": "email"})).status_code == 401
