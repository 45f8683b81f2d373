"""What a text means: Twilio's keywords, a wish for no more texts, a cry for help, and what a person wrote."""

from __future__ import annotations

import time

import pytest

from sequences.sms.keywords import Keyword, declared, is_answer_too, keyword_of
from sequences.sms.reading import ASKS_FOR_HELP, NO_OWN_WORDS, SmsEvent, read_sms

OURS = "Hello Nia, we have a forklift shift in Leeds this Friday at 7:30. Interested? Sam\nReply STOP to opt out"


def kind(body: str, *ours: str, **more: str) -> str:
    return read_sms(body, ours or (OURS,), **more).kind.value


# --- Twilio's own keywords --------------------------------------------------------------------------------------------


def test_keywords_are_twilios_and_exact() -> None:
    for word in ("STOP", "stop", " Stop\n", "UNSUBSCRIBE", "end", "QUIT", "StopAll", "revoke", "OPTOUT", "cancel"):
        assert keyword_of(word) is Keyword.STOP
    for word in ("start", "YES", "Unstop"):
        assert keyword_of(word) is Keyword.START
    for word in ("HELP", "Info"):
        assert keyword_of(word) is Keyword.HELP
    for word in ("STOP.", "Start?", "Help!", "resume", "subscribe", "hilfe", "stop please", ""):
        assert keyword_of(word) is None


def test_what_twilio_says_it_took_a_text_for_is_trusted_above_the_words() -> None:
    assert kind("Bitte nicht mehr", opt_out_type="STOP") == "opt_out"
    assert kind("STOP", opt_out_type="START") == "opt_in"
    assert kind("aaa", opt_out_type="help") == "help"
    assert kind("STOP", opt_out_type="") == "opt_out"
    assert kind("hello", opt_out_type="OTHER") == "human"
    assert declared(" stop ") is Keyword.STOP
    assert declared(None) is None


def test_a_yes_is_an_answer_wherever_no_stop_stands() -> None:
    for said in (None, "START"):
        found = read_sms("Yes", (OURS,), opt_out_type=said)
        assert (found.event, found.kind, found.answers_too) == (SmsEvent.OPT_IN, SmsEvent.HUMAN, True)
    # Twilio reads no keyword in it, so it lifts nothing.
    assert read_sms(f"Yes\n\n{OURS}", (OURS,)).event is SmsEvent.HUMAN
    assert not any(is_answer_too(body) for body in ("START", "unstop", "yes please", "yes!", ""))


@pytest.mark.parametrize(
    ("body", "event"), [("START", "opt_in"), ("unstop", "opt_in"), ("HELP", "help"), ("info", "help")]
)
def test_other_keywords(body: str, event: str) -> None:
    assert kind(body) == event
    assert kind(f"{body}\n{OURS}") == event


# --- no more texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "stop",
        " Stop. ",
        "STOPALL",
        "Unsubscribe",
        "CANCEL",
        "END",
        "quit",
        "REVOKE",
        "OPTOUT",
        "opt out",
        "Opt-out",
        "stop all",
        "Stop please",
        "please stop",
        "STOP texting me",
        "stop!!!",
        "do not text me again",
        "Don't text me",
        "remove me from your list",
        "Leave me alone",
        "unsubscribe me",
        "STOPP",
        "Arrêt",
        "arrêter svp",
        "baja",
        "abmelden",
        "afmelden",
        "no more texts",
        "ＳＴＯＰ",
        "🛑",
        "Arrêtez svp",
        "I said STOP",
        "СТОП",
        "Отписаться",
        "ΔΙΑΓΡΑΦΗ",
        "leállít",
        "配信停止",
        "退订",
        "수신거부",
        "הסר",
        "Stop les sms",
        "stop bitte keine nachrichten mir",
        "Bitte keine SMS mehr",
        "Reply STOP",
        "STOP to opt out",
        "plus de sms svp",
        "no más mensajes por favor",
        "geen sms meer aub",
        "Quiero darme de baja",
        "STOP\nTom",
        "Stop.\n\nSent from my iPhone",
        "STOP\n--\nTom Miller",
        "Stop, thanks Tom",
        "Abmelden\nMfG Lea",
    ],
)
def test_a_wish_for_no_more_texts(body: str) -> None:
    found = read_sms(body, (OURS,))
    assert (found.event, found.words.split("\n")[0]) == (SmsEvent.OPT_OUT, body.strip().split("\n")[0])


