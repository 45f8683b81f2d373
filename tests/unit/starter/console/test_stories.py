"""The story of a person on a page: times are the viewer's, and what came back has the tone that it deserves."""

import pytest
from markupsafe import Markup

from services.reading.run_story_words import MEETINGS
from starter.console.moment_tones import tone_of
from starter.console.times import with_local_times


def test_instants_in_a_text_are_those_of_the_viewer() -> None:
    said = with_local_times("booked for 2027-05-06 09:00 UTC, <moved> from 2027-01-06 09:00 UTC", "Europe/Paris")
    assert said == (
        'booked for <time datetime="2027-05-06T09:00:00+00:00">Thu 6 May 2027, 11:00</time>, &lt;moved&gt; from '
        '<time datetime="2027-01-06T09:00:00+00:00">Wed 6 Jan 2027, 10:00</time>'
    )


@pytest.mark.parametrize("text", ["2027-13-06 09:00 UTC", "2027-05-06 09:00", "2027-05-06 09:00 UTCs", "25:00 UTC", ""])
def test_what_is_no_instant_stays(text: str) -> None:
    assert with_local_times(text, "Europe/Paris") == text


def test_marks_stay_marks() -> None:
    assert with_local_times(Markup("<code>relance mail</code>"), None) == "<code>relance mail</code>"


@pytest.mark.parametrize(
    ("kind", "what", "tone"),
    [
        ("reaction", "replied.positive to invite", "good"),
        ("reaction", f"{MEETINGS['meeting_booked']} for 2027-05-06 09:00 UTC", "good"),
        ("reaction", MEETINGS["meeting_cancelled"], "warn"),
        ("reaction", "replied.negative to invite", "bad"),
        ("reaction", "unsubscribed from job offers", "bad"),
        ("reaction", "out_of_office", "warn"),
        ("sent", "replied.negative: the subject of a mail", "good"),
        ("decision", "the run stops", ""),
    ],
)
def test_the_tone_of_a_moment(kind: str, what: str, tone: str) -> None:
    assert tone_of(kind, what) == tone
