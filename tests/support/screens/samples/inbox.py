"""The inbox."""

from dataclasses import replace
from datetime import UTC, datetime

from sequences.access.viewer import EVERYBODY
from services.console.inbox import Inbox, InboxAsked, InboxLine, Undo
from services.console.whose import Whose
from services.replies.read import AnswerLine, ReplyLine
from services.replies.what_followed import FollowedBy
from starter.console.address import Address
from starter.console.screens.inbox import InboxQuery

AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
REPLY = ReplyLine(
    id="r1",
    received_at=AT,
    sequence="hello",
    enrollment_id="e1",
    run_state="paused",
    person_id="p1",
    person_name="Ann <page> Example",
    owner_id="o1",
    owner_name="Dana Reed",
    channel="email",
    sender="ann@client.example",
    text='Perhaps <page>\n"later"',
    label="positive",
    intent="later",
    confidence=0.5,
    judged_by="model",
    opt_out=False,
    needs_reading=True,
    reasons=["below_threshold"],
    doubt=None,
    authentication=None,
    authenticated_by=None,
    confirm_opt_out=False,
    not_theirs=False,
    decision="pause",
    decision_reason="needs review",
    forwarding=None,
    forwarding_reason=None,
    forwarding_at=None,
    followed=[FollowedBy("f1", "create_task", "task: Read <page>", "open", AT)],
    answers=[AnswerLine("a1", "sent", "Thank you <page>", "Dana", AT, AT, None)],
)
PLAIN = replace(
    REPLY,
    id="r2",
    person_name=None,
    label=None,
    intent=None,
    confidence=None,
    judged_by=None,
    text="",
    decision=None,
    needs_reading=False,
    followed=[],
    answers=[],
    channel=None,
    reasons=[],
)
_SAID = replace(REPLY, id="r3", confidence=None, judged_by="person", label="negative", intent="opt_out")
_ADDRESS = Address("/console/inbox", {"show": "all", "cursor": "abc"})

TEMPLATE = "screens/inbox.html"
FRAGMENTS = ("undo",)
MODELS: dict[str, dict[str, object]] = {
    "some": {
        "found": Inbox(
            (
                InboxLine(REPLY, False, True, "Hello <page>"),
                InboxLine(PLAIN, True, False, "Hello <page>"),
                InboxLine(_SAID, False, True, "Hello <page>"),
            ),
            "next",
            Undo("r9", "Bob <page>", "positive", AT),
        ),
        "asked": InboxAsked(everything=True, label="positive"),
        "query": InboxQuery(show="all", label="positive", days="week"),
        "kept": {"show": "all", "label": "positive", "days": "week"},
        "address": _ADDRESS,
    },
    "nothing": {
        "found": Inbox((), None, None, Whose(EVERYBODY, owns_nobody=True)),
        "asked": InboxAsked(mine=True),
        "query": InboxQuery(),
        "kept": {},
        "address": _ADDRESS,
    },
    "none": {
        "found": Inbox((), None),
        "asked": InboxAsked(everything=True),
        "query": InboxQuery(first="2027-05-03", last="2027-05-04"),
        "kept": {},
        "address": _ADDRESS,
    },
}
