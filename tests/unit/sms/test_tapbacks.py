"""A tap on one of our texts, in the words of phones: never an opt-out, whatever it quotes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.sms.reading import NO_OWN_WORDS, SmsEvent, read_sms
from sequences.sms.tapback_words import FRAMES

OURS = "Hello Nia, we have a shift in Leeds this Friday at 7:30 — interested? It's £14/h. Sam\nReply STOP to opt out"

# Each with a place for the quote; the marks are the phone's.
LIKED = [
    "Liked “{}”",
    "Loved “{}”",
    "Laughed at “{}”",
    "Emphasized “{}”",
    "Emphasised “{}”",
    "liked “{}”",
    'Liked "{}"',
    "Reacted 👍 to “{}”",
    "Reacted 🎉 to “{}”",
    "Reacted with a sticker to “{}”",
    "👍 to “{}”",
    "❤️ to “{}”",
    "\u200a\u200b👍🏽\u200b to “\u200a{}\u200a”\u200a",
    "\u200aReacted \u200b😂\u200b to “\u200a{}\u200a”\u200a",
    "Le gustó “{}”",
    "Le encantó “{}”",
    "Le dio risa “{}”",
    "Exclamó por “{}”",
    "Le hace gracia “{}”",
    "Me encanta “{}”",
    "Reaccionó con 👍 a “{}”",
    "Se ha reaccionado con 😂 a “{}”",
    "A adoré « {} »",
    "A ri de «\u00a0{}\u00a0»",
    "a attribué la mention « J’aime » à « {} »",
    "A réagi avec 🔥 à « {} »",
    "A ajouté un « J’adore » à « {} ».",
    "A souligné « {} »",
    "„{}“ ein Herz hinzugefügt",
    "Gefällt mir „{}“",
    "Hat „{}“ mit „Gefällt mir“ markiert",
    "Hat über „{}“ gelacht",
    "Mit 👍 auf „{}“ reagiert",
    "Hat „{}“ hervorgehoben",
    "Ha aggiunto un cuoricino a “{}”",
    "Ha reagito con 👍 a “{}”",
    "Ha messo “Mi piace” a “{}”",
    "Adora “{}”",
    "Polubił(a) „{}”",
    "Tetszett neki: „{}”",
    "Отреагировал(а) 👍 на «{}»",
    "👍 для «{}»",
    "Curtiu “{}”",
    "Reagiu com 👍 a “{}”",
    "Vond “{}” leuk",
    "Reageerde met 👍 op “{}”",
    "Satte et hjerte ved “{}”",
    "Likte “{}”",
    "Lo av “{}”",
    "Reagerte med 👍 på “{}”",
    "Gillade ”{}”",
    "Tykkäsi: ”{}”",
    "Очень понравилось «{}»",
    "Посмеялись над «{}»",
    "Реакция 👍 на «{}»",
    "Харесано “{}”",
    "Реакция 👍 към “{}”",
    "Polubiono „{}”",
    "Líbí se „{}“",
    "Tetszik: „{}”",
    "I-a plăcut „{}”",
    "“{}” iletisini beğendi",
    "Αρέσει «{}»",
    "“\u200a{}\u200a”に\u200a👀\u200aでリアクションしました",
    "“{}”にハートを付けました",
    "“{}”を強調しました",
    "‘{}’에 👍 표시함",
    "赞了“{}”",
    "喜欢“{}”",
    "Đã thích “{}”",
    "Menyukai “{}”",
    "ถูกใจ “{}”",
    "أعجبه “{}”",
    "אהב/ה את “{}”",
]
DISLIKED = [
    "Disliked “{}”",
    "Reacted 👎 to “{}”",
    "👎🏿 to “{}”",
    "Reacted 😡 to “{}”",
    "No le gustó “{}”",
    "No me gusta “{}”",
    "N’a pas aimé « {} »",
    "a attribué la mention « Je n’aime pas » à « {} »",
    "Hat „{}“ mit „Gefällt mir nicht“ markiert",
    "Non mi piace “{}”",
    "Não gostou de “{}”",
    "Vond “{}” niet leuk",
    "Mislikte “{}”",
    "Не понравилось «{}»",
    "“{}”を低く評価しました",
    "不喜欢“{}”",
    "👎 zu „{}“",
    "Nie podoba się „{}”",
]
TAKEN_BACK = [
    "Removed a like from “{}”",
    "Removed a heart from “{}”",
    "Removed an exclamation from “{}”",
    "Removed 👍 from “{}”",
    "Removed \u200c👍\u200c from “{}”",
    "Removed a question mark from “{}”",
    "Quitó un me gusta de “{}”",
    "Ya no le gusta “{}”",
    "A retiré la mention « J’aime » de « {} »",
    "A retiré la réaction 😂 à « {} »",
    "Herz von „{}“ entfernt",
    "Fjernet et hjerte fra “{}”",
    "Liker ikke lenger “{}”",
    "Премахнато 👍 от “{}”",
    "‘{}’에서 👀 표시 제거함",
]
SHAPES = {
    "as it was": OURS,
    "in one line": OURS.replace("\n", " "),
    "in capitals": OURS.upper(),
    "with other blanks": OURS.replace(" ", "  ").replace("\n", "\r\n"),
    "with plain marks": OURS.replace("—", "-").replace("'", "’"),
    "cut short": OURS[:44] + "…",
    "cut short by dots": OURS[:57] + "...",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("frames", "event", "taken_back"),
    [
        (LIKED, SmsEvent.LIKE, False),
        (DISLIKED, SmsEvent.DISLIKE, False),
        (TAKEN_BACK, SmsEvent.LIKE, True),
    ],
    ids=["liked", "disliked", "taken back"],
)
def test_a_bare_tap(frames: list[str], event: SmsEvent, taken_back: bool, shape: str) -> None:
    for frame in frames:
        body = frame.replace("{}", SHAPES[shape])
        for ours in ((OURS,), ("Something newer", OURS), ()):
            found = read_sms(body, ours)
            assert (found.event, found.words, found.wish) == (event, "", ()), body
            assert found.taken_back is taken_back, body
            assert found.about == (ours.index(OURS) if ours else None), body


@pytest.mark.parametrize(
    "body", ["Questioned “{}”", "Reacted ❓ to “{}”", "Satte spørsmålstegn ved “{}”", "A questionné « {} »"]
)
def test_a_question_mark_is_for_a_person_to_answer(body: str) -> None:
    found = read_sms(body.replace("{}", OURS), (OURS,))
    assert (found.event, found.words, found.reasons) == (SmsEvent.HUMAN, "", (NO_OWN_WORDS,))


def test_a_dislike_that_is_taken_back_is_about_a_dislike() -> None:
    found = read_sms(f"Removed a dislike from “{OURS}”", (OURS,))
    assert (found.event, found.taken_back) == (SmsEvent.DISLIKE, True)


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ("Liked “See you on Monday then”", SmsEvent.LIKE),
        ("Disliked “please stop texting me”", SmsEvent.DISLIKE),
        ("Liked “Call me, or text STOP to end…", SmsEvent.LIKE),
        ("Liked an image", SmsEvent.LIKE),
        ("Laughed at a voice message", SmsEvent.LIKE),
        ("Disliked a link", SmsEvent.DISLIKE),
        ("Reacted 👍 to an image", SmsEvent.LIKE),
        ("Le encantó una imagen", SmsEvent.LIKE),
    ],
)
def test_of_what_we_did_not_send(body: str, event: SmsEvent) -> None:
    for ours in ((), (OURS,)):
        assert read_sms(body, ours).kind is event


@pytest.mark.parametrize(
    ("body", "words", "kind"),
    [
        ("Liked “{}”\nYes I can", "Yes I can", "human"),
        ("Yes I can\nLiked “{}”", "Yes I can", "human"),
        ("👍 to “{}” see you there", "see you there", "human"),
        ("Liked “{}” but please stop texting me", "but please stop texting me", "opt_out"),
        ("Disliked “{}”\nSTOP", "STOP", "opt_out"),
        ("„{}“ ein Herz hinzugefügt\nJa, gern", "Ja, gern", "human"),
        ("“{}” Loved the last one, who is it this time?", "Loved the last one, who is it this time?", "human"),
        ("{}\n👍", "👍", "human"),
    ],
)
def test_a_tap_with_words_keeps_the_words(body: str, words: str, kind: str) -> None:
    found = read_sms(body.replace("{}", OURS), (OURS,))
    assert (found.words, found.kind.value) == (words, kind)


@pytest.mark.parametrize(
    "body",
    [
        'Loved "The Office" so much',
        "I liked “the first one” better",
        "Loved it!",
        "Liked",
        "He said “stop by”",
        "👍",
        "❤️",
        "Good “question”",
        "Heart of Leeds?",
        "Loved the interview, thanks",
        "Questioned whether to come",
        "Liked the place, is it still open?",
        "Me gusta “la oferta” pero no puedo",
        "To be honest no",
        "Sounds like a link",
    ],
)
def test_what_a_person_writes_is_no_tap(body: str) -> None:
    found = read_sms(body, (OURS,))
    assert (found.kind, found.words) == (SmsEvent.HUMAN, body)


_WORDS = sorted({word for known in FRAMES.values() for word in known.around | known.telling | known.negation})


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=6), st.lists(st.sampled_from(_WORDS), max_size=3), st.booleans())
def test_whatever_stands_around_our_text_it_is_no_opt_out(before: list[str], after: list[str], marks: bool) -> None:
    quote = f"“{OURS}”" if marks else OURS
    assert read_sms(f"{' '.join(before)} {quote} {' '.join(after)}", (OURS,)).kind is not SmsEvent.OPT_OUT
