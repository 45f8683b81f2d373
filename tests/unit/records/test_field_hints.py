"""A hint at a field leads to the person who receives, never to another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates.renderer import Renderer
from sequences.records.catalogue import BUILT_IN
from sequences.records.field_hints import did_you_mean_field, field_hint

FIELDS = [*(field.name for field in BUILT_IN), "custom.shirt_size"]
MEANT = {
    "first_name": ("person.first_name", "owner.first_name"),
    "frist_name": ("person.first_name", "owner.first_name"),
    "firstname": ("person.first_name",),
    "First-Name": ("person.first_name", "owner.first_name"),
    "company": ("person.company", "client.name", "sender.company"),
    "name": ("person.full_name", "person.first_name", "client.name"),
    "email": ("person.email", "owner.email", "sender.email"),
    "phone": ("person.phone", "owner.phone"),
    "start_date": ("placement.start_date",),
    "shirt_size": ("custom.shirt_size",),
    "person.frist_name": ("person.first_name",),
    "person.company_name": ("person.company",),
    "person.name": ("person.full_name",),
    "person.shirt_size": ("custom.shirt_size",),
    "person.start_date": ("placement.start_date",),
    "candidate.first_name": ("person.first_name",),
    "placement.first_name": ("person.first_name",),
    "client.first_name": ("person.first_name",),
    "owner.frist_name": ("owner.first_name",),
    "owner.firstname": ("owner.first_name",),
    # Another person's would be the only one: better none.
    "owner.job_title": (),
    "owner.company": (),
    "sender.first_name": (),
    "person.nonsense": (),
    "nonsense": (),
}


@pytest.mark.parametrize(("name", "fields"), MEANT.items())
def test_what_is_meant(name: str, fields: tuple[str, ...]) -> None:
    assert field_hint(name, FIELDS) == fields


def test_several_are_named() -> None:
    assert did_you_mean_field("first_name", FIELDS) == " Did you mean `person.first_name` or `owner.first_name`?"
    assert did_you_mean_field("nonsense", FIELDS) == ""


@given(st.text(max_size=40), st.sets(st.sampled_from(FIELDS)))
def test_only_allowed_fields_are_named_and_the_person_comes_before_colleagues(name: str, allowed: set[str]) -> None:
    found = field_hint(name, allowed)
    assert set(found) <= allowed
    groups = [field.partition(".")[0] in ("owner", "sender") for field in found]
    assert groups == sorted(groups)


def test_a_template_is_told_the_same() -> None:
    (problem,) = Renderer().check_text("Hi {{ first_name }}", FIELDS, file="t")
    assert problem.message.endswith("did you mean 'person.first_name' or 'owner.first_name'?")
    (problem,) = Renderer().check_text("At {{ company }}", ["person.company", "sender.company", "custom.*"], file="t")
    assert "'person.company'" in problem.message.partition("'sender")[0]
