import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters.sentiment.training.corpus import CORPUS, OTHER_LANGUAGES, LabelledReply, read_replies
from sequences.errors import ModelError
from sequences.reactions.sentiment import Intent, Label

MEASURED = Path(__file__).parents[4] / "benchmarks" / "data"
UNSEEN = MEASURED / "unseen_replies.jsonl"
UNSEEN_OTHERS = MEASURED / "unseen_other_languages.jsonl"
NEVER_TRAINED = ("Please tell me more", "Please remove me from your list", "All good, thanks!", "I'm not interested")
ALLOWED = {
    Label.POSITIVE: {"interested", "meeting", "question", "referral", "later", "acknowledgement"},
    Label.NEGATIVE: {"decline", "opt_out", "complaint", "wrong_person", "already_placed"},
    Label.NEUTRAL: {"question", "referral", "later", "auto_reply", "acknowledgement", "wrong_person", "other"},
}


@pytest.fixture(scope="module")
def replies() -> list[LabelledReply]:
    return read_replies(CORPUS)


def words(text: str) -> Any:
    return re.findall(r"\w+", text.lower().replace("\u2019", "'")) or [text]


def test_size_and_fields(replies: list[LabelledReply]) -> None:
    assert len(replies) >= 10_000
    assert all(reply.intent in ALLOWED[reply.label] for reply in replies)
    assert {reply.intent for reply in replies} == set(Intent)
    assert {reply.channel for reply in replies} == {"email", "sms"}
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        assert list(json.loads(line)) == ["text", "label", "intent", "channel", "split"]


def test_a_tenth_of_each_label_and_intent_is_held_out(replies: list[LabelledReply]) -> None:
    every, held_out = (Counter(r.joint for r in replies), Counter(r.joint for r in replies if r.split == "test"))
    for pair, count in every.items():
        assert abs(held_out[pair] - count / 10) <= 1, pair


@pytest.mark.slow
def test_no_two_replies_are_nearly_the_same(replies: list[LabelledReply]) -> None:
    plain = [" ".join(words(reply.text)) for reply in replies]
    assert [text for text, count in Counter(plain).items() if count > 1] == []
    assert near_pairs([frozenset(text.split()) for text in plain], 0.75) == []


def near_pairs(bags: list[Any], share: float) -> list[Any]:
    """Pairs of bags of four words or more that have at least this share of their words in common.

    Two such bags also share one of the rarest words of each, so only bags with a rare word in common are compared.
    """
    often = Counter(word for bag in bags for word in bag)
    by_rare_word: dict[Any, Any] = {}
    found: list[Any] = []
    for bag in (bag for bag in bags if len(bag) >= 4):
        rarest = sorted(bag, key=lambda word: (often[word], word))[: len(bag) - math.ceil(share * len(bag)) + 1]
        others = {other for word in rarest for other in by_rare_word.get(word, ())}
        found += [(bag, other) for other in others if len(bag & other) >= share * len(bag | other)]
        for word in rarest:
            by_rare_word.setdefault(word, []).append(bag)
    return found


@pytest.mark.slow
def test_the_unseen_replies_are_not_in_it(replies: list[LabelledReply]) -> None:
    unseen = [frozenset(words(reply.text)) for reply in read_replies(UNSEEN)]
    learned = [frozenset(words(reply.text)) for reply in replies]
    assert len(unseen) >= 490
    assert not set(unseen) & {bag for bag in learned if len(bag) >= 4}
    assert near_pairs([*unseen, *learned], 0.75) == []


def test_the_other_languages_have_the_same_fields_and_one_language_each() -> None:
    replies = read_replies(OTHER_LANGUAGES)
    assert all(reply.intent in ALLOWED[reply.label] for reply in replies)
    counts = Counter(reply.language for reply in replies)
    assert set(counts) == {"de", "es", "fr", "it", "nl", "pl", "pt", "sv"}
    assert min(counts.values()) >= 1_490
    for code, count in Counter(reply.language for reply in replies if reply.split == "test").items():
        assert count == pytest.approx(counts[code] / 10, abs=20), code
    for line in OTHER_LANGUAGES.read_text(encoding="utf-8").splitlines():
        assert list(json.loads(line)) == ["text", "label", "intent", "channel", "split", "language"]


@pytest.mark.slow
@pytest.mark.parametrize("code", ["de", "es", "fr", "it", "nl", "pl", "pt", "sv"])
def test_what_measures_another_language_is_not_in_its_corpus(code: str) -> None:
    learned = [frozenset(words(reply.text)) for reply in read_replies(OTHER_LANGUAGES) if reply.language == code]
    unseen = [frozenset(words(reply.text)) for reply in read_replies(UNSEEN_OTHERS) if reply.language == code]
    assert len(unseen) >= 400
    assert not set(unseen) & {bag for bag in learned if len(bag) >= 4}
    # One pair of the German corpus: two people who ask for the same in nearly the same words.
    assert len(near_pairs([*unseen, *learned], 0.75)) <= 1


def test_near_pairs_are_found() -> None:
    first, second = frozenset({"will", "you", "please", "call", "back"}), frozenset({"will", "you", "please", "call"})
    assert near_pairs([first, second, frozenset({"something", "else", "it", "is"})], 0.75) == [(second, first)]


def test_no_template_is_filled_again_and_again(replies: list[LabelledReply]) -> None:
    starts = Counter(" ".join(words(reply.text)[:6]) for reply in replies if len(words(reply.text)) >= 9)
    assert max(starts.values()) <= 3


def test_the_sentences_of_the_mission_are_not_learned_by_heart(replies: list[LabelledReply]) -> None:
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
def test_a_bad_line_is_named_and_never_quoted(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "replies.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=said) as raised:
        read_replies(file)
    assert "secret" not in str(raised.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Cannot read"):
        read_replies(tmp_path / "none.jsonl")
