"""Images are pinned by the digests of a registry: a stand-in of its API on this machine."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tools import image_digests
from tools.image_digests import FILES, ROOT, ImageName, images_of

COMPOSE = """\
x-ours: &ours
  build: .
  image: relance:0.1.0
services:
  database:
    # The version that the tests run on.
    image: postgres:18.1   # not newer
  temporal:
    image: temporalio/server:1.31.0
  again:
    image: postgres:18.1
  hooks:
    <<: *ours
"""


@dataclass
class Registry:
    """Manifests by path and tag; it wants the token that it gives to anybody."""

    manifests: dict[str, bytes] = field(default_factory=dict)
    login: bool = False
    lie: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, name: str, content: str) -> str:
        """Its digest."""
        self.manifests[name] = json.dumps({"schemaVersion": 2, "manifests": [content]}).encode()
        return f"sha256:{hashlib.sha256(self.manifests[name]).hexdigest()}"


@pytest.fixture
def registry() -> Iterator[Registry]:
    here = Registry()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            here.asked.append(url.path)
            if url.path == "/token":
                scope = parse_qs(url.query)["scope"][0]
                self.answer(200, json.dumps({"token": f"for-{scope}"}).encode())
                return
            path, _, tag = url.path.removeprefix("/v2/").partition("/manifests/")
            scope = f"repository:{path}:pull"
            if self.headers.get("Authorization") != f"Bearer for-{scope}":
                way = "Basic" if here.login else "Bearer"
                challenge = f'{way} realm="{here.url}/token",service="here",scope="{scope}"'
                self.answer(401, b"{}", WWW_Authenticate=challenge)
                return
            body = here.manifests.get(f"{path}:{tag}")
            if body is None or "application/vnd.oci.image.index.v1+json" not in self.headers["Accept"]:
                self.answer(404, b"{}")
                return
            digest = f"sha256:{hashlib.sha256(body + (b' ' if here.lie else b'')).hexdigest()}"
            self.answer(200, body, Docker_Content_Digest=digest)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield here
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    compose, image = tmp_path / "compose.yml", tmp_path / "Dockerfile"
    compose.write_text(COMPOSE)
    image.write_text("FROM --platform=linux/amd64 python:3.11-slim AS base\nRUN true\nFROM base\n")
    return compose, image


def run(registry: Registry, *given: object) -> int:
    return image_digests.main([*map(str, given), "--registry", registry.url])


def test_tags_get_the_digests_that_they_have_and_nothing_else_changes(
    registry: Registry, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    compose, image = files
    postgres = registry.put("library/postgres:18.1", "one")
    temporal = registry.put("temporalio/server:1.31.0", "two")
    python = registry.put("library/python:3.11-slim", "three")
    assert run(registry, *files) == 0
    pinned = COMPOSE.replace("postgres:18.1", f"postgres:18.1@{postgres}")
    pinned = pinned.replace("server:1.31.0", f"server:1.31.0@{temporal}")
    assert compose.read_text() == pinned
    assert image.read_text().splitlines()[0] == f"FROM --platform=linux/amd64 python:3.11-slim@{python} AS base"
    assert registry.asked.count("/v2/library/postgres/manifests/18.1") == 2, "once without a token and once with it"
    assert postgres in capsys.readouterr().out
    # The same again changes nothing.
    assert run(registry, *files) == 0
    assert "every image has the digest of its tag" in capsys.readouterr().out
    # The tag moves.
    newer = registry.put("library/postgres:18.1", "one, rebuilt")
    assert run(registry, *files, "--check") == 1
    assert compose.read_text() == pinned
    assert run(registry, *files) == 0
    assert compose.read_text() == pinned.replace(postgres, newer)


def test_where_one_is_not_found_nothing_is_written(
    registry: Registry, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    registry.put("library/postgres:18.1", "one")
    assert run(registry, *files) == 1
    assert "has no image temporalio/server:1.31.0: correct the tag" in capsys.readouterr().err
    assert files[0].read_text() == COMPOSE


def test_a_registry_that_lies_or_wants_a_login_is_not_believed(
    registry: Registry, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    registry.put("library/python:3.11-slim", "one")
    registry.lie = True
    assert run(registry, files[1]) == 1
    assert "called it something else" in capsys.readouterr().err
    registry.login = True
    assert run(registry, files[1]) == 1
    assert "asks for a login" in capsys.readouterr().err


def test_without_a_network_it_says_what_to_do(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert image_digests.main([str(files[0]), "--registry", "http://127.0.0.1:1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("nothing was written: http://127.0.0.1:1 does not answer (ConnectError): run this where")
    assert files[0].read_text() == COMPOSE


@pytest.mark.parametrize(
    ("written", "host", "path", "tag"),
    [
        ("postgres:18.1", "", "library/postgres", "18.1"),
        ("temporalio/ui:2.49.1@sha256:" + "0" * 64, "", "temporalio/ui", "2.49.1"),
        ("registry.example.com:5000/team/relance", "registry.example.com:5000", "team/relance", "latest"),
        ("localhost/relance:1", "localhost", "relance", "1"),
    ],
)
def test_names_are_read_as_docker_reads_them(written: str, host: str, path: str, tag: str) -> None:
    found = ImageName.read(written)
    assert (found.host, found.path, found.tag) == (host, path, tag)
    assert "@" not in found.written


def test_the_images_of_this_repository_are_found() -> None:
    found = {name: images_of(ROOT / name) for name in FILES}
    assert [each.partition(":")[0] for each in found["docker-compose.temporal.yml"]] == [
        "postgres",
        "postgres",
        "temporalio/admin-tools",
        "temporalio/server",
        "temporalio/ui",
        "axllent/mailpit",
    ]
    assert [each.partition(":")[0] for each in found["Dockerfile"]] == ["python"]