@pytest.mark.parametrize(
    ("body", "of_the_person"),
    [
        ("Do not contact me again.", True),
        ("never bother me again", True),
        ("stop contacting me", True),
        ("Please remove me from your list.", True),
        ("delete me", True),
        ("Leave me alone", True),
        ("STOP", False),
        ("Unsubscribe", False),
        ("STOP texting me", False),
        ("do not text me again", False),
        ("do not message me", False),
        ("no more texts", False),
    ],
)
def test_a_wish_for_no_more_texts_that_means_all_messages(body: str, *, of_the_person: bool) -> None:
    found = read_sms(body, (OURS,))
    assert (found.event, bool(found.wish)) == (SmsEvent.OPT_OUT, of_the_person)


@pytest.mark.parametrize(
    "body",
    ["please, no more messages from you lot", "Wrong number, stop texting me", "Take me off the list, I've moved away"],
)
def test_a_no_in_words_is_an_opt_out_of_the_person(body: str) -> None:
    found = read_sms(body, (OURS,))
    assert found.event is SmsEvent.HUMAN
    assert found.wish
    assert found.kind is SmsEvent.OPT_OUT


@pytest.mark.parametrize(
    ("ours", "body"),
    [
        ("Turno el martes. Responda CANCELAR para no recibir más", "Cancelar"),
        ("Jana. Abmelden mit KÜNDIGEN", "kündigen"),
        ("İş ilanı. Almamak için RET yazın", "ret"),
        ("新しい求人です。停止は「取消」", "取消"),
    ],
)
def test_an_everyday_word_means_it_only_where_our_text_told_people_to_send_it(ours: str, body: str) -> None:
    assert kind(body, ours) == "opt_out"
    assert kind(body) == "human"


def test_a_text_all_in_capitals_tells_nobody_what_to_send() -> None:
    assert kind("alto", "PUEDES EMPEZAR EL MARTES EN ALTO PALERMO?") == "human"


# --- people -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "Yes I can start on Monday",
        "I will stop by at 9",
        "Don't stop!",
        "All good, thanks!",
        "👍",
        "The bus stop is far",
        "How do I cancel the interview?",
        "I quit my job for this",
        "in the end it was fine",
        "please stop by the office tomorrow",
        "thanks",
        "help me find the entrance",
        "No",
        "Fin",
        "ok",
        "Nonstop",
        "one stop",
        "stopping by now",
        "停车在哪里",
        "Пока нет",
        "When does it end?",
        # None of them is Twilio's.
        "Resume?",
        "resume",
        "Subscribe",
        "Start?",
        "Info?",
        "Help!",
        "td",
        "Alto",
        "Zrušit",
        "İptal",
        "ยกเลิก",
        "إلغاء",
        "Cancel?",
        "End?",
        "Quit?",
        "Stop\nby the office at 9?",
        "Stop?\nTom",
        "End\nOf May would be better",
        "bus stop, thanks Tom",
    ],
)
def test_people(body: str) -> None:
    found = read_sms(body, (OURS,))
    assert (found.event, found.kind, found.words) == (SmsEvent.HUMAN, SmsEvent.HUMAN, body)


@pytest.mark.parametrize(
    "body", ["Hilfe", "Aide !", "ayuda", "Aiuto", "hjälp", "Pomoc", "помощь", "ヘルプ", "帮助", "مساعدة"]
)
def test_help_in_another_language_is_for_a_person_to_answer(body: str) -> None:
    found = read_sms(body, (OURS,))
    assert (found.event, found.reasons) == (SmsEvent.HUMAN, (ASKS_FOR_HELP,))
    assert read_sms("HELP", (OURS,)).reasons == (ASKS_FOR_HELP,)


def test_nothing_is_human_and_concludes_nothing() -> None:
    for body in ("", "  \n", OURS, f"> {OURS}", f"Fwd: {OURS}"):
        found = read_sms(body, (OURS,))
        assert (found.kind, found.words, found.reasons) == (SmsEvent.HUMAN, "", (NO_OWN_WORDS,))


