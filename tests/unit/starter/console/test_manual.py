"""The documentation in the console: every page is there, every link leads somewhere, and nothing breaks the policy."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from adapters.settings import Settings
from starter.console.manual_pages import PART, PATH, Manual, anchor_of
from starter.console.words import strings

ROOT = Path(__file__).parents[4]
BASE = "/agency/console"
MANUAL = Manual(BASE)
PAGES = sorted(file.stem for file in (ROOT / "docs").glob("*.md"))
LINK = re.compile(r'<a href="([^"]*)"')


def problem_of(address: str, here: str) -> str | None:
    """Why a link of a page leads nowhere; None: it leads somewhere."""
    address = unescape(address)
    if re.match(r"https?://", address):
        return None
    path, _, anchor = address.partition("#")
    name = path.removeprefix(f"{BASE}{PATH}/") if path else here
    if name not in MANUAL.names:
        return f"no page: {address}"
    anchors = {each.anchor for each in MANUAL.page(name).headings}
    return None if not anchor or anchor in anchors else f"no such part: {address}"


def test_every_page_of_the_documentation_is_packed_and_listed() -> None:
    assert sorted(MANUAL.names) == PAGES
    assert sorted(page.name for _, pages in MANUAL.groups for page in pages) == PAGES
    nav = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text())["nav"]
    assert [words for words, _ in MANUAL.groups] == [
        words for entry in nav for words, inside in entry.items() if isinstance(inside, list)
    ]


def test_everything_that_is_served_is_packed() -> None:
    """As ``package-data`` says it: a wheel has what the console shows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["starter.manual"]
    folder = ROOT / "starter" / "manual"
    packed = {file.relative_to(folder) for pattern in patterns for file in folder.glob(pattern)}
    shown = {Path(f"{name}.md") for name in PAGES} | {
        Path("pictures", file.name) for file in (ROOT / "docs" / "pictures").iterdir()
    }
    assert packed == shown | {Path("mkdocs.yml")}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    links = LINK.findall(MANUAL.page(name).body)
    assert [wrong for link in links if (wrong := problem_of(link, name))] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_of_a_page_is_there_and_has_words(name: str) -> None:
    pictures = re.findall(r"<img [^>]*>", MANUAL.page(name).body)
    for picture in pictures:
        source = re.search(r'src="([^"]*)"', picture)
        assert source is not None
        assert MANUAL.picture(source[1].removeprefix(f"{BASE}{PATH}/pictures/")).startswith(b"\x89PNG")
        assert re.search(r'alt="[^"]{10,}"', picture)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_no_html_of_its_own_and_no_comment(name: str) -> None:
    body = re.sub(r"<(pre|code)\b.*?</\1>", "", MANUAL.page(name).body, flags=re.DOTALL)
    assert re.findall(r"&lt;(?:!--|[a-z/][^&]{0,40})", body) == []
    assert "style=" not in body


def test_every_page_that_a_text_of_the_console_names_is_a_link_that_leads_somewhere() -> None:
    texts = [*strings().values(), *(field.description or "" for field in Settings.model_fields.values())]
    named = [text for text in texts if re.search(r"docs/|\.md\b", text)]
    assert named
    for text in named:
        made = str(MANUAL.linked(text))
        assert ".md" not in made
        assert "docs/" not in made
        assert [wrong for link in LINK.findall(made) if (wrong := problem_of(link, ""))] == [], text


def test_every_page_that_the_doctor_names_is_a_link() -> None:
    """Those of ``services/doctor``, as the health page shows them."""
    named: list[str] = []
    for file in sorted((ROOT / "services" / "doctor").glob("*.py")):
        named += re.findall(r'"(see [^"{]* in docs/[a-z-]+\.md)"', file.read_text())
    assert named
    for text in named:
        link = LINK.search(str(MANUAL.linked(text)))
        assert link is not None
        assert "#" in link[1], f"no such part: {text}"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("plain <b>", "plain &lt;b&gt;"),
        ("see [A & B](crm.md#bullhorn).", f'see <a href="{BASE}/help/crm#part-bullhorn">A &amp; B</a>.'),
        (
            "Old: see Incoming mail in docs/operations.md",
            f'Old: see <a href="{BASE}/help/operations#part-incoming-mail">Incoming mail in Operations</a>',
        ),
        ("See Nothing in docs/crm.md", f'See Nothing in <a href="{BASE}/help/crm">The CRM</a>'),
        ("docs/nothing.md <x>", "docs/nothing.md &lt;x&gt;"),
    ],
)
def test_names_of_pages_in_texts_become_links_and_the_rest_is_text(text: str, made: str) -> None:
    assert str(MANUAL.linked(text)) == made


def test_a_link_to_what_is_not_packed_is_words_and_the_path() -> None:
    body = MANUAL.page("decisions").body
    assert 'href=""' not in body
    operations = MANUAL.page("metrics").body
    assert "<code>docker/prometheus/alerts.yml</code>" in operations
    assert "alerts.yml)" not in re.sub(r"<[^>]*>", "", operations).replace("(docker/prometheus/alerts.yml)", "")


def test_parts_of_a_page_are_found_by_all_words_and_a_heading_comes_first() -> None:
    found = MANUAL.find("  Backup RESTORE ")
    assert found[0].words == "Backup and restore"
    assert found[0].anchor == f"{PART}{anchor_of('Backup and restore')}"
    for part in found:
        assert problem_of(f"{BASE}{PATH}/{part.page}#{part.anchor}".rstrip("#"), "") is None
    assert MANUAL.find("zzzz nothing has this") == ()
    assert MANUAL.find(" ") == ()


def test_a_name_that_leads_out_of_the_folder_is_no_page() -> None:
    for name in ("../README", "mkdocs", "", "crm.md", "pictures"):
        with pytest.raises(KeyError):
            MANUAL.page(name)
    for name in ("../crm.md", "nothing.png", ""):
        with pytest.raises(KeyError):
            MANUAL.picture(name)
