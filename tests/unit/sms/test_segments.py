import json
import os
from pathlib import Path

import pytest

from sequences.sms.segments import Encoding, segment
from sequences.sms.smart_encoding import smart_encode

CORPORA = Path(os.environ.get("RELANCE_CORPORA", Path(__file__).parents[4] / "shared" / "corpora"))
CASES = CORPORA / "sms_segments.json"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e9\U0001f1ea"


@pytest.mark.skipif(not CASES.exists(), reason=f"no {CASES.name} in RELANCE_CORPORA")
def test_every_answer_of_the_providers_calculator_is_ours_too() -> None:
    cases = json.loads(CASES.read_text(encoding="utf-8"))
    assert cases

    ours = {}
    theirs = {}
    for case in cases:
        for smart, answer in ((False, case), (True, case["smart"])):
            found = segment(case["text"], smart=smart)
            ours[case["id"], smart] = (found.encoding.value, found.segments)
            theirs[case["id"], smart] = (answer["encoding"], answer["segments"])
    assert ours == theirs


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "units"),
    [
        ("", Encoding.GSM7, 1, 0),
        ("x" * 160, Encoding.GSM7, 1, 160),
        ("x" * 161, Encoding.GSM7, 2, 161),
        ("x" * 306, Encoding.GSM7, 2, 306),
        ("x" * 307, Encoding.GSM7, 3, 307),
        ("[" * 80, Encoding.GSM7, 1, 160),
        # An extension character is never cut: one septet of the first segment stays empty.
        ("x" * 152 + "€" + "x" * 152, Encoding.GSM7, 3, 306),
        ("x" * 151 + "€" + "x" * 153, Encoding.GSM7, 2, 306),
        ("Ж" * 70, Encoding.UCS2, 1, 70),
        ("Ж" * 71, Encoding.UCS2, 2, 71),
        ("Ж" * 134, Encoding.UCS2, 2, 134),
        ("Ж" * 135, Encoding.UCS2, 3, 135),
        # Neither is a surrogate pair, nor a flag, nor a family.
        ("Ж" * 66 + "😀" + "Ж" * 66, Encoding.UCS2, 3, 134),
        (FLAG * 33, Encoding.UCS2, 3, 132),
        (FAMILY * 12, Encoding.UCS2, 2, 132),
        (FAMILY * 13, Encoding.UCS2, 3, 143),
        ("и\u0306" * 67, Encoding.UCS2, 3, 134),
        ("x" * 159 + "\r\n", Encoding.GSM7, 2, 161),
        ("x" * 158 + "\r\n", Encoding.GSM7, 1, 160),
        ("\f", Encoding.GSM7, 1, 2),
        ("\x1b", Encoding.UCS2, 1, 1),
        ("Z" + "\u0301" * 200, Encoding.UCS2, 3, 201),
    ],
)
def test_segments_at_their_seams(text: str, encoding: Encoding, segments: int, units: int) -> None:
    found = segment(text)

    assert (found.encoding, found.segments, found.units) == (encoding, segments, units)


def test_the_characters_that_cost_the_small_alphabet_are_named_once_in_order() -> None:
    assert segment("It’s “so” good’s 😀").outside_gsm7 == ("’", "“", "”", "😀")
    assert segment("It's so good").outside_gsm7 == ()


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("It’s “quoted” – and—so…", 'It\'s "quoted" - and-so...'),
        ("½ \uff21\uff10", "1/2 A0"),
        ("a\u00a0b", "a  b"),
        ("zero\u200bwidth", "zerowidth"),
        ("naïve 你 😀", "naïve 你 😀"),
    ],
)
def test_smart_encoding_replaces_what_has_a_likeness(typed: str, sent: str) -> None:
    assert smart_encode(typed) == sent


def test_smart_encoding_can_save_segments_and_add_some() -> None:
    quotes = "“" * 71
    dots = "…" * 70

    assert (segment(quotes).segments, segment(quotes, smart=True).segments) == (2, 1)
    assert (segment(dots).segments, segment(dots, smart=True).segments) == (1, 2)
