"""Headers and attributions of quoted mail in many languages, told by what they hold. All mails here are made up."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sequences.inbound.replies.thread import Thread, fold_subject
from tests.support.mails import read

OWN = "No thanks, not for us."
OURS = "Hi Ana, are you hiring welders?\n\nDana"
QUOTED = "\n".join(f"> {line}" for line in OURS.split("\n"))


_MAILS = tomllib.loads(Path(__file__).with_name("quoted_mails.toml").read_text())
OUTLOOK: dict[str, list[str]] = _MAILS["outlook"]
ATTRIBUTIONS: dict[str, str] = _MAILS["attributions"]
NAMELESS: list[str] = _MAILS["nameless"]["lines"]
WAYS: dict[str, dict[str, str]] = _MAILS["ways"]


def header(language: str, *, addresses: bool = True) -> list[str]:
    """The four lines of a quoted header."""
    by, sent, to, about, date = OUTLOOK[language]
    dana, ana = (
        ("Dana Example <dana@agency.example>", "Ana Example <ana@client.example>")
        if addresses
        else ("Dana Example", "Ana Example")
    )
    return [f"{by}: {dana}", f"{sent}: {date}", f"{to}: {ana}", f"{about}: A quick hello"]


@pytest.mark.parametrize("language", OUTLOOK)
def test_a_header_in_any_language(language: str) -> None:
    lines = header(language)
    plain = "\n".join(lines)
    for block in (
        plain,
        f"________________________________\n{plain}",
        "\n".join(f"*{word}:* {value}" for word, _, value in (line.partition(": ") for line in lines)),
        plain.replace(": ", "\xa0:\xa0"),
        plain.replace(": ", "："),
        "\n".join(f"\u200f\u202b{line}\u202c" for line in lines),
        "\n\n".join(lines),
        plain.replace(": ", ":\t"),
        "\n".join(header(language, addresses=False)),
        "\n".join([lines[0], lines[2], lines[3]]),
        "\n".join([lines[0], lines[3], lines[1], lines[2]]),
    ):
        assert read(f"{OWN}\n\n{block}\n\n{OURS}") == OWN
        assert read(f"{OWN}\n\n{block}\n\n{QUOTED}") == OWN
    assert read(f"{OWN} {' '.join(lines)} {OURS}") == OWN
    assert read(f"{plain}\n\n> Hi Ana\n\n{OWN}\n\n> Dana") == OWN


@pytest.mark.parametrize(
    "divider",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Original-Nachricht-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Oprindelig meddelelse-----",
        "-----Alkuperäinen viesti-----",
        "-----Původní zpráva-----",
        "-----Eredeti üzenet-----",
        "-----Исходное сообщение-----",
        "-----Oryginalna wiadomość-----",
        "-----Izvorna poruka-----",
        "-----Izvirno sporočilo-----",
        "-----Pradinis laiškas-----",
        "-----Sākotnējais ziņojums-----",
        "-----Algsõnum-----",
        "-----Αρχικό μήνυμα-----",
        "-----הודעה מקורית-----",
        "-----الرسالة الأصلية-----",
        "-----邮件原件-----",
        "-----元のメッセージ-----",
        "-----원본 메시지-----",
        "-----Tin nhắn gốc-----",
        "-----Pesan Asli-----",
        "-----Mesajul original-----",
        "-----Оригинално съобщение-----",
        "-----Upphaflegur póstur-----",
        "-----Jatorrizko mezua-----",
        "-----Missatge original-----",
        "________________________________",
        "-------- Forwarded Message --------",
        "---------- ផ្ញើបន្ត ----------",
        "---------- Přeposlaná zpráva ---------",
        "---------- 전달된 메일 ---------",
        "* * * * *",
    ],
)
@pytest.mark.parametrize("language", ["de", "he", "lv", "th"])
def test_a_divider_above_the_header_goes_with_it(divider: str, language: str) -> None:
    block = "\n".join(header(language))
    assert read(f"{OWN}\n\n{divider}\n{block}\n\n{OURS}") == OWN
    assert read(f"{OWN}\n\n{divider}\n\n{block}\n\n{OURS}") == OWN


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_in_any_language(language: str) -> None:
    line = ATTRIBUTIONS[language]
    words = line.split(" ")
    half = len(words) // 2
    for way in (
        line,
        line.replace(" ", "\xa0"),
        f"*{line}*",
        f"\u202b{line}\u202c",
        line.replace("<", "<\n"),
        f"{' '.join(words[:half])}\n{' '.join(words[half:])}",
        f"{' '.join(words[: half - 1])}\n{' '.join(words[half - 1 : -1])}\n{words[-1]}",
    ):
        assert read(f"{OWN}\n\n{way}\n\n{QUOTED}") == OWN
    assert read(f"{OWN}\n\n{line}\n\n{OURS}") == OWN
    assert read(f"{OWN}\n\n{QUOTED.replace('> Hi', f'> {line} Hi')}") == OWN
    assert read(f"{line}\n> Hi Ana, are you hiring?\n\n{OWN}\n\n> Dana") == OWN


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_on_the_line_of_the_answer(language: str) -> None:
    line = ATTRIBUTIONS[language]
    assert read(f"{OWN} {line}\n{QUOTED}") == OWN
    assert read(f"Hello.\nYes, call me! {line}\n\n{QUOTED}") == "Hello. Yes, call me!"
    assert read(f"{OWN} {line} {OURS}") == OWN


@pytest.mark.parametrize("line", NAMELESS)
def test_an_attribution_without_an_address_above_a_quote(line: str) -> None:
    for body in (f"{OWN}\n\n{line}\n{QUOTED}", f"{OWN}\n\n{line}\n\n{QUOTED}", f"{line}\n> Hi\n{OWN}\n> Dana"):
        assert read(body) == OWN


@pytest.mark.parametrize("line", NAMELESS)
def test_an_attribution_without_an_address_and_a_quote_by_its_verb(line: str) -> None:
    assert read(f"{OWN}\n\n{line}\n\n{OURS}") == OWN


@pytest.mark.parametrize("name", WAYS)
def test_other_ways(name: str) -> None:
    way = WAYS[name]
    assert read(way["body"], kind=way.get("kind", "text/plain")) == way["own"]


def test_a_thread_knows_its_subject_and_its_people() -> None:
    thread = Thread.of(
        "AW: Re[2]: Two roles in May", ["Ana@client.example"], ["r.1@reply.agency.example", "ana@client.example"]
    )
    assert thread.subject == fold_subject("Two roles in May") == "tworolesinmay"
    assert thread.is_subject("回复：Two roles in May")
    assert thread.is_subject("Two roles in Ma")
    assert not thread.is_subject("Two")
    assert thread.is_writer("ana@CLIENT.example")
    assert thread.is_ours("dana@agency.example")
    assert not thread.is_ours("ana@client.example")
    assert not thread.is_ours("x@other.example")
    assert not Thread().is_subject("")
