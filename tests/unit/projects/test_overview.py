"""Lists: mine, waiting for me, visible to me."""

import pytest

from enclave.errors import InputError, PolicyRefusal
from enclave.projects import lifecycle, listings, overview, people, project_overview
from enclave.store.database import Database
from enclave.store.project_tables import Application
from tests.builders.projects import (
    QUESTION,
    TODAY,
    at,
    cast,
    later,
    project,
    proposal,
    request,
    take,
)


@pytest.fixture(autouse=True)
def everybody(database: Database) -> None:
    cast(database)


def waiting(database: Database, name: str) -> list[int]:
    with database.begin() as session:
        found = listings.waiting_for(session, people.get(session, name))
        return [one.id for one in found.applications]


def actions(database: Database, number: int, name: str) -> list[str]:
    with database.begin() as session:
        found = session.get_one(Application, number)
        account = people.get(session, name)
        return [one.action for one in overview.possible(session, found, account)]


@pytest.mark.parametrize(
    ("state", "rikke", "karen", "mads"),
    [
        ("draft", True, False, False),
        ("submitted", False, True, False),
        ("returned", True, False, False),
        ("internal_review", False, True, False),
        ("approved", False, False, False),
        ("withdrawn", False, False, False),
    ],
)
def test_a_proposal_waits_for_those_who_can_take_it_on(
    database: Database, state: str, *, rikke: bool, karen: bool, mads: bool
):
    number = proposal(database, state)

    assert waiting(database, "rikke") == [number] * rikke
    assert waiting(database, "karen") == [number] * karen
    assert waiting(database, "mads") == [number] * mads
    assert waiting(database, "anne") == waiting(database, "ole") == []


@pytest.mark.parametrize(
    ("state", "karen", "mads"),
    [
        ("submitted", True, True),
        ("approvals_check", True, True),
        ("spec_agreed", True, True),
        ("active", False, False),
    ],
)
def test_a_data_request_waits_for_core_and_data_manager(
    database: Database, state: str, *, karen: bool, mads: bool
):
    project(database)
    number = request(database, state)

    assert waiting(database, "karen") == [number] * karen
    assert waiting(database, "mads") == [number] * mads


def test_what_is_my_own_never_waits_for_my_decision(database: Database):
    leader = {"name": "K", "email": "karen@demo.example", "institution": "RH"}
    rikke = {
        "name": "R",
        "email": "rikke@demo.example",
        "institution": "RH",
        "role": "leader",
    }
    number = proposal(database, group=[rikke, leader])
    with database.begin() as session:
        take(session, number, "submit", "rikke")

    assert waiting(database, "karen") == []
    assert actions(database, number, "karen") == []


def test_what_waited_longest_comes_first(database: Database):
    first, second = proposal(database, "submitted"), proposal(database, "submitted")
    with database.begin() as session:
        take(session, first, "start_review", "karen", clock=later(days=1))

    assert waiting(database, "karen") == [second, first]


def test_possible_actions_follow_role_and_ownership(database: Database):
    number = proposal(database, "internal_review")

    assert actions(database, number, "rikke") == ["withdraw"]
    assert actions(database, number, "karen") == [
        "approve",
        "approve_conditionally",
        "send_to_sac",
        "return",
        "reject",
    ]
    assert actions(database, number, "mads") == []


def test_lists_hold_what_one_may_see(database: Database):
    draft, submitted = proposal(database), proposal(database, "submitted")
    project(database)
    asked = request(database, "submitted")

    def listed(name: str, **only) -> list[int]:
        with database.begin() as session:
            account = people.get(session, name)
            found = listings.listing(session, account, **only)
            return sorted(one.id for one in found.applications)

    assert listed("rikke") == [draft, submitted, asked - 1, asked]
    assert (
        listed("karen")
        == listed("mads")
        == listed("ada")
        == [
            submitted,
            asked - 1,
            asked,
        ]
    )
    assert listed("anne") == listed("ole") == []
    assert listed("rikke", kind="data_request") == [asked]
    with database.begin() as session, pytest.raises(InputError):
        listings.listing(session, people.get(session, "rikke"), kind="wish")


def test_my_applications_are_not_everybodys(database: Database):
    number = proposal(database, "submitted")

    with database.begin() as session:
        mine = listings.own(session, people.get(session, "rikke"))
        assert [one.id for one in mine.applications] == [number]
        assert listings.own(session, people.get(session, "karen")).total == 0


def test_a_document_holds_the_question_in_words(database: Database):
    number = proposal(database, "submitted")

    with database.begin() as session:
        found = session.get_one(Application, number)
        document = overview.document(session, found, people.get(session, "karen"))

    assert document["question"]["digest"] == QUESTION.digest
    assert "women" in document["question"]["en"].lower()
    assert "kvinder" in document["question"]["da"].lower()
    assert [one["action"] for one in document["history"]] == ["submit"]
    assert document["actions"] == ["start_review", "return", "reject"]


def test_a_draft_without_a_question_has_no_words(database: Database):
    number = proposal(database, population=None)

    with database.begin() as session:
        found = session.get_one(Application, number)
        document = overview.document(session, found, people.get(session, "rikke"))
    assert document["question"] is None


@pytest.mark.parametrize(
    ("account", "good"),
    [
        ("rikke", True),
        ("karen", True),
        ("mads", True),
        ("ada", True),
        ("anne", False),
        ("ole", False),
    ],
)
def test_who_may_look_into_a_project(database: Database, account: str, *, good: bool):
    project(database)

    with database.begin() as session:
        found = lifecycle.get(session, "demo")
        visitor = people.get(session, account)
        if good:
            project_overview.require_sight(session, found, visitor, TODAY)
        else:
            with pytest.raises(PolicyRefusal, match=f"{account} is not a member"):
                project_overview.require_sight(session, found, visitor, TODAY)


def test_a_project_is_told_whole(database: Database):
    project(database)
    request(database)

    with database.begin() as session:
        found = lifecycle.get(session, "demo")
        document = project_overview.document(session, found, at()().date())
    assert [one["account"] for one in document["members"]] == ["rikke"]
    assert [one["kind"] for one in document["applications"]] == [
        "proposal",
        "data_request",
    ]
    assert {one["authority"] for one in document["approvals"]} == {
        "fortegnelse",
        "regionsraad",
    }


def test_a_long_list_comes_in_pages(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listings, "PAGE_SIZE", 2)
    numbers = [proposal(database) for _ in range(5)]

    def page(number: int) -> listings.Page:
        with database.begin() as session:
            account = people.get(session, "rikke")
            return listings.listing(session, account, page=number)

    assert [one.id for one in page(1).applications] == [numbers[4], numbers[3]]
    assert [one.id for one in page(3).applications] == [numbers[0]]
    assert (page(2).number, page(2).of, page(2).total) == (2, 3, 5)
    # A page that does not exist, such as one that emptied meanwhile, is the nearest.
    assert page(9).number == 3
    assert page(-1).number == 1


def test_an_empty_list_has_one_page(database: Database):
    with database.begin() as session:
        found = listings.own(session, people.get(session, "anne"))
    assert (found.applications, found.number, found.of) == ([], 1, 1)
