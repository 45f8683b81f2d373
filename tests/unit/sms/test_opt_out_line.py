"""The line that says how to get no more texts: when it is needed, and in whose words."""

import pytest

from sequences.errors import SettingsError
from sequences.sms.opt_out_line import DEFAULT_LINE, explains_opt_out, line_for, parse_lines, with_line

SETTING = "Reply STOP to opt out | de: Abmelden mit STOP | FR : nothing"


@pytest.mark.parametrize(
    "text",
    [
        "Hi. Reply STOP to opt out",
        "Text stop to end.",
        'reply with "stop" and we will',
        "STOP to quit",
        "Répondez STOP pour ne plus recevoir",
        "Antworten Sie STOP",
        "Responde stop para salir",
        "Txt ‘stop’",
        "Mit STOP antworten",
        "REPLY STOP TO OPT OUT",
    ],
)
def test_these_say_it_themselves(text: str) -> None:
    assert explains_opt_out(text)
    assert with_line(text, DEFAULT_LINE) == text


@pytest.mark.parametrize(
    "text",
    [
        "Hi",
        "",
        "Please stop by at nine",
        "STOP BY the office",
        "DON'T STOP NOW",
        "The bus stop is far",
        "Text me when you reach the stop",
        "nonstop flights",
        "Stop press: you got the job",
    ],
)
def test_these_do_not(text: str) -> None:
    assert not explains_opt_out(text)
    assert with_line(text, DEFAULT_LINE) == f"{text}\n{DEFAULT_LINE}"


def test_it_goes_under_the_text_once() -> None:
    once = with_line("Hi \n\n", "Reply baja")
    assert once == "Hi\nReply baja"
    assert with_line(once, "Reply baja") == once
    assert with_line("Hi", "") == "Hi"


def test_a_line_for_every_language_and_one_for_the_others() -> None:
    lines = parse_lines("Reply STOP to opt out | de: Abmelden mit STOP | PT: Responda SAIR")
    assert line_for(lines, "de") == line_for(lines, "de-AT") == line_for(lines, "DE_ch") == "Abmelden mit STOP"
    assert line_for(lines, "pt-BR") == "Responda SAIR"
    for other in (None, "", "fr", "german", "?", "d"):
        assert line_for(lines, other) == "Reply STOP to opt out"


def test_an_empty_setting_is_no_line() -> None:
    for setting in ("", "  ", " | "):
        assert line_for(parse_lines(setting), "de") == ""


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("Call us to opt out", "word to reply with"),
        ("de: Abmelden mit STOP", "every other language"),
        ("Reply STOP | Text STOP", "two versions"),
        ("Reply STOP | de: STOP eins | DE: STOP zwei", "two versions for de"),
        ("STOP " + "x" * 120, "120 characters"),
        (SETTING, "word to reply with"),
    ],
)
def test_a_line_that_cannot_work_is_refused(setting: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        parse_lines(setting)
