"""The real model, loaded once: about ten seconds, nearly all of it the import of Flair and torch."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.sentiment import model as model_module
from adapters.sentiment.card import CARD_FILE, WEIGHTS_FILE, read_card
from adapters.sentiment.corpus import CORPUS, file_hash, read_replies
from adapters.sentiment.evaluate import evaluate
from adapters.sentiment.model import ENCODER_SHA256, check_encoder, encoder_folder, load_model
from adapters.sentiment.scorer import FlairScorer
from sequences.errors import ModelError
from sequences.sentiment import HeldReason, Intent, Label

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def loaded():
    return load_model()


@pytest.fixture(scope="session")
def scorer(loaded):
    scorer = FlairScorer(loaded)
    scorer.warm_up()
    return scorer


@pytest.fixture
def copy(tmp_path):
    """The shipped model's two files, to be spoiled."""
    shutil.copy(WEIGHTS_FILE, tmp_path)
    shutil.copy(CARD_FILE, tmp_path)
    return tmp_path / WEIGHTS_FILE.name, tmp_path / CARD_FILE.name


def change_card(card_file, **fields):
    card = json.loads(card_file.read_text())
    card_file.write_text(json.dumps(card | fields))


@pytest.mark.parametrize(
    ("text", "label", "opt_out"),
    [
        ("Please tell me more", Label.POSITIVE, False),
        ("Please remove me from your list", Label.NEGATIVE, True),
        ("All good, thanks!", Label.POSITIVE, False),
        ("I'm not interested", Label.NEGATIVE, False),
        ("not interested at all, please stop", Label.NEGATIVE, True),
        ("Interested!", Label.POSITIVE, False),
    ],
)
def test_the_sentences_of_the_mission(scorer, loaded, text, label, opt_out):
    (score,) = scorer.score([text])
    assert (score.label, score.opt_out, score.held) == (label, opt_out, False)
    assert score.confidence >= loaded.card.threshold
    assert sum(score.probabilities) == pytest.approx(1)


def test_it_is_a_flair_classifier(loaded):
    from flair.models import TextClassifier

    assert isinstance(loaded.classifier, TextClassifier)
    assert loaded.classifier.embeddings.cls_pooling == "mean"


def test_what_is_stored_is_small_and_no_pickle():
    assert WEIGHTS_FILE.stat().st_size < 1_000_000
    assert sorted(path.name for path in WEIGHTS_FILE.parent.iterdir()) == [
        "corpus.jsonl",
        "model.json",
        "model.safetensors",
    ]


def test_the_card_is_of_this_corpus():
    card = read_card(CARD_FILE)
    assert (card.corpus_sha256, card.encoder.sha256) == (file_hash(CORPUS), ENCODER_SHA256)


def test_the_numbers_on_the_card_are_those_of_the_test_split(scorer, loaded):
    test = [reply for reply in read_replies(CORPUS) if reply.split == "test"]
    report = evaluate(test, scorer.score([reply.text for reply in test])).as_json()
    for name, value in loaded.card.metrics["test"].items():
        assert report[name] == (value if name == "confusion" else pytest.approx(value, abs=0.005)), name


def test_it_loads_and_scores_without_a_network(tmp_path):
    """In a fresh process in which every connection fails, with nothing in the caches of Flair and the hub."""
    program = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('tried the network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from adapters.sentiment.scorer import FlairScorer\n"
        "print(FlairScorer().score(['Please tell me more'])[0].label)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HF_HOME": str(tmp_path / "hub")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "positive\n"), done.stderr


def test_importing_the_package_imports_no_torch():
    program = (
        "import sys, adapters.sentiment.scorer, adapters.sentiment.train, starter.cli.sentiment\n"
        "print(sorted({'torch', 'flair', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"


def test_a_truncated_file(copy):
    weights, card_file = copy
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="truncated"):
        load_model(weights, card_file)
    change_card(card_file, weights_sha256=file_hash(weights))
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(weights, card_file)


def test_missing_files(copy, tmp_path):
    weights, card_file = copy
    with pytest.raises(ModelError, match="Cannot read"):
        load_model(tmp_path / "none.safetensors", card_file)
    with pytest.raises(ModelError, match=r"card none\.json cannot be read"):
        load_model(weights, tmp_path / "none.json")
    with pytest.raises(ModelError, match="Cannot read"):
        load_model(weights, card_file, encoder=tmp_path / "none")


