import pytest

from adapters.sentiment.corpus import CORPUS, read_replies
from sequences.language import foreign_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Kein Interesse, danke."),
        ("de", "Ja, gerne!"),
        ("de", "Ich bin interessiert, bitte melden Sie sich."),
        ("de", "Nicht interessiert"),
        ("fr", "Je ne suis pas intéressé"),
        ("fr", "Oui, avec plaisir"),
        ("fr", "Non merci"),
        ("fr", "Quel est le salaire ?"),
        ("es", "No me interesa"),
        ("es", "Sí, estoy interesado"),
        ("es", "Gracias, pero no"),
        ("es", "¿Cuánto pagan?"),
        ("nl", "Geen interesse"),
        ("nl", "Ik ben geïnteresseerd"),
        ("nl", "Nee bedankt"),
        ("nl", "Graag meer informatie"),
        ("other", "не интересно"),
        ("other", "不感兴趣"),
    ],
)
def test_one_liners_in_other_languages(language, text):
    assert foreign_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "no",
        "Merci!",
        "I'm on the van till 3",
        "Die Hard is on",
        "Ja, sounds good, send it",
        "Ms Van den Berg",
    ],
)
def test_english_is_left_alone(text):
    assert foreign_language(text) is None


def test_no_reply_of_the_corpus_is_taken_for_another_language():
    assert [reply.text for reply in read_replies(CORPUS) if foreign_language(reply.text)] == []
