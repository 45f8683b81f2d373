"""Pins images of others by digest: ``python -m tools.image_digests [FILE ...] [--check] [--registry URL]``.

A tag is a name that its owner can give to another image; a digest is the image. Each image of a compose file that is
not built here, and each ``FROM`` of a Dockerfile, is looked up at its registry (OCI Distribution Specification 1.1).
``postgres:18.1`` becomes ``postgres:18.1@sha256:...``. The tag stays, for people and for the next time: run again, the
digests are those that the tags have then. Nothing is written unless all were found.

Status 1: a registry does not answer, or ``--check`` found that the files say something else.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).parents[1]
FILES: Final = ("docker-compose.temporal.yml", "Dockerfile")
REGISTRY: Final = "https://registry-1.docker.io"
"""Of images that name no host."""
_LIBRARY: Final = "library/"
"""Where that registry keeps images of one word."""
_ACCEPTED: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""An index of all processors before the manifest of one: the digest is to be right on each machine."""
_LARGEST: Final = 4 << 20
"""Bytes of a manifest (section 4.4.3 of the specification)."""
_SECONDS: Final = 20.0
_FROM: Final = re.compile(r"^FROM[ \t]+(?:--\S+[ \t]+)*(\S+)", re.MULTILINE | re.IGNORECASE)
_IMAGE: Final = re.compile(r"^([ \t]*image:[ \t]*)([^\s#]+)", re.MULTILINE)
_CHALLENGE: Final = re.compile(r'(realm|service|scope)="([^"]*)"')
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class DigestError(Exception):
    """A digest that was not found; the message says why, and what to do."""


@dataclass(frozen=True)
class ImageName:
    """What an image is called.

    Attributes:
        written: without a digest, as in a file: ``postgres:18.1``.
        host: of its registry; empty: it names none.
        path: there, such as ``library/postgres``.
        tag: ``latest`` if it names none.
    """

    written: str
    host: str
    path: str
    tag: str

    @classmethod
    def read(cls, text: str) -> ImageName:
        """Reads ``[host/]path[:tag][@digest]``."""
        written = text.partition("@")[0]
        first, slash, rest = written.partition("/")
        # As Docker reads it: a host has a full stop or a port, or is localhost.
        has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
        host, name = (first, rest) if has_host else ("", written)
        path, _, tag = name.partition(":")
        if not host and "/" not in path:
            path = _LIBRARY + path
        return cls(written, host, path, tag or "latest")


def images_of(file: Path) -> list[str]:
    """The images of a file that others make, each once, as they are written."""
    text = file.read_text()
    if file.suffix not in (".yml", ".yaml"):
        stages = set(re.findall(r"(?im)^FROM\s.*?\sAS\s+(\S+)", text))
        return [each for each in dict.fromkeys(_FROM.findall(text)) if each not in stages | {"scratch"}]
    services = YAML(typ="safe").load(text).get("services", {})
    found = [each["image"] for each in services.values() if "image" in each and "build" not in each]
    return list(dict.fromkeys(found))


