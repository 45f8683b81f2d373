"""Files that only their owner reads: new ones, those of an earlier release, and what is not ours to change."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.private_files import create_private, private_opener, tighten
from starter.local.processes import Child


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_folder_of_an_earlier_release_is_closed_to_others(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    outside.write_text("of somebody else")
    outside.chmod(0o644)
    for folder in (home, home / "mail"):
        folder.mkdir(mode=0o755)
    for file in (home / "temporal.db", home / "mail" / "000001.eml"):
        file.write_text("to ada@client.example")
        file.chmod(0o664)
    program = home / "program"
    program.touch()
    program.chmod(0o755)
    (home / "link").symlink_to(outside)
    tighten(home)
    assert [_mode(path) for path in (home, home / "mail")] == [0o700, 0o700]
    assert [_mode(path) for path in (home / "temporal.db", home / "mail" / "000001.eml")] == [0o600, 0o600]
    assert _mode(program) == 0o700
    assert _mode(outside) == 0o644
    tighten(home / "new" / "inner")
    assert _mode(home / "new" / "inner") == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_belongs_to_another_account_stays_as_it_is(tmp_path: Path) -> None:
    theirs = tmp_path / "home" / "postgres"
    theirs.mkdir(parents=True)
    (theirs / "base").touch()
    for path in (theirs / "base", theirs):
        path.chmod(0o750)
        os.chown(path, 65534, 65534)
    tighten(tmp_path / "home")
    assert (_mode(theirs), _mode(theirs / "base")) == (0o750, 0o750)


def test_a_private_file_is_made_once_and_never_through_a_link(tmp_path: Path) -> None:
    create_private(tmp_path / "key", b"secret")
    assert (_mode(tmp_path / "key"), (tmp_path / "key").read_bytes()) == (0o600, b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for taken in ("key", "link"):
        with pytest.raises(FileExistsError):
            create_private(tmp_path / taken, b"other")
    assert not (tmp_path / "elsewhere").exists()
    with open(tmp_path / "report", "w", opener=private_opener) as file:
        file.write("refused rows")
    assert _mode(tmp_path / "report") == 0o600


async def test_a_child_and_its_log_are_private_whatever_the_umask_of_its_parent(tmp_path: Path) -> None:
    made = tmp_path / "made"
    command = [sys.executable, "-c", f"open({str(made)!r}, 'w').write('x')"]
    child = await Child.start(command, tmp_path / "logs" / "child.log")
    assert await child.process.wait() == 0, child.tail()
    assert (_mode(made), _mode(tmp_path / "logs" / "child.log"), _mode(tmp_path / "logs")) == (0o600, 0o600, 0o700)


def test_a_process_that_keeps_private_makes_private_files(tmp_path: Path) -> None:
    code = "from adapters.private_files import keep_private; keep_private(); open('f', 'w'); import os; os.mkdir('d')"
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env=environment)
    assert (_mode(tmp_path / "f"), _mode(tmp_path / "d")) == (0o600, 0o700)
