"""Who may do what: the whole table."""

import pytest

from sequences.access.act import Act
from sequences.access.authorize import ACTS, REACH, PersonOf, Reach, authorize, may
from sequences.access.role import PeopleVisible, Role
from sequences.access.viewer import EVERYBODY, Scope, Viewer
from sequences.errors import NotAllowedError

MINE, TEAM, OTHER, NO_OWNER = PersonOf("o-1"), PersonOf("o-2"), PersonOf("o-3"), PersonOf(None)


def _viewer(role: Role, visible: PeopleVisible = PeopleVisible.ALL, team: tuple[str, ...] = ("o-1", "o-2")) -> Viewer:
    return Viewer("u-1", "ann@agency.example", "Ann", role, "o-1", "UTC", visible, team)


def test_every_act_has_a_reach_and_a_role() -> None:
    assert set(REACH) == set(Act)
    assert set().union(*ACTS.values()) == set(Act)
    assert set(ACTS) == set(Role)


def test_roles_grow_and_an_auditor_changes_nothing() -> None:
    assert ACTS[Role.RECRUITER] < ACTS[Role.LEAD] < ACTS[Role.ADMIN] == set(Act)
    assert ACTS[Role.AUDITOR] == {Act.LOOK, Act.READ_PERSON, Act.MANAGE_OWN_SESSIONS, Act.READ_AUDIT, Act.READ_SETTINGS}


# Role, setting, and of mine, the team's, another's and one without an owner: who is seen, who is worked with.
_TABLE = [
    (Role.RECRUITER, PeopleVisible.ALL, "mton", "mn"),
    (Role.RECRUITER, PeopleVisible.TEAM, "mtn", "mn"),
    (Role.RECRUITER, PeopleVisible.OWN, "mn", "mn"),
    (Role.LEAD, PeopleVisible.ALL, "mton", "mtn"),
    (Role.LEAD, PeopleVisible.TEAM, "mtn", "mtn"),
    (Role.LEAD, PeopleVisible.OWN, "mtn", "mtn"),
    (Role.ADMIN, PeopleVisible.OWN, "mton", "mton"),
    (Role.AUDITOR, PeopleVisible.OWN, "mton", "mn"),
]


@pytest.mark.parametrize(("role", "visible", "sees", "works_with"), _TABLE)
def test_whose_people(role: Role, visible: PeopleVisible, sees: str, works_with: str) -> None:
    viewer = _viewer(role, visible)
    subjects = {"m": MINE, "t": TEAM, "o": OTHER, "n": NO_OWNER}
    assert {key for key, one in subjects.items() if viewer.sees.holds(one.owner_id)} == set(sees)
    assert {key for key, one in subjects.items() if viewer.works_with.holds(one.owner_id)} == set(works_with)
    for act in Act:
        allowed = act in ACTS[role]
        assert may(viewer, act) == allowed
        for key, one in subjects.items():
            reached = {Reach.ANY: True, Reach.VISIBLE: key in sees, Reach.WORKS_WITH: key in works_with}[REACH[act]]
            assert may(viewer, act, one) == (allowed and reached), (act, key)


def test_a_lead_without_a_team_works_with_all_whom_they_see() -> None:
    assert _viewer(Role.LEAD, PeopleVisible.ALL, ()).works_with == EVERYBODY
    assert _viewer(Role.LEAD, PeopleVisible.OWN, ()).works_with == Scope(("o-1",))


def test_a_recruiter_without_an_owner_works_with_people_without_one() -> None:
    viewer = Viewer("u-2", "bo@agency.example", "Bo", Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert viewer.sees == viewer.works_with == Scope(())
    assert may(viewer, Act.ENROLL, NO_OWNER)
    assert not may(viewer, Act.ENROLL, MINE)


def test_a_refusal_says_whether_the_role_or_the_person_is_why() -> None:
    authorize(_viewer(Role.RECRUITER), Act.ENROLL, MINE)
    with pytest.raises(NotAllowedError, match="your role, recruiter, may not"):
        authorize(_viewer(Role.RECRUITER), Act.PUBLISH)
    with pytest.raises(NotAllowedError, match="another recruiter: you may not"):
        authorize(_viewer(Role.RECRUITER), Act.ENROLL, OTHER)


def test_every_act_has_words_for_who_may_not_do_it() -> None:
    assert all(act.words and "_" not in act.words for act in Act)