class Registries:
    """Asks registries, each image once.

    Args:
        default: URL of the registry of images that name no host.
    """

    def __init__(self, default: str = REGISTRY) -> None:
        self._default = default.rstrip("/")
        self._known: dict[str, str] = {}
        self._client = httpx.Client(timeout=_SECONDS, follow_redirects=True)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def digest(self, image: ImageName) -> str:
        """The digest that the tag has now.

        Raises:
            DigestError: the registry does not answer, does not know it, or says something that is not true.
        """
        if image.written not in self._known:
            self._known[image.written] = self._asked(image)
        return self._known[image.written]

    def _asked(self, image: ImageName) -> str:
        base = f"https://{image.host}" if image.host else self._default
        url = f"{base}/v2/{image.path}/manifests/{image.tag}"
        headers = {"Accept": ", ".join(_ACCEPTED)}
        try:
            status, told, body = self._get(url, headers)
            if status == 401:
                headers["Authorization"] = f"Bearer {self._token(told.get('www-authenticate', ''), base)}"
                status, told, body = self._get(url, headers)
        except httpx.HTTPError as error:
            raise DigestError(
                f"{base} does not answer ({type(error).__name__}): run this where it is in reach, or name a mirror with"
                " --registry URL"
            ) from error
        if status == 404:
            raise DigestError(f"{base} has no image {image.written}: correct the tag")
        if status != 200:
            raise DigestError(f"{base} answered {status} for {image.written}: try again later, or ask who runs it")
        found = f"sha256:{hashlib.sha256(body).hexdigest()}"
        # What was sent is what the digest is of; a registry that says another one is not to be believed.
        if told.get("docker-content-digest", found) != found:
            raise DigestError(f"{base} sent {found} for {image.written} and called it something else")
        return found

    def _get(self, url: str, headers: dict[str, str]) -> tuple[int, httpx.Headers, bytes]:
        with self._client.stream("GET", url, headers=headers) as answer:
            body = b""
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > _LARGEST:
                    raise DigestError(f"{url} sends more than a manifest may have")
            return answer.status_code, answer.headers, body

    def _token(self, challenge: str, base: str) -> str:
        """A token for reading, for anybody: how public registries answer the first question."""
        asked = dict(_CHALLENGE.findall(challenge))
        realm = asked.pop("realm", "")
        if not challenge.lower().startswith("bearer ") or urlsplit(realm).scheme not in (
            "https",
            urlsplit(base).scheme,
        ):
            raise DigestError(f"{base} asks for a login: name a mirror that everybody may read, with --registry URL")
        answer = self._client.get(realm, params=asked)
        given = answer.json() if answer.status_code == 200 else {}
        token = given.get("token") or given.get("access_token")
        if not token:
            raise DigestError(f"{realm} gives no token for reading ({answer.status_code})")
        return str(token)


def pinned(file: Path, registries: Registries) -> str:
    """The text of a file with the digest of each image of others.

    Raises:
        DigestError: as of ``Registries.digest``.
    """
    wanted = {}
    for each in images_of(file):
        image = ImageName.read(each)
        wanted[each] = f"{image.written}@{registries.digest(image)}"
    text = file.read_text()
    if file.suffix not in (".yml", ".yaml"):
        return _FROM.sub(lambda found: found[0].replace(found[1], wanted.get(found[1], found[1])), text)
    return _IMAGE.sub(lambda found: found[1] + wanted.get(found[2], found[2]), text)


def main(given: list[str] | None = None) -> int:
    """Pins, or checks, and says what it did."""
    options = argparse.ArgumentParser(prog="python -m tools.image_digests", description=__doc__)
    options.add_argument("files", nargs="*", type=Path, default=[ROOT / name for name in FILES])
    options.add_argument("--check", action="store_true", help="write nothing; status 1 if something would change")
    options.add_argument("--registry", default=REGISTRY, help="of images that name no host")
    chosen = options.parse_args(given)
    registries = Registries(chosen.registry)
    try:
        texts = {file: pinned(file, registries) for file in chosen.files}
    except DigestError as error:
        sys.stderr.write(f"nothing was written: {error}\n")
        return 1
    finally:
        registries.close()
    before = {file: file.read_text() for file in texts}
    changed = [file for file, text in texts.items() if text != before[file]]
    for file in changed:
        if not chosen.check:
            file.write_text(texts[file])
        sys.stdout.write(f"{file}: {'has other digests' if chosen.check else 'pinned'}\n")
        for digest in sorted(set(_DIGEST.findall(texts[file])) - set(_DIGEST.findall(before[file]))):
            sys.stdout.write(f"  {digest}\n")
    if not changed:
        sys.stdout.write("every image has the digest of its tag\n")
    return 1 if changed and chosen.check else 0


if __name__ == "__main__":
    sys.exit(main())
