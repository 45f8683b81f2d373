"""``/closed-days``: days on which nothing goes."""

from tests.support.rigs.api import ApiRig


async def test_days_close_open_and_are_listed(api: ApiRig) -> None:
    await api.execute("INSERT INTO owner (id) VALUES ('dana')")
    for days, owner, changed in (("2026-12-24..2027-01-02", None, 10), ("2026-08-03", "dana", 1)):
        said = await api.ask("POST", "/closed-days", json={"days": days, "owner": owner})
        assert said.status_code == 200, said.text
        assert said.json() == {"days": days, "owner": owner, "removed": False, "changed": changed, "runs": 0}
    said = await api.ask("POST", "/closed-days/remove", json={"days": "2026-12-24..2026-12-31"})
    assert said.json()["changed"] == 8
    whole = {"first": "2027-01-01", "last": "2027-01-02", "days": 2, "owner": None}
    hers = {"first": "2026-08-03", "last": "2026-08-03", "days": 1, "owner": "dana"}
    assert (await api.ask("GET", "/closed-days")).json() == {"closed": [whole, hers], "planning": 0}
    later = await api.ask("GET", "/closed-days", params={"owner": "dana", "first": "2026-12-01"})
    assert later.json()["closed"] == [whole]
    assert (await api.ask("GET", "/closed-days", params={"owner": "eli"})).json()["closed"] == [whole]


async def test_what_makes_no_sense_is_refused(api: ApiRig) -> None:
    for asked, status in (
        ({"days": "tomorrow"}, 422),
        ({"days": "2026-12-24..2026-12-01"}, 422),
        ({"days": "2026-12-24", "owner": "nobody"}, 404),
    ):
        answer = await api.ask("POST", "/closed-days", json=asked)
        assert answer.status_code == status, answer.text
