"""What was cut away from a reply, and which of it asks not to be contacted without being ours. All is made up."""

from __future__ import annotations

import pytest

from sequences.inbound import parse_mail, read_reply
from sequences.inbound.opt_out_wish import asked_beside, asking_lines
from sequences.inbound.replies.reply_text import words_beside

OURS = (
    "We have an opening in Leeds.\n\nTo be removed from our list, reply to this mail or\n"
    "unsubscribe: https://agency.example/u/1"
)
ATTRIBUTION = "On 4 May 2027 at 09:12, Dana Example <dana@agency.example> wrote:"


@pytest.mark.parametrize(
    ("text", "kept", "cut"),
    [
        (f"Yes.\n\n{ATTRIBUTION}\n> Hi\n>\n> Dana", "Yes.", f"{ATTRIBUTION}\nHi\n\nDana"),
        ("Yes.\n-- \nSam Example\nNever mail me", "Yes.", "-- \nSam Example\nNever mail me"),
        (f"Yes. {ATTRIBUTION}\n> Hi", "Yes.", f"{ATTRIBUTION}\nHi"),
        ("Yes.", "Yes.", ""),
        ("> just this", "> just this", ""),
    ],
)
def test_what_is_cut_is_told(text: str, kept: str, cut: str) -> None:
    reply = read_reply(text)
    assert (reply.text, reply.cut) == (kept, cut)
    mail = parse_mail(f"From: sam@firm.example\n\n{text}\n".encode())
    assert mail.other_words == ((cut,) if cut else ())


def test_what_is_stored_tells_it_too() -> None:
    text = f"Hello,\n\nyes.\n\n{ATTRIBUTION}\n> Hi\n\nAnd no.\n"
    reply = read_reply(text)
    assert words_beside(text, reply.text).split() == reply.cut.split()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Hi\nPlease remove me from your list.\nBye", ("Please remove me from your list.",)),
        ("Hi\n\nplease do not\ncontact me again\n\nBye", ("please do not contact me again",)),
        ("Shall we talk?\nIn May?", ()),
        ("", ()),
    ],
)
def test_lines_that_ask(text: str, lines: tuple[str, ...]) -> None:
    assert asking_lines([text]) == lines
    assert asking_lines(["Hello", text]) == lines


@pytest.mark.parametrize(
    "quoted",
    [
        OURS,
        "To be removed from our list, reply to this mail or unsubscribe: <https://links.example/l/2>",
        "TO BE REMOVED FROM OUR LIST,\nREPLY TO THIS MAIL OR\nUNSUBSCRIBE",
        "To be removed from our list, reply to\nthis mail or unsubscribe",
        "unsubscribe<https://agency.example/u/1>",
    ],
)
def test_our_own_words_ask_for_nothing(quoted: str) -> None:
    assert not asked_beside(asking_lines([quoted]), [OURS])


@pytest.mark.parametrize(
    "quoted", ["Please remove me from your list.", f"{OURS}\nDo not contact me again.", "Take me off.\nunsubscribe me"]
)
def test_the_persons_words_ask(quoted: str) -> None:
    asking = asking_lines([quoted])
    assert asked_beside(asking, [OURS])
    assert asked_beside(asking, [])


@pytest.mark.slow
def test_a_wish_is_looked_for_in_so_many_lines_at_the_most() -> None:
    lines = [f"please remove me from list {number} now" for number in range(50_000)]
    found = asking_lines(["\n".join(lines)])
    assert (found[0], found[-1], len(found)) == (lines[0], lines[-1], 1_000)
    assert (
        asking_lines(["ok. " * 100_000 + "please do not\ncontact me again."])[-1] == "please do not contact me again."
    )
