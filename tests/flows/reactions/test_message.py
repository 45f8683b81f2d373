"""A reaction that sends a message and ends its run, on the real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.ids import delivery_workflow_id
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

TEXT = """
sequence: answers
name: Answers
record: person
frequency_cap: exempt
schedule: {window: any}
steps:
  - {id: introduce, email: bd/introduce}
  - {id: remind, when: 7 days after introduce, email: bd/remind}
reactions:
  - on: replied.positive
    do: [{send: bd/thank-you}, {create_task: {title: Call}}]
    then: stop
"""


async def test_the_answer_goes_although_the_reply_ends_the_run(flow: FlowRig) -> None:
    await flow.publish("answers", TEXT)
    await flow.person()
    accepted = await flow.enroll("answers")
    await flow.until_step(accepted, "introduce")
    await flow.reply(accepted, "Please tell me more")
    await flow.until_state(accepted, "stopped")

    async def sent() -> bool:
        rows = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
        return ("answer:bd/thank-you", "sent") in [(row["step"], row["state"]) for row in rows]

    await flow.until(sent)
    follow_ups = await flow.rows("follow_ups_of", enrollment_id=accepted.enrollment)
    assert [(row["kind"], row["state"], row["result"]) for row in follow_ups] == [
        ("send", "done", "sent"),
        ("create_task", "done", None),
    ]
    message = delivery_workflow_id(follow_ups[0]["id"])
    assert await flow.services.client.get_workflow_handle(message).result() == "done"
    await flow.keep_history(message, "delivery-message")
    assert await flow.handle(accepted).result() == "replied.positive (replied.positive)"
    assert len(list_mail(flow.mail.folder)) == 2
