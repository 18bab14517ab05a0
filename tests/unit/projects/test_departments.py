"""Codes of departments: their shape, and a data manager's list where there is one."""

import pytest

from enclave.cohort.code_lists import lists
from enclave.cohort.code_lists.csv_file import read
from enclave.cohort.code_lists.lists import Draft, Sharing
from enclave.projects import overview, people
from enclave.store.database import Database
from enclave.store.project_tables import Application
from tests.builders.projects import at, cast, feasibility


CSV = "code,use,descendants,label\n1301,,yes,Rigshospitalet\n1301999,exclude,,Closed\n"


@pytest.fixture
def staffed(database: Database) -> Database:
    cast(database)
    return database


def imported(database: Database, who: str, shared: Sharing, text: str = CSV) -> None:
    with database.begin() as session:
        account = people.get(session, who)
        draft = Draft("departments", "SHAK", read(text.encode()))
        lists.save(session, account, draft, at())
        lists.share(session, account, "departments", shared, at())


def said(database: Database, name: str) -> list[str]:
    number = feasibility(database, department=name)
    with database.begin() as session:
        found = overview.document(
            session,
            session.get_one(Application, number),
            people.get(session, "rikke"),
        )
    return [one["message"] for one in found["warnings"] if one["field"] == "department"]


def test_without_a_list_the_shape_of_a_code_is_all_that_is_known(staffed: Database):
    assert said(staffed, "Infectious diseases 4202011") == []
    assert "neither a SHAK" in said(staffed, "Infectious diseases 13010")[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Infectious diseases 1301011", None),
        ("Closed clinic 1301999", "not in the SHAK list"),
        ("Somewhere else 4202011", "not in the SHAK list"),
    ],
)
def test_a_code_is_looked_up_in_the_list_of_a_data_manager(
    staffed: Database, name: str, words: str | None
):
    imported(staffed, "mads", Sharing.EVERYBODY)

    found = said(staffed, name)
    assert len(found) == (words is not None)
    assert all(str(words) in one for one in found)


def test_the_newest_version_counts(staffed: Database):
    imported(staffed, "mads", Sharing.EVERYBODY)
    more = CSV + "4202,,yes,Bispebjerg\n"
    imported(staffed, "mads", Sharing.EVERYBODY, more)

    assert said(staffed, "Somewhere else 4202011") == []


@pytest.mark.parametrize(
    ("who", "shared"), [("rikke", Sharing.EVERYBODY), ("mads", Sharing.PRIVATE)]
)
def test_a_list_of_somebody_else_or_for_oneself_decides_nothing(
    staffed: Database, who: str, shared: Sharing
):
    imported(staffed, who, shared)

    assert said(staffed, "Somewhere else 4202011") == []
