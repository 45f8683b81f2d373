"""Every route with real ids: hostile values are text, other recruiters' people stay hidden, and a press counts once."""

from __future__ import annotations

from urllib.parse import urlencode

from sequences.access.role import PeopleVisible, Role
from tests.support.screens.console_routes import console_routes
from tests.support.screens.full_world import make_full_world
from tests.support.screens.html import parse
from tests.support.screens.rig import ConsoleRig

HOSTILE = "\"'><script>evil()</script><img src=x onerror=evil()>{{ 7 * 191 }}"
# What the product itself writes, from lists of its own: no person and no other program chooses these words.
OURS = {
    *("state", "kind", "channel", "timezone", "sequence", "step", "origin", "label", "intent", "decision", "event"),
    *("role", "scope", "entity", "type", "ended_by", "way", "phase", "workflow_id", "run_id", "outcome", "status_code"),
    *("plan", "record", "record_type", "language", "source", "answer_kind", "reason_kind", "stop_reason", "timing"),
}
# Whoever sees only their own people may not do these for somebody else's.
FORBIDDEN = {
    "/people/{person_id}/consents/{channel}/give",
    "/people/{person_id}/consents/{channel}/withdraw",
    "/people/{person_id}/erase",
    "/people/{person_id}/stop",
    "/people/{person_id}/pause",
    "/people/{person_id}/suppress",
    "/people/{person_id}/enroll",
    "/inbox/{reply_id}/say",
    "/inbox/{reply_id}/answer",
    "/tasks/{task}/done",
    "/tasks/{task}/snooze",
    "/tasks/{task}/assign",
}
# What must be known of nobody else's people: that they were contacted may be known, and their names.
SECRETS = ("+447700900987", "p2@client.example", "Hiddenton", "words of the reply")


async def poison(console: ConsoleRig) -> set[str]:
    """Writes the hostile value into every text that a person or another program may have written; where it did."""
    rows = await console.api.fetch(
        "SELECT c.table_name AS t, c.column_name AS c, c.data_type AS kind FROM information_schema.columns c "
        "JOIN information_schema.tables USING (table_schema, table_name) "
        "WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE' AND c.data_type IN ('text', 'ARRAY') "
        "AND c.is_generated = 'NEVER' AND NOT EXISTS ("
        "  SELECT 1 FROM information_schema.constraint_column_usage u JOIN information_schema.table_constraints k "
        "  USING (constraint_schema, constraint_name) WHERE u.table_name = c.table_name "
        "  AND u.column_name = c.column_name AND k.constraint_type <> 'CHECK') "
        "AND NOT EXISTS (SELECT 1 FROM information_schema.key_column_usage u "
        "  WHERE u.table_name = c.table_name AND u.column_name = c.column_name)"
    )
    done = set()
    for row in rows:
        if (
            row["c"] in OURS
            or row["c"].endswith(("_id", "_key"))
            or row["c"] in ("id", "key")
            or row["kind"] == "ARRAY"
        ):
            continue
        try:
            await console.api.execute(
                f'UPDATE "{row["t"]}" SET "{row["c"]}" = $1 WHERE "{row["c"]}" IS NOT NULL', HOSTILE
            )
        except Exception:  # noqa: BLE001 - a rule of the table itself keeps it out
            continue
        done.add(f"{row['t']}.{row['c']}")
    await console.api.execute(
        "UPDATE sequence_version SET definition = jsonb_set(definition, '{name}', to_jsonb($1::text))", HOSTILE
    )
    return done


async def test_the_world_has_something_for_each_route(console: ConsoleRig) -> None:
    world = await make_full_world(console)
    wanted = {
        name
        for method in ("GET", "POST")
        for route in console_routes(console.api, method)
        for name in route.param_convertors
    }
    # What a new screen shows must be in the world, or nobody tries it with real ids.
    assert wanted - set(world.ids) == set()


