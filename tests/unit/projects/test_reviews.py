"""Votes, comments, and who steps aside."""

import pytest

from enclave.errors import EnclaveError, InputError, NotFoundError, PolicyRefusal
from enclave.projects import applications, listings, people, reviews
from enclave.projects.machine import StateConflict
from enclave.projects.reviews import Comment, Vote
from enclave.store.database import Database
from tests.builders.projects import cast, person, proposal, proposal_form, take


GOOD = Vote("approve", 5, "Clear and important.", "I know the group well.")


@pytest.fixture
def people_there(database: Database) -> Database:
    cast(database)
    return database


def in_sac(database: Database, **changes) -> int:
    number = proposal(database, "internal_review", **changes)
    with database.begin() as session:
        take(session, number, "send_to_sac", "karen")
    return number


def test_two_reviewers_must_vote_before_it_goes_on(people_there: Database):
    number = in_sac(people_there)

    for who in ("sanne", "sune"):
        with (
            pytest.raises(PolicyRefusal, match="of at least 2 reviewers have voted"),
            people_there.begin() as session,
        ):
            take(session, number, "send_to_excom", "karen")
        with people_there.begin() as session:
            reviews.vote(session, number, GOOD, who)

    with people_there.begin() as session:
        done = take(session, number, "send_to_excom", "karen")
        assert done.state == "excom_decision"


def test_one_person_has_one_vote(people_there: Database):
    number = in_sac(people_there)
    with people_there.begin() as session:
        reviews.vote(session, number, GOOD, "sanne")
        reviews.vote(session, number, Vote("reject", 1, "I read it again."), "sanne")

    with people_there.begin() as session:
        found = applications.get(session, number, "karen")
        assert [one.choice for one in reviews.votes_on(session, found)] == ["reject"]


def test_a_changed_form_is_voted_on_again(people_there: Database):
    number = in_sac(people_there)
    with people_there.begin() as session:
        reviews.vote(session, number, GOOD, "sanne")
        take(session, number, "return", "karen")
        form = applications.form_of(applications.get(session, number, "rikke"))
        changed = {**form.model_dump(mode="json"), "title": "A narrower study"}
        applications.edit(session, number, changed, "rikke")

    with people_there.begin() as session:
        found = applications.get(session, number, "rikke")
        assert reviews.votes_on(session, found) == []


@pytest.mark.parametrize(
    ("who", "error"), [("karen", PolicyRefusal), ("rikke", PolicyRefusal)]
)
def test_who_has_no_vote(people_there: Database, who: str, error: type[Exception]):
    number = in_sac(people_there)

    with pytest.raises(error, match="has no vote"), people_there.begin() as session:
        reviews.vote(session, number, GOOD, who)


def test_a_reviewer_in_the_group_neither_votes_nor_comments(people_there: Database):
    group = [
        {
            "name": "Rikke",
            "email": "rikke@demo.example",
            "institution": "RH",
            "role": "leader",
        },
        {"name": "Sanne", "email": "sanne@demo.example", "institution": "RH"},
    ]
    number = in_sac(people_there, group=group)

    for deed in (
        lambda session: reviews.vote(session, number, GOOD, "sanne"),
        lambda session: reviews.comment(
            session, number, Comment("aims", "Good."), "sanne"
        ),
    ):
        with (
            pytest.raises(PolicyRefusal, match="own project"),
            people_there.begin() as session,
        ):
            deed(session)


@pytest.mark.parametrize(
    "wrong",
    [
        Vote("perhaps", 3, "Well."),
        Vote("approve", 0, "Well."),
        Vote("approve", 6, "Well."),
        Vote("approve", 3, "  "),
        Vote("approve", 3, "x" * 4001),
        Vote("approve", 3, "See 010170-1234."),
        Vote("approve", 3, "Well.", "See 010170-1234."),
    ],
)
def test_a_vote_that_is_not_whole(people_there: Database, wrong: Vote):
    number = in_sac(people_there)

    with pytest.raises(InputError), people_there.begin() as session:
        reviews.vote(session, number, wrong, "sanne")


def test_votes_are_given_while_it_is_under_review(people_there: Database):
    number = in_sac(people_there)
    with people_there.begin() as session:
        reviews.vote(session, number, GOOD, "sanne")
        take(session, number, "return", "karen")

    with (
        pytest.raises(StateConflict, match="is returned"),
        people_there.begin() as session,
    ):
        reviews.vote(session, number, GOOD, "sanne")


