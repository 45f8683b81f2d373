"""Files that come by a form: told by their content, kept unseen, handed on by links that expire."""

import io
import stat
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sequences.tokens import TokenKind, sign, sign_until
from tests.support.rigs.api import UPLOAD_LIMIT, ApiRig
from tests.support.rigs.forms import GOOD, Link, link_of, person, reactions, submissions

PDF = b"%PDF-1.7\n" + b"words " * 50
EXE = b"MZ\x90\x00\x03" + b"\x00" * 200


def zipped(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return out.getvalue()


DOCX = zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"})


async def send(api: ApiRig, link: Link, content: bytes, name: str = "resume.pdf") -> httpx.Response:
    files = {"person.resume": (name, content, "application/pdf")}
    return await api.http.post(link.path, data=GOOD, files=files)


def kept(api: ApiRig) -> list[Path]:
    return list(Path(api.uploads.name).iterdir())


async def uploads(api: ApiRig) -> list[Any]:
    return await api.fetch("SELECT * FROM upload ORDER BY at, id")


async def test_a_resume_is_kept_noted_and_handed_on(api: ApiRig) -> None:
    link = await link_of(api)
    assert (await send(api, link, PDF, "../../etc/Résumé\x00.pdf")).status_code == 303
    found = await person(api)
    assert (found["resume"], found["resume_updated"]) == ("present", api.now)
    (row,) = await uploads(api)
    assert (row["name"], row["kind"], row["size"]) == ("Résumé 00.pdf", "pdf", len(PDF))
    (file,) = kept(api)
    assert (file.name, file.read_bytes()) == (row["file"], PDF)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = sign_until(TokenKind.UPLOAD, row["id"], api.now + timedelta(days=7), b"token-key-for-tests")
    answer = await api.http.get(f"/d/{token}")
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    api.now += timedelta(days=8)
    assert (await api.http.get(f"/d/{token}")).status_code == 410


async def test_links_of_files_are_of_their_kind_and_signed(api: ApiRig) -> None:
    link = await link_of(api)
    await send(api, link, PDF)
    (row,) = await uploads(api)
    later = api.now + timedelta(days=1)
    for token in (
        sign(TokenKind.UPLOAD, row["id"], b"token-key-for-tests"),
        sign_until(TokenKind.UPLOAD, row["id"], later, b"another"),
        sign_until(TokenKind.FORM, row["id"], later, b"token-key-for-tests"),
        row["file"],
        "..%2f" + row["file"],
    ):
        assert (await api.http.get(f"/d/{token}")).status_code == 404, token
    kept(api)[0].unlink()
    assert (
        await api.http.get(f"/d/{sign_until(TokenKind.UPLOAD, row['id'], later, b'token-key-for-tests')}")
    ).status_code == 410


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (EXE, "Its content counts, not its name"),
        (b"<html><script>alert(1)</script>\x00", "Its content counts"),
        (zipped({"a.txt": b"x"}), "Its content counts"),
        (zipped({"[Content_Types].xml": b"x", "word/document.xml": b"x", "word/vbaProject.bin": b"x"}), "Its content"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 900, "Its content counts"),
        (b"PK\x05\x06" + b"\xff" * 18, "Its content counts"),
        (b"", "This file is empty"),
        (PDF + b"x" * UPLOAD_LIMIT, "This file is too large: at most 1 MB"),
    ],
    ids=["program", "page", "zip", "macros", "ole", "broken zip", "empty", "large"],
)
async def test_what_is_no_document_is_refused_and_not_kept(api: ApiRig, content: bytes, words: str) -> None:
    link = await link_of(api)
    page = await send(api, link, content)
    assert page.status_code == 400
    assert words in page.text
    assert (kept(api), await uploads(api), await submissions(api), await reactions(api, link)) == ([], [], [], [])


async def test_a_bomb_is_never_unpacked(api: ApiRig) -> None:
    bomb = zipped({"[Content_Types].xml": b"x", "word/document.xml": b"\0" * 200_000_000})
    assert len(bomb) < UPLOAD_LIMIT
    assert (await send(api, await link_of(api), bomb)).status_code == 303
    assert kept(api)[0].stat().st_size == len(bomb)


async def test_more_than_any_form_takes_is_cut_off(api: ApiRig) -> None:
    link = await link_of(api)
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="person.resume"; filename="a.pdf"\r\n\r\n'
        while sent < 30 * UPLOAD_LIMIT:
            sent += 65_536
            yield b"x" * 65_536

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    page = await api.http.post(link.path, content=endless(), headers=headers)
    assert (page.status_code, "larger than this page can take" in page.text) == (413, True)
    assert (kept(api), await submissions(api)) == ([], [])


async def test_files_for_other_fields_and_too_many_of_them_are_not_kept(api: ApiRig) -> None:
    link = await link_of(api)
    answer = await api.http.post(link.path, data=GOOD, files={"person.city": ("a.pdf", PDF), "x": ("b.pdf", PDF)})
    assert (answer.status_code, kept(api)) == (303, [])
    page = await api.http.post(link.path, files=[(f"f{number}", ("a.pdf", PDF)) for number in range(9)])
    assert page.status_code == 400


async def test_the_same_file_again_is_the_same_answer_and_another_one_is_a_change(api: ApiRig) -> None:
    link = await link_of(api, fields=[{"field": "person.resume", "required": True}])
    assert (await send(api, link, b"")).status_code == 400
    for _ in range(2):
        assert (await send(api, link, PDF)).status_code == 303
    assert (len(kept(api)), len(await submissions(api))) == (1, 1)
    assert "We have your file" in (await api.http.get(link.path)).text
    assert (await api.http.post(link.path, data={"x": "y"})).status_code == 303  # the file that is there counts
    assert (await send(api, link, DOCX, "resume.pdf.exe")).status_code == 303
    assert [row["kind"] for row in await uploads(api)] == ["pdf", "docx"]


async def test_a_file_beside_a_wrong_answer_is_not_kept_and_the_page_says_so(api: ApiRig) -> None:
    link = await link_of(api)
    page = await api.http.post(link.path, data={"person.first_name": ""}, files={"person.resume": ("a.pdf", PDF)})
    assert page.status_code == 400
    assert "choose your file again" in page.text
    assert kept(api) == []


async def test_a_folder_that_cannot_be_written_to_takes_nothing_and_says_so(api: ApiRig) -> None:
    link = await link_of(api)
    Path(api.uploads.name).rmdir()
    Path(api.uploads.name).write_text("no folder")
    try:
        page = await send(api, link, PDF)
    finally:
        Path(api.uploads.name).unlink()
        Path(api.uploads.name).mkdir()
    assert (page.status_code, page.headers["retry-after"]) == (503, "30")
    assert (await submissions(api), await reactions(api, link)) == ([], [])


async def test_the_file_of_an_answer_that_could_not_be_stored_is_removed(api: ApiRig) -> None:
    link = await link_of(api)
    await api.execute("ALTER TABLE form_submission ADD CONSTRAINT never CHECK (number < 1)")
    assert (await send(api, link, PDF)).status_code == 500
    assert (kept(api), (await person(api))["resume"]) == ([], None)
