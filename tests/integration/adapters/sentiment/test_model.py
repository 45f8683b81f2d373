"""The models that ship, loaded once each: some twenty seconds, most of it the import of Flair and torch."""

import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.sentiment.encoder.cache import cache_folder
from adapters.sentiment.encoder.find import MINILM, MPNET, Encoder
from adapters.sentiment.encoder.hashes import file_hash
from adapters.sentiment.encoder.precision import Precision
from adapters.sentiment.flair_import import prepare_flair
from adapters.sentiment.model import LoadedModel, load_model
from adapters.sentiment.scorer import FlairScorer
from adapters.sentiment.training.card import CARD_NAME, FAST, MAIN, WEIGHTS_NAME, read_card
from adapters.sentiment.training.corpus import CORPUS, read_replies
from adapters.sentiment.training.evaluate import evaluate
from sequences.reactions.sentiment import Intent, Label, ReviewReason, Score
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).parents[4]
FOLDERS = {"main": MAIN, "fast": FAST}
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


@pytest.fixture(scope="module", params=[MAIN, FAST], ids=["main", "fast"])
def loaded(request: pytest.FixtureRequest) -> LoadedModel:
    return load_model(request.param)


@pytest.fixture(scope="module")
def scorer(loaded: LoadedModel) -> FlairScorer:
    scorer = FlairScorer(loaded)
    scorer.warm_up()
    return scorer


def of_precision(loaded: LoadedModel, precision: Precision) -> LoadedModel:
    """The same model, loaded again only when this processor chooses another precision."""
    same = loaded.half is (precision is Precision.BFLOAT16)
    return loaded if same else load_model(FOLDERS[loaded.name], precision=precision)


@pytest.fixture(scope="module")
def exact(loaded: LoadedModel) -> FlairScorer:
    """In full precision, for what must not depend on rounding."""
    return FlairScorer(of_precision(loaded, Precision.FLOAT32))


@pytest.fixture(scope="module")
def judged(exact: FlairScorer) -> list[tuple[str, Score]]:
    """96 replies of the test split, judged together."""
    texts = [reply.text for reply in read_replies(CORPUS) if reply.split == "test"][:96]
    return list(zip(texts, exact.score(texts), strict=True))


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
def test_the_sentences_of_the_mission(
    scorer: FlairScorer, loaded: LoadedModel, text: str, label: Label, opt_out: bool
) -> None:
    (score,) = scorer.score([text])
    assert (score.label, score.opt_out, score.needs_review) == (label, opt_out, False)
    assert loaded.card is not None
    assert score.confidence >= loaded.card.threshold
    assert sum(score.probabilities) == pytest.approx(1)


def test_it_is_a_flair_classifier(loaded: LoadedModel) -> None:
    from flair.models import TextClassifier

    assert isinstance(loaded.classifier, TextClassifier)
    assert loaded.classifier.embeddings.cls_pooling == "mean"


@pytest.mark.parametrize("folder", [MAIN, FAST])
def test_what_is_stored_is_small_and_no_pickle(folder: Path) -> None:
    assert (folder / WEIGHTS_NAME).stat().st_size < 4_000_000
    assert sorted(path.name for path in folder.iterdir()) == [CARD_NAME, WEIGHTS_NAME]


@pytest.mark.parametrize(("folder", "encoder"), [(MAIN, MPNET), (FAST, MINILM)])
def test_the_card_is_of_this_corpus_and_encoder(folder: Path, encoder: Encoder) -> None:
    card = read_card(folder / CARD_NAME)
    assert card.corpus_sha256 == file_hash(CORPUS)
    assert (card.encoder.name, card.encoder.files) == (encoder.name, encoder.files)


def test_the_numbers_on_the_card_are_those_of_the_test_split(scorer: FlairScorer, loaded: LoadedModel) -> None:
    if loaded.name == "main" and not NIGHTLY:
        pytest.skip("half a minute of two cores: with HYPOTHESIS_PROFILE=nightly; the unseen replies are judged always")
    test = [reply for reply in read_replies(CORPUS) if reply.split == "test"]
    report = evaluate(test, scorer.score([reply.text for reply in test])).as_json()
    assert loaded.card is not None
    for name, value in loaded.card.metrics["test"].items():
        if name != "confusion":
            # Another processor rounds otherwise: a reply or two may fall on the other side.
            assert report[name] == pytest.approx(value, abs=0.005), name


def documented(column: str) -> dict[str, float]:
    """A column of the table of measures in docs/sentiment.md, by the names of a report."""
    lines = (ROOT / "docs" / "sentiment.md").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| measure |"))
    place = [cell.strip() for cell in lines[start].split("|")].index(column)
    rows = (line.split("|") for line in lines[start + 2 :])
    found = {
        cells[1].strip().replace(" ", "_"): float(cells[place])
        for cells in itertools.takewhile(lambda cells: len(cells) > place, rows)
    }
    assert {"accuracy", "negative_as_positive", "opt_out_recall", "coverage"} <= found.keys()
    return found