# --- our own words ----------------------------------------------------------------------------------------------------

QUOTES = {
    "below": "{said}\n\n{ours}",
    "above": "{ours}\n{said}",
    "in the same line": "{said} {ours}",
    "marked by line": "{lines}\n\n{said}",
    "in quotation marks": "“{ours}”\n{said}",
    "in guillemets": "« {ours} »\n{said}",
    "cut short": "“{cut}…” {said}",
    "cut without a mark": "{said}\n{cut}",
    "without its line ends": "{said} {flat}",
    "shouted": "{said}\n{shouted}",
    "with other blanks": "{blanks}\r\n{said}",
    "as an answer": "Re: {ours}\n{said}",
}


def quoted(form: str, said: str) -> str:
    return QUOTES[form].format(
        said=said,
        ours=OURS,
        lines="\n".join(f"> {line}" for line in OURS.split("\n")),
        cut=OURS[:61],
        flat=OURS.replace("\n", " "),
        shouted=OURS.upper(),
        blanks=OURS.replace(" ", "\u00a0\u200b"),
    )


@pytest.mark.parametrize("form", QUOTES)
@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Yes, what's the rate?", "human"),
        ("STOP", "opt_out"),
        ("Stop texting me", "opt_out"),
        ("HELP", "help"),
        ("Please delete my number from your database.", "opt_out"),
        ("👍", "human"),
        ("はい、大丈夫です", "human"),
        ('I was told it is "office-based".', "human"),
        ("It is the Browns' old place, isn't it?", "human"),
    ],
)
def test_our_text_is_taken_away_before_the_answer_is_judged(form: str, said: str, meant: str) -> None:
    found = read_sms(quoted(form, said), ("Another text of ours, of last week", OURS))
    assert (found.kind.value, found.words, found.about) == (meant, said, 1)


@pytest.mark.parametrize(
    ("body", "ours", "meant"),
    [
        ("What does Reply STOP to opt out mean?", OURS, "human"),
        ("Why do your texts say “Reply STOP to opt out”?", OURS, "human"),
        ("Reply STOP to opt out", OURS, "human"),
        # The words by which we told how are the person's own as well.
        ("I want to stop receiving messages", "If you want to stop receiving messages text STOP", "opt_out"),
        ("Stop contacting me", "Reply if you want us to stop contacting you", "opt_out"),
        ("Remove me from your list", "Not for you? Write:\nRemove me from your list", "opt_out"),
    ],
)
def test_words_of_ours_in_a_sentence_of_the_persons_stay(body: str, ours: str, meant: str) -> None:
    found = read_sms(body, (ours,))
    assert (found.kind.value, found.words) == (meant, body)


def test_a_model_may_conclude_nothing_from_words_of_ours_in_a_sentence() -> None:
    ours = "A shift on Friday. Sam\nUnsubscribe me from this list"
    found = read_sms("Where do I write Unsubscribe me from this list please tell", (ours,))
    assert (found.kind, found.reasons) == (SmsEvent.HUMAN, (NO_OWN_WORDS,))


def test_a_quote_of_an_older_text_says_which_one_is_meant() -> None:
    older = "Morning Nia! Your interview is at 10:15 on Tuesday, 4 Hill St. Can you make it?"
    assert read_sms(f"{older}\nYes I can", (OURS, older)).about == 1
    assert read_sms("Yes I can", (OURS, older)).about is None


# --- bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "a" * 10_000,
        "aaaaaaaa\n" * 1_200,
        "“" * 9_000,
        "“ab cd ef”" * 900,
        "> " * 5_000,
        "…abcdefghijklm" * 700,
        "re: " * 2_500,
        "👍" * 9_000,
        "Liked “" + "“" * 9_000,
        "." * 9_000,
        " " * 9_000 + "x",
    ],
)
def test_a_hostile_text_is_read_in_no_time(body: str) -> None:
    ours = ["aaaaaaaa\n" * 200, "xabcdefghijklm " * 100, "ab cd ef " * 100, *[f"{OURS} {n}" for n in range(17)]]
    began = time.process_time()
    read_sms(body, ours)
    assert time.process_time() - began < 2
