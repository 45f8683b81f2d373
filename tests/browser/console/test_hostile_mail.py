"""A mail that wants to do harm: nothing of it runs, nothing of it is loaded, and no other page frames the console."""

from __future__ import annotations

from playwright.async_api import Page, expect

from sequences.inbound import parse_mail
from tests.support.held_replies import activities_of, held_reply
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import MAIL, unmatched_mail
from tests.support.screens.written import ONE, SOURCE, TEMPLATES, publish_written

_AWAY = "http://evil.example"
_HOSTILE = f"""<p>Dear recruiter</p>
<script>window.harm = 1; fetch("{_AWAY}/script")</script><script src="{_AWAY}/own.js"></script>
<img src="{_AWAY}/pixel.png"><img src="x" onerror="parent.harm = 1; window.harm = 1">
<svg onload="window.harm = 1"><image href="{_AWAY}/svg.png"/></svg>
<link rel="stylesheet" href="{_AWAY}/own.css"><style>@import url({_AWAY}/import.css);
body {{ background: url({_AWAY}/background.png) }}</style>
<p style="background-image: url({_AWAY}/inline.png)">see</p>
<meta http-equiv="refresh" content="0; url={_AWAY}/refresh"><base href="{_AWAY}/">
<form action="{_AWAY}/form"><input name="q" autofocus onfocus="window.harm = 1"><button>Go on</button></form>
<iframe src="{_AWAY}/frame"></iframe><iframe srcdoc="<script>top.harm = 1</script>"></iframe>
<object data="{_AWAY}/object"></object><video src="{_AWAY}/video" autoplay></video>
<a href="javascript:window.harm=1">here</a><p>The end</p>
"""


async def world(console: ConsoleRig) -> list[str]:
    """Such a mail as a reply, as unmatched mail, as somebody's name, and as the HTML of a message; where they show."""
    api = console.api
    run, reply = await held_reply(api, activities_of(api), 1)
    head = "From: p1@client.example\r\nTo: jobs@agency.example\r\nSubject: <script>window.harm = 1</script>\r\n"
    raw = f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n{_HOSTILE}".encode()
    as_html = parse_mail(raw)
    assert "Dear recruiter" in as_html.reply_text
    # As HTML it has become text; as text it is kept as it came.
    words = f"{as_html.reply_text}\n{_HOSTILE}"
    await api.execute("UPDATE inbound SET reply_text = $1, text = $1, raw = $2", words, raw)
    await unmatched_mail(api, text=words)
    await api.sent(run)
    await api.execute("UPDATE send SET text = $1, subject = $1", _HOSTILE)
    files = {ONE.replace(".txt", ".html"): _HOSTILE + "{{ organisation_footer }}"}
    await publish_written(api)
    await api.execute("UPDATE person SET first_name = $1", '<img src=x onerror="window.harm = 1">')
    await api.execute(
        "INSERT INTO sequence_draft (sequence, revision, files, attachments, based_on, changed_by, changed_at) "
        "VALUES ('hello', 2, $1, '{}', 2, 'u1', $2)",
        {"sequence.yaml": SOURCE, **TEMPLATES, **files},
        api.now,
    )
    return [
        "/",
        "/inbox?show=all&whose=everyone",
        f"/inbox/{reply}",
        "/people/p1",
        "/unmatched",
        f"/unmatched/{MAIL}",
        "/sequences/hello/edit?person=p1",
        "/sequences/hello/edit/changes",
        "/sequences/hello/edit/preview/one?person=p1",
    ]


async def test_nothing_of_it_runs_or_is_loaded(console: ConsoleRig, page: Page) -> None:
    paths = await world(console)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    for path in paths:
        await page.goto(f"{console.url}/console{path}")
        # The preview of a message is loaded when it comes into view.
        for frame in await page.locator("iframe").all():
            await frame.scroll_into_view_if_needed()
            await expect(frame.content_frame.locator("body")).to_contain_text("The end")
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("window.harm ?? null") is None, path
        assert page.url == f"{console.url}/console{path}"
    assert any("/edit/preview/one" in url for url in asked)
    foreign = [url for url in asked if not url.startswith((f"{console.url}/", "data:", "about:"))]
    assert foreign == []


async def test_another_site_frames_no_page(console: ConsoleRig, page: Page) -> None:
    await held_reply(console.api, activities_of(console.api), 1)
    frames = "".join(
        f'<iframe src="{console.url}/console{path}"></iframe>' for path in ("/inbox?whose=everyone", "/people/p1")
    )
    await page.route(f"{_AWAY}/", lambda route: route.fulfill(content_type="text/html", body=f"<h1>Win</h1>{frames}"))
    await page.goto(f"{_AWAY}/")
    # The browser shows pages of its own instead.
    for frame in page.frames[1:]:
        await frame.wait_for_load_state()
        assert frame.url.startswith("chrome-error:")
        await expect(frame.get_by_role("button")).to_have_count(0)
    assert len(page.frames) == 3