async def test_hostile_values_are_text_on_every_screen(console: ConsoleRig) -> None:
    world = await make_full_world(console, "p2")
    written = await poison(console)
    assert {"person.first_name", "owner.last_name", "inbound.reply_text", "task.title", "hold.reason"} <= written
    console.see(role=Role.ADMIN, name=HOSTILE, email=HOSTILE)
    shown = 0
    for route in console_routes(console.api, "GET"):
        query = dict.fromkeys(("q", "said", "next", "cursor"), HOSTILE)
        path = f"/console{world.address(route)}"
        joint = "&" if "?" in path else "?"
        answer = await console.http.get(f"{path}{joint}{urlencode(query)}")
        assert answer.status_code < 500, (route.path, written)
        if answer.status_code in (409, 422):
            # The cursor is none of ours.
            answer = await console.http.get(f"{path}{joint}{urlencode({'q': HOSTILE, 'said': HOSTILE})}")
        if not answer.headers.get("content-type", "").startswith("text/html") or not answer.content:
            continue
        root = parse(answer.text)
        assert root.xpath("//img[@src='x']") == [], route.path
        assert [each.text for each in root.xpath("//script") if each.text] == [], route.path
        assert root.xpath("//*[@onerror]") == [], route.path
        assert str(7 * 191) not in answer.text, route.path
        shown += "&lt;script&gt;evil()" in answer.text
    # It did show, many times, as text.
    assert shown > 20


async def test_other_recruiters_people_stay_hidden(console: ConsoleRig) -> None:
    world = await make_full_world(console, "p2")
    console.see(role=Role.RECRUITER, owner_id="o1", people_visible=PeopleVisible.OWN)
    for route in console_routes(console.api, "GET"):
        answer = await console.http.get(f"/console{world.address(route)}")
        assert answer.status_code in (200, 303, 403, 404, 409, 422), route.path
        found = [secret for secret in SECRETS if secret in answer.text]
        assert found == [], route.path
        # Pictures of the documentation are the same for everybody who is signed in.
        kept = "private, max-age=3600" if route.path == "/help/pictures/{picture}" else "no-store"
        assert answer.headers["cache-control"] == kept, route.path
        # A mail as it looks is shown in a frame of our own page, in which nothing runs.
        framed = answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert framed == answer.headers["content-security-policy"].endswith("sandbox"), route.path
        assert framed or answer.headers["x-frame-options"] == "DENY", route.path
    asked = {route.path: route for route in console_routes(console.api, "POST")}
    about_one = {path for path in asked if any(each in path for each in ("{person_id}", "{reply_id}", "{task}"))}
    # Taking back one's own word is about the word.
    assert about_one - {"/inbox/{reply_id}/undo"} == FORBIDDEN
    for path in sorted(FORBIDDEN):
        form = {"said": "positive", "words": "Hello", "sequence": "hello", "channel": "all", "until": "tomorrow"}
        answer = await console.act(world.address(asked[path]), fragment=False, **form)
        assert answer.status_code == 403, (path, answer.text)
    assert await console.api.fetch("SELECT * FROM suppression WHERE reason NOT IN ('bounced', 'no_answer')") == []


async def test_every_form_that_is_pressed_twice_is_done_once(console: ConsoleRig) -> None:
    world = await make_full_world(console, "p2")
    console.see(role=Role.ADMIN)
    pressed = set()
    for route in console_routes(console.api, "GET"):
        answer = await console.http.get(f"/console{world.address(route)}")
        if not answer.headers.get("content-type", "").startswith("text/html") or not answer.content:
            continue
        for form in parse(answer.text).xpath("//form[translate(@method, 'POST', 'post') = 'post']"):
            action = form.get("action").removeprefix("/console")
            if action in pressed or action == "/sign-out":
                continue
            pressed.add(action)
            fields = {each.get("name"): each.get("value") or "x" for each in form.xpath(".//input[@name]")}
            fields |= {each.get("name"): (each.text or "").strip() for each in form.xpath(".//textarea[@name]")}
            for each in form.xpath(".//select[@name]"):
                fields[each.get("name")] = (each.xpath("./option/@value") or [""])[0]
            assert fields["key"] != "x", action
            (before,) = await console.api.fetch("SELECT count(*) AS n FROM audit_event")
            one, two = [await console.http.post(f"/console{action}", data=fields) for _ in range(2)]
            (after,) = await console.api.fetch("SELECT count(*) AS n FROM audit_event")
            assert one.status_code == two.status_code, action
            if one.status_code < 400:
                assert one.content == two.content, action
                assert one.headers.get("location") == two.headers.get("location"), action
                rows = await console.api.fetch("SELECT act FROM audit_event ORDER BY id OFFSET $1", before["n"])
                assert after["n"] > before["n"], action
                assert len({row["act"] for row in rows}) == len(rows), (action, rows)
    assert len(pressed) > 10
