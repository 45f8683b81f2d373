"""Attachments and inline images: files beside the templates, frozen with the published version.

What may go is listed, not what may not: mail servers refuse executables, archives and macros, and a mail that nobody
receives costs the sender's reputation too.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from adapters.files.bounded import is_inside, read_bounded
from sequences.errors import TemplateError
from sequences.sending.email_content import MailFile

MAX_FILE = 5 * 1024 * 1024
"""Bytes of one file."""
MAX_FILES = 10 * 1024 * 1024
"""Bytes of all files of one mail. Base64 makes 14 MB of them; servers commonly take 20 to 25."""
MOST_FILES = 20
"""Files of one mail."""
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
IMAGES: Mapping[str, str] = MappingProxyType(
    {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
)
ATTACHMENTS: Mapping[str, str] = MappingProxyType(
    {
        **IMAGES,
        "pdf": "application/pdf",
        "docx": f"{_OFFICE}.wordprocessingml.document",
        "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
        "pptx": f"{_OFFICE}.presentationml.presentation",
        "odt": f"{_OPEN}.text",
        "ods": f"{_OPEN}.spreadsheet",
        "odp": f"{_OPEN}.presentation",
        "rtf": "application/rtf",
        "txt": "text/plain",
        "csv": "text/csv",
        "ics": "text/calendar",
        "vcf": "text/vcard",
    }
)
# How such a file begins; a program that was renamed does not.
_BEGINNINGS: Mapping[str, tuple[bytes, ...]] = MappingProxyType(
    {
        "png": (b"\x89PNG\r\n\x1a\n",),
        "jpg": (b"\xff\xd8\xff",),
        "jpeg": (b"\xff\xd8\xff",),
        "gif": (b"GIF87a", b"GIF89a"),
        "webp": (b"RIFF",),
        "pdf": (b"%PDF-",),
        "rtf": (b"{\\rtf",),
        **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp"), (b"PK\x03\x04",)),
    }
)
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\\/:*?\"<>|;%]+")
_LONGEST_NAME = 80


@dataclass(frozen=True)
class TemplateFile:
    """One file of a template, as stored.

    Attributes:
        path: relative to the folder of templates; an image in the HTML is named so.
        data: the content, base64.
        inline: it is shown in the HTML; otherwise it is attached.
    """

    path: str
    data: str
    inline: bool = False

    @cached_property
    def mail_file(self) -> MailFile:
        """As a mail carries it. The Content-ID follows from content and path, so the same mail has the same bytes."""
        content = base64.b64decode(self.data)
        ending = _ending(self.path)
        mark = hashlib.sha256(self.path.encode() + b"\0" + content).hexdigest()[:32]
        cid = f"{mark}@image.invalid" if self.inline else None
        return MailFile(clean_name(self.path), ATTACHMENTS[ending], content, cid)


def clean_name(path: str) -> str:
    """The name under which a file arrives: no folder, no control characters, none that a disk refuses."""
    name = unicodedata.normalize("NFC", path.rsplit("/", 1)[-1])
    name = " ".join(_UNFIT.sub(" ", name).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: _LONGEST_NAME - len(ending) - 1].rstrip()}{dot}{ending}" if dot else name[:_LONGEST_NAME]


def load_files(folder: Path, wanted: Iterable[tuple[str, str, bool]]) -> tuple[TemplateFile, ...]:
    """Reads files of one template.

    Args:
        folder: of the templates; nothing outside of it is read, not by a link either.
        wanted: where each is named (``bd/x.email.txt:2``), its path, and whether it is shown in the HTML.

    Raises:
        TemplateError: a file is missing, of a kind that is not allowed, empty or too large; the message says where it
            is named.
    """
    found: dict[tuple[str, bool], TemplateFile] = {}
    total = 0
    for where, path, inline in wanted:
        if (path, inline) in found:
            continue
        content = _read(folder, where, path, inline=inline)
        total += len(content)
        if total > MAX_FILES:
            raise TemplateError(f"{where}: the files of this mail have more than {_megabytes(MAX_FILES)} together")
        if len(found) == MOST_FILES:
            raise TemplateError(f"{where}: a mail has at most {MOST_FILES} files")
        found[path, inline] = TemplateFile(path, base64.b64encode(content).decode("ascii"), inline)
    return tuple(found.values())


def file_problem(path: str, content: bytes, *, inline: bool) -> str | None:
    """Why a file cannot go with a mail; None: it can.

    Args:
        path: relative to the folder of templates.
        content: of the file.
        inline: it is shown in the HTML; otherwise it is attached.
    """
    return _path_problem(path, inline=inline) or _size_problem(path, len(content)) or _content_problem(path, content)


def _path_problem(path: str, *, inline: bool) -> str | None:
    if any(part.startswith(".") or not part.strip() for part in path.split("/")) or "\\" in path:
        return f"{path!r} is not a file in the folder of templates"
    allowed = IMAGES if inline else ATTACHMENTS
    if _ending(path) not in allowed:
        kind = "an image in a mail" if inline else "an attachment"
        return f"{path!r} cannot be {kind}; allowed are {', '.join(sorted(allowed))}"
    return None


def _size_problem(path: str, size: int) -> str | None:
    return f"{path!r} has {_megabytes(size)}, {_megabytes(MAX_FILE)} are allowed" if size > MAX_FILE else None


def _content_problem(path: str, content: bytes) -> str | None:
    if not content:
        return f"{path!r} is empty or not a file"
    if not content.startswith(_BEGINNINGS.get(_ending(path), (b"",))):
        return f"the content of {path!r} does not match its file name extension"
    return None


def _read(folder: Path, where: str, path: str, *, inline: bool) -> bytes:
    if problem := _path_problem(path, inline=inline):
        raise TemplateError(f"{where}: {problem}")
    file = folder.joinpath(*path.split("/"))
    try:
        if not is_inside(folder, file):
            raise TemplateError(f"{where}: {path!r} is outside the folder of templates")
        size = file.stat().st_size
        content = read_bounded(file, MAX_FILE) if 0 < size <= MAX_FILE and file.is_file() else b""
    except FileNotFoundError:
        raise TemplateError(f"{where}: the folder of templates has no file {path!r}") from None
    except OSError as error:
        raise TemplateError(f"{where}: {path!r} cannot be read: {error.strerror}") from None
    if problem := _size_problem(path, size) or _content_problem(path, content):
        raise TemplateError(f"{where}: {problem}")
    return content


def _ending(path: str) -> str:
    return path.rsplit("/", 1)[-1].rpartition(".")[2].lower()


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
