import time

import pytest

from adapters.sentiment.corpus import CORPUS, read_replies
from sequences.opt_out import opt_out_reasons
from sequences.sentiment import Intent, Label

ASKING = [
    "Please remove me from your list",
    "please remove me from your list.",
    "STOP",
    "Stop.",
    "stop please",
    "Unsubscribe",
    "unsubscribe!!",
    "How do I unsubscribe?",
    "Take me off.",
    "Take me off your mailing list, thanks",
    "Can you take us off your database please",
    "not interested at all, please stop",
    "Not interested. Please stop.",
    "Stop texting me",
    "Stop sending me these",
    "Please stop emailing our office.",
    "Don\u2019t contact me again",
    "do not call me again",
    "Do not email or call me.",
    "No more texts",
    "No further contact, please.",
    "I do not wish to be contacted",
    "I'd rather not receive any more emails",
    "Leave me alone",
    "lose my number",
    "I have already unsubscribed",
    "Opt me out",
    "Please delete all my data under GDPR.",
    "I hereby withdraw my consent to the processing of my data",
    "I am exercising my right to be forgotten.",
    "Under POPIA I request deletion of my records",
    "Lovely to hear from you! All the best. Take me off your list, would you.",
    "Yes I'd love to... be removed from your list",
    "I'm not the right person, remove me from your list",
    "marked as spam",
    "Bitte melden Sie mich ab, ich möchte mich abmelden",
    "Je voudrais me désabonner, merci. Désabonnez-moi.",
    "Quiero darme de baja",
    "Ik wil me graag uitschrijven",
]

NOT_ASKING = [
    "no problem",
    "No problem, send it over",
    "can't say no to that",
    "can't say no to that!",
    "Your ticket 4711 was created. Please do not reply to this message.",
    "Do not reply to this email, it is sent automatically.",
    "If you no longer wish to receive these emails, click here to unsubscribe.",
    "You can unsubscribe at any time by clicking the link below.",
    "To opt out, reply STOP to this message.",
    "Please don't stop, I find these useful",
    "Don't hesitate to contact me",
    "Please do not remove me from your list",
    "Don't take me off the list",
    "I unsubscribed by mistake, put me back",
    "Please don't call me at work, use my mobile",
    "Don't text me, just call me.",
    "Please do not contact me before 10, I work nights",
    "Don't call me until Thursday",
    "Please remove me from the shortlist for this role",
    "Take me off nights please",
    "Please delete my CV, I'll send you an updated one",
    "Delete my old CV and use the new version.",
    "I have signed the 48 hour opt out",
    "Do I need to opt out of the pension?",
    "The bus stop is right outside",
    "I couldn't stop smiling, yes!",
    "Non-stop work but I enjoy it",
    "Please stop by on Monday",
    "Shall I stop at reception?",
    "It's on my list",
    "I'm on the waiting list",
    "I'm not interested",
    "Not for me, thanks",
    "No thanks",
    "Please tell me more",
    "All good, thanks!",
    "We process your data under the GDPR, see our privacy notice.",
    "There are no more emails in my inbox, did you send it?",
    "I don't want to miss this",
    "Don't forget me!",
    "",
]


@pytest.mark.parametrize("text", ASKING)
def test_asking_not_to_be_contacted(text):
    assert opt_out_reasons(text)


@pytest.mark.parametrize("text", NOT_ASKING)
def test_not_asking(text):
    assert opt_out_reasons(text) == ()


def test_the_reason_is_the_name_of_the_pattern():
    assert opt_out_reasons("Stop texting me, take me off your list") == ("remove me", "stop")


def test_on_the_corpus_the_list_finds_most_and_never_alarms_over_a_positive():
    replies = read_replies(CORPUS)
    asking = [bool(opt_out_reasons(reply.text)) for reply in replies if reply.intent is Intent.OPT_OUT]
    assert sum(asking) / len(asking) >= 0.9
    alarms = [reply.text for reply in replies if reply.label is not Label.NEGATIVE and opt_out_reasons(reply.text)]
    assert alarms == []


@pytest.mark.parametrize(
    "text", ["a" * 5_000_000, "stop " * 1_000_000, "please " * 700_000, "to unsubscribe " * 300_000, "call" * 1_000_000]
)
def test_a_huge_text_does_not_hang(text):
    started = time.monotonic()
    opt_out_reasons(text)
    assert time.monotonic() - started < 10