def test_who_steps_aside_decides_nothing_more(people_there: Database):
    number = proposal(people_there, "submitted")
    with people_there.begin() as session:
        reviews.recuse(session, number, "The leader is my brother.", "karen")
        karen = people.get(session, "karen")
        assert listings.waiting_for(session, karen).total == 0

    with (
        pytest.raises(PolicyRefusal, match="stepped aside"),
        people_there.begin() as session,
    ):
        take(session, number, "start_review", "karen")
    with people_there.begin() as session:
        person(session, "kim", "core")
        done = take(session, number, "start_review", "kim")
        assert done.state == "internal_review"


def test_the_vote_of_who_steps_aside_does_not_count(people_there: Database):
    number = in_sac(people_there)
    with people_there.begin() as session:
        reviews.vote(session, number, GOOD, "sanne")
        reviews.recuse(session, number, "We publish together.", "sanne")
        found = applications.get(session, number, "karen")
        assert reviews.votes_on(session, found) == []


def test_comments_reach_the_applicant_with_the_decision(people_there: Database):
    number = proposal(people_there, "internal_review")
    with people_there.begin() as session:
        for given in (
            Comment("aims", "Say which aim comes first."),
            Comment("form", "A weak group.", hidden=True),
        ):
            reviews.comment(session, number, given, "ole")
        found = applications.get(session, number, "karen")
        assert [one.released for one in reviews.comments_on(session, found)] == [
            None,
            None,
        ]
        take(session, number, "return", "karen")
        released = [
            one.text for one in reviews.comments_on(session, found) if one.released
        ]

    assert released == ["Say which aim comes first."]


@pytest.mark.parametrize("field", ["no_such_field", "__class__", ""])
def test_a_comment_is_about_a_section_of_the_form(people_there: Database, field: str):
    number = proposal(people_there, "internal_review")

    with pytest.raises(InputError, match="no section"), people_there.begin() as session:
        reviews.comment(session, number, Comment(field, "Well."), "karen")


def test_a_reviewer_sees_it_from_the_review_on(people_there: Database):
    number = proposal(people_there, "internal_review")
    with people_there.begin() as session:
        with pytest.raises(NotFoundError):
            applications.get(session, number, "erik")
        take(session, number, "send_to_sac", "karen")
        assert applications.get(session, number, "sanne").id == number
        karen, sanne = (people.get(session, one) for one in ("karen", "sanne"))
        assert listings.waiting_for(session, sanne).total == 1
        reviews.vote(session, number, GOOD, "sanne")
        assert listings.waiting_for(session, sanne).total == 0
        assert listings.waiting_for(session, karen).total == 1


@pytest.mark.parametrize("change", ["dnrf_funding", "biobank_material", "sac_review"])
def test_the_committees_decide_when_the_form_says_so(
    people_there: Database, change: str
):
    vek = {
        "authority": "vek",
        "journal_number": "H-20012345",
        "decision_date": "2024-03-01",
    }
    number = in_sac(people_there, **{change: True}, **_with(vek))
    with people_there.begin() as session:
        for who in ("sanne", "sune"):
            reviews.vote(session, number, GOOD, who)
        take(session, number, "send_to_excom", "karen")
    with pytest.raises(EnclaveError), people_there.begin() as session:
        take(session, number, "approve", "karen")
    with people_there.begin() as session:
        assert take(session, number, "approve", "erik").state == "approved"


def test_conditions_of_excom_are_confirmed_by_core(people_there: Database):
    number = in_sac(people_there, dnrf_funding=True)
    with people_there.begin() as session:
        for who in ("sanne", "sune"):
            reviews.vote(session, number, GOOD, who)
        take(session, number, "send_to_excom", "karen")
        take(session, number, "approve_conditionally", "erik", "Attach the budget.")
        take(session, number, "meet_conditions", "rikke")
        assert take(session, number, "approve", "karen").state == "approved"


def test_conditions_do_not_smuggle_biobank_material_past_the_committees(
    people_there: Database,
):
    number = proposal(people_there, "conditionally_approved")
    with people_there.begin() as session:
        form = applications.form_of(applications.get(session, number, "rikke"))
        changed = {**form.model_dump(mode="json"), "dnrf_funding": True}
        applications.edit(session, number, changed, "rikke")
        take(session, number, "meet_conditions", "rikke")

    with (
        pytest.raises(PolicyRefusal, match="committee"),
        people_there.begin() as session,
    ):
        take(session, number, "approve", "karen")


def _with(approval: dict) -> dict:
    others = [one for one in proposal_form()["approvals"] if one["authority"] != "vek"]
    return {"approvals": [*others, approval]}
