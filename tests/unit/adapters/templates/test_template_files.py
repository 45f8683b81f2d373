"""A stored template becomes its files again: what is read of them is the same, line numbers too."""

from pathlib import Path

import pytest

from adapters.templates.source import TemplateSource, load_templates
from adapters.templates.template_files import files_of, template_of

TEXTS = {
    "text": {"a/b.email.txt": "Subject: Hi\n\nDear all\n"},
    "low": {"a/b.email.txt": "Subject: Hi\n\n\n\nDear all\n\nBye\n"},
    "language": {"a/b.email.txt": "Subject: Hi\nLanguage: de\n\nLiebe alle\n"},
    "files": {"a/b.email.txt": "Subject: Hi\nAttach: files/x.txt\nLanguage: en\n\nDear\n"},
    "both": {"a/b.email.txt": "Subject: Hi\n\nDear\n", "a/b.email.html": "\n<p>Dear</p>\n"},
    "html": {"a/b.email.html": "Subject: Hi\n\n<p>Dear</p>\n"},
    "sms": {"a/b.sms.txt": "Good luck\n"},
    "sms_low": {"a/b.sms.txt": "\n\nGood luck"},
    "sms_language": {"a/b.sms.txt": "Language: de\n\nViel Glück\n"},
}


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_round(texts: dict[str, str], tmp_path: Path) -> None:
    def read(folder: Path, files: dict[str, str]) -> TemplateSource:
        for path, text in {"files/x.txt": "x", **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return load_templates(folder, ["a/b"])["a/b"]

    source = read(tmp_path / "one", texts)
    again = files_of(TemplateSource.from_json(source.to_json()))
    assert set(again) == set(texts)
    assert read(tmp_path / "two", again).to_json() == source.to_json()


def test_whose_a_file_is() -> None:
    assert template_of("bd/x.email.html") == ("bd/x", "email")
    assert template_of("x.sms.txt") == ("x", "sms")
    for path in ("../x.sms.txt", "x.txt", ".email.txt", "/x.sms.txt", "A.sms.txt", "sequence.yaml", "x/../y.sms.txt"):
        assert template_of(path) is None, path
