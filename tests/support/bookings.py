"""Webhooks of Calendly and Cal.com in the shapes that their documentation shows."""

from __future__ import annotations

import json
from typing import Any

INVITEES = "https://api.calendly.com/scheduled_events/E1/invitees"
STARTS = "2027-05-06T09:00:00.000000Z"


def calendly(
    event: str = "invitee.created",
    booking: str = "I1",
    token: str | None = None,
    at: str = "2027-05-04T08:00:01.000000Z",
    **more: Any,
) -> bytes:
    """A webhook of Calendly about one invitee, that happened ``at``."""
    payload = {
        "cancel_url": "https://calendly.com/cancellations/I1",
        "created_at": "2027-05-04T08:00:00.000000Z",
        "email": "p1@client.example",
        "event": "https://api.calendly.com/scheduled_events/E1",
        "name": "Alex Doe",
        "new_invitee": None,
        "old_invitee": None,
        "questions_and_answers": [{"question": "Phone", "answer": "+44 7700 900123", "position": 0}],
        "rescheduled": False,
        "scheduled_event": {"name": "30 minutes", "start_time": STARTS, "end_time": "2027-05-06T09:30:00.000000Z"},
        "status": "active" if event == "invitee.created" else "canceled",
        "timezone": "Europe/London",
        "tracking": {"utm_campaign": None, "utm_source": None, "utm_content": token, "salesforce_uuid": None},
        "uri": f"{INVITEES}/{booking}",
    }
    document = {
        "event": event,
        "created_at": at,
        "created_by": "https://api.calendly.com/users/U1",
        "payload": payload | more,
    }
    return json.dumps(document).encode()


def cal_com(event: str = "BOOKING_CREATED", booking: str = "b1", token: str | None = None, **more: Any) -> bytes:
    """A webhook of Cal.com about one booking."""
    payload = {
        "type": "30min",
        "title": "30min between Dana and Alex",
        "startTime": "2027-05-06T09:00:00Z",
        "endTime": "2027-05-06T09:30:00Z",
        "organizer": {"name": "Dana", "email": "dana@agency.example", "timeZone": "Europe/London"},
        "attendees": [{"name": "Alex Doe", "email": "p1@client.example", "timeZone": "Europe/London"}],
        "uid": booking,
        "bookingId": 91,
        "metadata": {"videoCallUrl": "https://meet.example/x"} | ({"relance": token} if token else {}),
        "status": "ACCEPTED",
    }
    document = {"triggerEvent": event, "createdAt": "2027-05-04T08:00:01.000Z", "payload": payload | more}
    return json.dumps(document).encode()
