"""An approved proposal becomes a project."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from enclave.audit import log
from enclave.projects import founding, lifecycle, memberships, register
from enclave.store.database import Database
from enclave.store.project_tables import Application, Project
from tests.builders.projects import (
    TODAY,
    cast,
    person,
    project,
    proposal,
    proposal_form,
    take,
)


# JupyterHub's rule for names of servers, with a letter in front.
SLUG = re.compile(r"[a-z](?:[a-z0-9]|-(?!-)){0,28}[a-z0-9]|[a-z]")


@given(st.text(max_size=200))
def test_every_title_has_a_slug(title: str):
    slug = founding.slug_of(title)

    assert SLUG.fullmatch(slug)
    assert founding.slug_of(slug) == slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Sepsis i Ærø", "sepsis-i-aeroe"),
        ("  CD4/CD8 -- ratio? ", "cd4-cd8-ratio"),
        ("2 years of HIV", "project-2-years-of-hiv"),
        ("???", "project"),
        ("x" * 50, "x" * 30),
        ("Long titles end with a whole word here", "long-titles-end-with-a-whole"),
    ],
)
def test_a_slug_is_readable(title: str, slug: str):
    assert founding.slug_of(title) == slug


def test_the_project_is_what_the_proposal_says(database: Database):
    cast(database)
    group = [
        *proposal_form()["group"],
        {"name": "Anne", "email": "Anne@Demo.example", "institution": "RH"},
    ]
    number = proposal(
        database, "approved", group=group, title="A study", short_name=None
    )

    with database.begin() as session:
        found = lifecycle.get(session, "a-study")
        assert (found.title, found.leader, found.state) == (
            "A study",
            "rikke",
            "active",
        )
        assert found.end_date.isoformat() == proposal_form()["end_date"]
        assert found.proposal_id == number
        assert session.get_one(Application, number).project_number == found.number
        members = memberships.members_of(session, found, TODAY)
        assert {one.account: one.role for one in members} == {
            "rikke": "leader",
            "anne": "member",
        }
        assert [one.authority for one in register.approvals_of(session, found)] == [
            "fortegnelse",
            "regionsraad",
        ]
        told = [
            one["action"] for one in log.latest(session, 10, subject="project:a-study")
        ]
        assert told == ["approval.register"] * 2 + ["project.create"]


def test_what_is_pending_is_not_registered(database: Database):
    cast(database)
    approvals = [
        *(one for one in proposal_form()["approvals"] if one["authority"] != "vek"),
        {"authority": "vek", "status": "pending"},
    ]
    project(database, approvals=approvals)

    with database.begin() as session:
        found = register.approvals_of(session, lifecycle.get(session, "demo"))
        assert "vek" not in {one.authority for one in found}


def test_projects_of_one_title_get_slugs_of_their_own(database: Database):
    cast(database)
    for _ in range(3):
        proposal(database, "approved", short_name="a" * 30)

    with database.begin() as session:
        slugs = session.scalars(select(Project.slug).order_by(Project.number)).all()
        assert slugs == ["a" * 30, "a" * 28 + "-2", "a" * 28 + "-3"]


def test_nothing_is_founded_before_the_conditions_are_met(database: Database):
    cast(database)
    number = proposal(database, "conditionally_approved")

    with database.begin() as session:
        assert session.scalars(select(Project)).all() == []
        take(session, number, "approve", "karen")
        assert len(session.scalars(select(Project)).all()) == 1


def test_the_first_leader_named_answers_for_the_project(database: Database):
    cast(database)
    with database.begin() as session:
        person(session, "ida")
    leader = {**proposal_form()["group"][0], "email": "ida@demo.example"}
    project(database, group=[leader, *proposal_form()["group"]])

    with database.begin() as session:
        assert lifecycle.get(session, "demo").leader == "ida"
