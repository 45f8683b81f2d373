"""STOP, START and HELP."""

from __future__ import annotations

import pytest

from sequences.sms_words import TextEvent, classify_text, is_answer_too


@pytest.mark.parametrize(
    "body",
    [
        "STOP", "stop", " Stop. ", "STOPALL", "Unsubscribe", "CANCEL", "END", "quit", "REVOKE", "OPTOUT", "opt out",
        "Opt-out", "stop all", "Stop please", "please stop", "STOP texting me", "stop!!!",
        "do not text me again", "Don't text me", "remove me from your list", "Leave me alone", "unsubscribe me",
        "STOPP", "Arrêt", "arrêter", "baja", "abmelden", "afmelden", "no more texts", "ＳＴＯＰ", "🛑", "Arrêtez svp",
        "I said STOP", "td", "СТОП", "Отписаться", "ΔΙΑΓΡΑΦΗ", "Zrušit", "Kündigen", "İptal", "leállít", "配信停止",
        "退订", "수신거부", "إلغاء", "הסר", "ยกเลิก", "Stop les sms", "stop bitte keine nachrichten mir",
    ],
)  # fmt: skip
def test_opt_out(body: str) -> None:
    assert classify_text(body) is TextEvent.OPT_OUT


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ("START", "opt_in"),
        ("unstop", "opt_in"),
        ("Yes", "opt_in"),
        ("HELP", "help"),
        ("info", "help"),
        ("Hilfe", "help"),
    ],
)
def test_keywords(body: str, event: str) -> None:
    assert classify_text(body) == event


@pytest.mark.parametrize(
    "body",
    [
        "Yes I can start on Monday", "I will stop by at 9", "Don't stop!", "All good, thanks!", "", "👍",
        "The bus stop is far", "How do I cancel the interview?", "I quit my job for this", "in the end it was fine",
        "please stop by the office tomorrow", "thanks", "help me find the entrance", "Liked “Reply STOP to opt out”",
        "No", "Fin", "ok", "Nonstop", "one stop", "stopping by now", "停车在哪里", "Пока нет", "When does it end?",
    ],
)  # fmt: skip
def test_people(body: str) -> None:
    assert classify_text(body) is TextEvent.HUMAN


def test_twilios_word_is_trusted_above_ours() -> None:
    assert classify_text("Bitte nicht mehr", "STOP") is TextEvent.OPT_OUT
    assert classify_text("STOP", "START") is TextEvent.OPT_IN
    assert classify_text("aaa", "help") is TextEvent.HELP
    assert classify_text("STOP", "") is TextEvent.OPT_OUT
    assert classify_text("hello", "OTHER") is TextEvent.HUMAN


def test_yes_may_be_an_answer_and_start_may_not() -> None:
    assert all(is_answer_too(body) for body in ("Yes", " YES! ", "yes."))
    assert not any(is_answer_too(body) for body in ("START", "unstop", "yes please", ""))
    assert classify_text("Yes please") is TextEvent.HUMAN