def test_the_page_says_what_the_card_says(loaded: LoadedModel) -> None:
    assert loaded.card is not None
    for part, column in (("held_out", "held out"), ("test", "test split")):
        shown = documented(f"{loaded.name}, {column}")
        assert shown == {name: pytest.approx(loaded.card.metrics[part][name], abs=0.0006) for name in shown}


def test_the_page_says_how_good_it_is_on_unseen_replies(scorer: FlairScorer) -> None:
    unseen = read_replies(ROOT / "benchmarks" / "data" / "unseen_replies.jsonl")
    report = evaluate(unseen, scorer.score([reply.text for reply in unseen])).as_json()
    shown = documented(f"{scorer.name}, unseen")
    assert shown == {name: pytest.approx(report[name], abs=0.01) for name in shown}


@pytest.mark.parametrize("model", ["main", "fast"])
def test_it_loads_and_scores_without_a_network(tmp_path: Path, model: str) -> None:
    """In a fresh process in which every connection fails, with nothing in the caches of Flair and the hub."""
    program = (
        "import socket\n"
        "def refuse(*_, **__): raise AssertionError('tried the network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from adapters.sentiment.choose import open_scorer\n"
        "from adapters.sentiment.settings import SentimentSettings\n"
        f"scorer = open_scorer(SentimentSettings(sentiment_model={model!r}))\n"
        "print(scorer.score(['Please tell me more'])[0].label)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=ROOT,
        env={
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
            "HF_HOME": str(tmp_path / "hub"),
            "XDG_CACHE_HOME": str(cache_folder().parents[1]),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "positive\n"), done.stderr


def test_importing_the_package_imports_no_torch() -> None:
    program = (
        "import sys, adapters.sentiment.choose, adapters.sentiment.stock, adapters.sentiment.training.train\n"
        "import starter.cli.commands.sentiment\n"
        "print(sorted({'torch', 'flair', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout == "[]\n"


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
    "hello" + "\n" * 20_000 + "b. c. d",
    "hello" + " " * 20_000 + "\u2014 b",
    "Kein Interesse, danke.",
    "Je ne suis pas intéressé, merci.",
    "No me interesa, gracias.",
    "Geen interesse, bedankt.",
    "不感兴趣",
]


def test_hostile_texts_are_held_and_never_crash(scorer: FlairScorer) -> None:
    scores = scorer.score(HOSTILE)
    assert len(scores) == len(HOSTILE)
    assert [text[:20] for text, score in zip(HOSTILE, scores, strict=True) if not score.needs_review] == []
    assert all(0 <= score.confidence <= 1 for score in scores)
    assert scores[0].reasons == (ReviewReason.EMPTY, ReviewReason.BELOW_THRESHOLD)


def test_direction_marks_do_not_change_the_answer(scorer: FlairScorer) -> None:
    plain, marked = scorer.score(["I'm not interested", "\u200eI'm \u202enot interested\u200f"])
    assert marked.probabilities == pytest.approx(plain.probabilities)


def test_a_long_mail_is_read_to_its_last_sentence(scorer: FlairScorer) -> None:
    story = "We had the builders in and the kitchen is being done and the dog does not like it at all. " * 40
    (score,) = scorer.score([story + "\n\nAnyway, please take me off your mailing list."])
    assert (score.opt_out, score.label, score.intent) == (True, Label.NEGATIVE, Intent.OPT_OUT)


def test_no_texts_no_scores(scorer: FlairScorer) -> None:
    assert scorer.score([]) == []


def test_order_and_answers_do_not_depend_on_the_batch(exact: FlairScorer, judged: list[tuple[str, Score]]) -> None:
    for text, score in judged[::8]:
        (alone,) = exact.score([text])
        assert alone.probabilities == pytest.approx(score.probabilities, abs=1e-4)
        assert alone.intent is score.intent


def test_short_numbers_change_hardly_an_answer_and_leave_the_head_exact(
    loaded: LoadedModel, judged: list[tuple[str, Score]]
) -> None:
    short = FlairScorer(of_precision(loaded, Precision.BFLOAT16))
    exact_scores = [score for _, score in judged]
    pairs = list(zip(exact_scores, short.score([text for text, _ in judged]), strict=True))
    assert sum(one.label is other.label for one, other in pairs) >= 94
    assert sum(abs(one.confidence - other.confidence) for one, other in pairs) / len(pairs) < 0.02
    # In bfloat16 there are four numbers between 0.98 and 1.
    assert len({other.confidence for _, other in pairs if other.confidence > 0.98}) > 10


def test_threads_get_their_own_answers(exact: FlairScorer, judged: list[tuple[str, Score]]) -> None:
    texts, expected = [text for text, _ in judged[:48]], [score for _, score in judged[:48]]
    shares = [list(range(start, len(texts), 6)) for start in range(6)]
    with ThreadPoolExecutor(max_workers=6) as pool:
        answers = list(pool.map(lambda share: exact.score([texts[i] for i in share]), shares))
    for share, answer in zip(shares, answers, strict=True):
        for index, score in zip(share, answer, strict=True):
            assert score.probabilities == pytest.approx(expected[index].probabilities, abs=1e-4)
            assert score.label is expected[index].label


def test_offline_is_said_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    prepare_flair()
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
