"""``relance review`` against a real Postgres."""

import json
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sentiment.training.corpus import read_replies

NOW = datetime(2027, 3, 26, 10, tzinfo=UTC)
RUN = "e1aaaaaaaaaa"


async def test_what_waits_is_listed_oldest_first_until_somebody_says_what_it_means(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]]
) -> None:
    newer, older = await replied("two", minutes=5), await replied("one", "Perhaps, write to [bold]a@b.example[/bold]")
    await replied("sure", held=False)
    await replied("optout", label="negative", intent="opt_out", opt_out=True)
    await replied("early", handled=False)
    await replied("click", kind="clicked", label=None, held=None, opt_out=None)
    unscored = await replied("three", label=None, intent=None, confidence=None, held=None, opt_out=None, minutes=9)
    rows = await review("list")
    assert [row["id"] for row in rows] == [older, newer, unscored]
    assert rows[0] == {
        "id": older,
        "received_at": "2027-03-26T10:00:00Z",
        "sequence": "one",
        "enrollment_id": RUN,
        "run_state": "stopped",
        "person_id": "p1",
        "person_name": "Ana Example",
        "channel": "email",
        "label": "neutral",
        "doubt": None,
        "authentication": None,
        "authenticated_by": None,
        "confirm_opt_out": False,
        "intent": "later",
        "confidence": 0.4,
        "reasons": ["below_threshold"],
        "text": "Perhaps, write to [bold]a@b.example[/bold]",
    }
    assert [row["id"] for row in await review("list", "--limit", "1")] == [older]
    shown = await review("list", as_json=False)
    assert "Ana Example" in shown.stdout
    assert "[bold]" in shown.stdout
    await review("set", older[:6], "--label", "positive")
    assert [row["id"] for row in await review("list")] == [newer, unscored]
    for each in (newer, unscored):
        await review("set", each, "--label", "neutral")
    assert await review("list") == []
    assert "no reply needs review" in (await review("list", as_json=False)).stdout


async def test_a_review_is_kept_with_what_the_model_said_and_the_run_hears_of_it(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], sql: Callable[..., Awaitable[Any]]
) -> None:
    reply = await replied("one")
    done = await review("set", reply, "--label", "negative", "--by", "Dana", "--note", "on the phone")
    assert done == {
        "reaction": reply,
        "review": done["review"],
        "number": 1,
        "enrollment": RUN,
        "label": "negative",
        "intent": "decline",
        "said_label": "neutral",
        "said_intent": "later",
        "said_confidence": 0.4,
        "said_held": True,
        "repeated": False,
        "notes": ["the run has already ended (stopped); its follow-ups will still be carried out"],
    }
    [row] = await sql("SELECT * FROM review")
    kept = ("id", "reaction_id", "number", "label", "intent", "reviewer", "note", "said_label", "said_held")
    assert tuple(row[name] for name in kept) == (
        done["review"],
        reply,
        1,
        "negative",
        "decline",
        "Dana",
        "on the phone",
        "neutral",
        True,
    )
    [heard] = await sql("SELECT * FROM reaction WHERE id = $1", done["review"])
    assert (heard["kind"], heard["holds"], heard["delivered_at"], json.loads(heard["detail"])) == (
        "reviewed",
        True,
        None,
        {"reviews": reply},
    )
    # The model's own word stays on the reply.
    [said] = await sql("SELECT label, held_for_review FROM reaction WHERE id = $1", reply)
    assert tuple(said) == ("neutral", True)


async def test_the_same_again_changes_nothing_and_the_newest_counts(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], sql: Callable[..., Awaitable[Any]]
) -> None:
    reply = await replied("one")
    first = await review("set", reply, "--label", "positive", "--intent", "meeting")
    # The label alone says nothing new about the intent.
    again = await review("set", reply, "--label", "positive", "--by", "Somebody else")
    assert again == first | {"repeated": True, "notes": []}
    assert "nothing changed" in (await review("set", reply, "--label", "positive", as_json=False)).stdout
    second = await review("set", reply, "--label", "negative")
    assert (second["number"], second["review"] != first["review"]) == (2, True)
    assert "earlier actions about this reply are not undone" in second["notes"]
    assert [row["label"] for row in await sql("SELECT label FROM review ORDER BY number")] == ["positive", "negative"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["rnope", "--label", "positive"], 3, "unknown reaction rnope"),
        (["r", "--label", "positive"], 3, "unknown reaction r"),
        (["rsam", "--label", "positive"], 3, "unknown reaction rsam"),
        (["rsame", "--label", "positive"], 4, "rsame matches several reactions"),
        (["rclick", "--label", "positive"], 4, "is not a reply (clicked)"),
        (["rsameoneaa", "--label", "glad"], 2, "positive"),
        (
            ["rsameoneaa", "--label", "positive", "--intent", "decline"],
            2,
            "a positive reply cannot have the intent decline",
        ),
        (["rsameoneaa"], 2, "--label"),
    ],
)
async def test_what_makes_no_sense(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    sql: Callable[..., Awaitable[Any]],
    arguments: list[str],
    status: int,
    said: str,
) -> None:
    await replied("sameone")
    await replied("sametwo")
    await replied("click", kind="clicked")
    done = await review("set", *arguments, status=status)
    assert said in " ".join(done.output.replace("│", " ").split())
    assert await sql("SELECT * FROM review") == []


async def test_what_people_said_is_training_data(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    texts = ["Oui\u2028non \u00e9t\u00e9", "Yes please", "yes  PLEASE", " ", "forwarded"]
    for number, text in enumerate(texts):
        reply = await replied(
            f"n{number}",
            text,
            channel="sms" if number == 0 else "email",
            detail='{"reasons": ["no_own_words"]}' if text == "forwarded" else "{}",
        )
        if text != " ":
            await review("set", reply, "--label", "positive" if number < 2 else "neutral")
    await replied("unread", "Nobody read this")
    file = tmp_path / "reviewed.jsonl"
    file.write_text("older and longer " * 100)
    done = await review("export", str(file), as_json=False)
    assert done.stdout == ""
    assert "reviewed replies: 2" in done.stderr
    assert "1 without text of their own, 1 with the same text as another" in done.stderr
    read = read_replies(file)
    assert [(reply.text, reply.label, reply.intent, reply.channel) for reply in read] == [
        ("Oui\u2028non \u00e9t\u00e9", "positive", "later", "sms"),
        ("yes  PLEASE", "neutral", "later", "email"),
    ]
    assert list(json.loads(file.read_text().splitlines()[0])) == ["text", "label", "intent", "channel", "split"]
    printed = await review("export", "--all", as_json=False)
    assert (await review("export", "-", "--all", as_json=False)).stdout == printed.stdout
    assert [json.loads(line)["text"] for line in printed.stdout.splitlines()] == texts[:3]


async def test_an_export_is_for_its_owner_only_and_a_folder_is_no_file(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], tmp_path: Path
) -> None:
    await review("export", str(tmp_path / "new.jsonl"), as_json=False)
    assert stat.S_IMODE((tmp_path / "new.jsonl").stat().st_mode) == 0o600
    done = await review("export", str(tmp_path), as_json=False, status=2)
    assert "cannot be written" in done.output
