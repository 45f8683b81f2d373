import json
import re
from collections import Counter

import pytest

from adapters.sentiment.corpus import CORPUS, read_replies
from sequences.errors import ModelError
from sequences.sentiment import Intent, Label

NEVER_TRAINED = ("Please tell me more", "Please remove me from your list", "All good, thanks!", "I'm not interested")
ALLOWED = {
    Label.POSITIVE: {"interested", "meeting", "question", "referral", "later", "acknowledgement"},
    Label.NEGATIVE: {"decline", "opt_out", "complaint", "wrong_person", "already_placed"},
    Label.NEUTRAL: {"question", "referral", "later", "auto_reply", "acknowledgement", "wrong_person", "other"},
}


@pytest.fixture(scope="module")
def replies():
    return read_replies(CORPUS)


def words(text):
    return re.findall(r"\w+", text.lower().replace("\u2019", "'")) or [text]


def test_size_and_fields(replies):
    assert len(replies) >= 2000
    assert all(reply.intent in ALLOWED[reply.label] for reply in replies)
    assert {reply.intent for reply in replies} == set(Intent)
    assert {reply.channel for reply in replies} == {"email", "sms"}
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        assert list(json.loads(line)) == ["text", "label", "intent", "channel", "split"]


def test_a_tenth_of_each_label_and_intent_is_held_out(replies):
    every, held_out = (Counter(r.joint for r in replies), Counter(r.joint for r in replies if r.split == "test"))
    for pair, count in every.items():
        assert abs(held_out[pair] - count / 10) <= 1, pair


def test_no_two_replies_are_nearly_the_same(replies):
    seen, near = {}, []
    bags = []
    for reply in replies:
        plain = " ".join(words(reply.text))
        assert plain not in seen, f"{reply.text!r} twice"
        seen[plain] = True
        bag = frozenset(plain.split())
        if len(bag) >= 4:
            near += [reply.text for other in bags if len(bag & other) >= 0.75 * len(bag | other)]
            bags.append(bag)
    assert near == []


def test_no_template_is_filled_again_and_again(replies):
    starts = Counter(" ".join(words(reply.text)[:6]) for reply in replies if len(words(reply.text)) >= 9)
    assert max(starts.values()) <= 3


def test_the_sentences_of_the_mission_are_not_learned_by_heart(replies):
    known = {" ".join(words(reply.text)) for reply in replies}
    assert not known & {" ".join(words(text)) for text in NEVER_TRAINED}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no replies"),
        ('{"text": "secret words", "label": "happy"}', "line 1: label"),
        ('{"label": "positive"}', "line 1: text"),
        ('{"text": "ok", "label": "neutral"}\nnot json', "line 2: not a JSON object"),
        ("[1]", "line 1"),
    ],
)
def test_a_bad_line_is_named_and_never_quoted(tmp_path, content, said):
    file = tmp_path / "replies.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=said) as raised:
        read_replies(file)
    assert "secret" not in str(raised.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(ModelError, match="Cannot read"):
        read_replies(tmp_path / "none.jsonl")
