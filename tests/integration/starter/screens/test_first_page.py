"""What a browser loads before it shows the first page: little, as it travels."""

from __future__ import annotations

import re

from tests.support.screens.rig import ConsoleRig

MOST = 60_000


async def test_the_first_page_is_small(console: ConsoleRig, runs: dict[str, str]) -> None:
    page = await console.http.get("/console/")
    loaded = {page.url.path: page.num_bytes_downloaded}
    wanted = re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page.text)
    while wanted:
        path = wanted.pop()
        if path in loaded:
            continue
        file = await console.http.get(path)
        assert file.status_code == 200, path
        assert file.headers["content-encoding"] == "gzip"
        loaded[path] = file.num_bytes_downloaded
        # Modules import each other by their names.
        wanted += [f"{path.rpartition('/')[0]}/{name}" for name in re.findall(r'from "\./([^"]+)"', file.text)]
    assert len(loaded) > 8
    assert sum(loaded.values()) < MOST, loaded
    plain = await console.http.get(next(iter(set(loaded) - {page.url.path})), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