def test_another_encoder(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelError, match="wrong SHA-256"):
        check_encoder(tmp_path)
    check_encoder(encoder_folder())


def test_an_encoder_that_is_not_installed():
    with pytest.raises(ModelError, match="not installed"):
        encoder_folder("no_such_package_here")


@pytest.mark.parametrize(
    "classes",
    [
        ["positive/interested", "negative/decline"],
        ["happy/interested", "negative/decline", "neutral/other"],
        ["positive/interested", "positive/interested", "negative/decline", "neutral/other"],
    ],
)
def test_wrong_labels(copy, classes):
    weights, card_file = copy
    change_card(card_file, classes=classes)
    with pytest.raises(ModelError, match="wrong labels"):
        load_model(weights, card_file)


def test_labels_that_do_not_fit_the_weights(copy):
    weights, card_file = copy
    change_card(card_file, classes=["positive/interested", "negative/decline", "neutral/other"])
    with pytest.raises(ModelError, match="does not fit"):
        load_model(weights, card_file)


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"format": 2}'])
def test_a_spoiled_card(copy, content):
    weights, card_file = copy
    card_file.write_text(content)
    with pytest.raises(ModelError, match="is not valid"):
        load_model(weights, card_file)


def test_weights_that_are_no_numbers(copy, loaded):
    from safetensors.torch import load_file, save_file

    weights, card_file = copy
    tensors = load_file(weights)
    tensors["decoder.bias"][0] = float("nan")
    save_file(tensors, weights)
    change_card(card_file, weights_sha256=file_hash(weights))
    with pytest.raises(ModelError, match="NaN"):
        load_model(weights, card_file)


HOSTILE = [
    "",
    "   ",
    "\0",
    "yes\0please",
    "\ud83d",
    "interested \udc00 really",
    "👍",
    "👨‍👩‍👧‍👦",
    "...",
    "\u200f\u202e\u200b",
    "\ufffd\ufffd",
    "yes please " * 500_000,
    "x" * 5_000_000,
    "!" * 30_000,
    "\n" * 30_000,
    "Kein Interesse, danke.",
    "Je ne suis pas intéressé, merci.",
    "No me interesa, gracias.",
    "Geen interesse, bedankt.",
    "不感兴趣",
]


def test_hostile_texts_are_held_and_never_crash(scorer):
    scores = scorer.score(HOSTILE)
    assert len(scores) == len(HOSTILE)
    assert [text[:20] for text, score in zip(HOSTILE, scores, strict=True) if not score.held] == []
    assert all(0 <= score.confidence <= 1 for score in scores)
    assert scores[0].reasons == (HeldReason.EMPTY, HeldReason.BELOW_THRESHOLD)


def test_direction_marks_do_not_change_the_answer(scorer):
    plain, marked = scorer.score(["I'm not interested", "\u200eI'm \u202enot interested\u200f"])
    assert marked.probabilities == pytest.approx(plain.probabilities)


def test_a_long_mail_is_read_to_its_last_sentence(scorer):
    story = "We had the builders in and the kitchen is being done and the dog does not like it at all. " * 40
    (score,) = scorer.score([story + "\n\nAnyway, please take me off your mailing list."])
    assert (score.opt_out, score.label, score.intent) == (True, Label.NEGATIVE, Intent.OPT_OUT)


def test_no_texts_no_scores(scorer):
    assert scorer.score([]) == []


def test_order_and_answers_do_not_depend_on_the_batch(scorer):
    texts = [reply.text for reply in read_replies(CORPUS) if reply.split == "test"][:80]
    together = scorer.score(texts)
    for text, score in list(zip(texts, together, strict=True))[::8]:
        (alone,) = scorer.score([text])
        assert alone.probabilities == pytest.approx(score.probabilities, abs=1e-4)
        assert alone.intent is score.intent


def test_threads_get_their_own_answers(scorer):
    texts = [reply.text for reply in read_replies(CORPUS) if reply.split == "test"][:48]
    expected = scorer.score(texts)
    shares = [list(range(start, len(texts), 6)) for start in range(6)]
    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(lambda share: scorer.score([texts[i] for i in share]), shares))
    for share, answer in zip(shares, answers, strict=True):
        for index, score in zip(share, answer, strict=True):
            assert score.probabilities == pytest.approx(expected[index].probabilities, abs=1e-4)
            assert score.label is expected[index].label


def test_offline_is_said_before_anything_is_imported(monkeypatch):
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    model_module.prepare_flair()
    import os

    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
