"""Deliveries of real and public data hold exactly what the source's files say."""

import csv
import gzip
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.delivery import grant as grants
from enclave.delivery.deliver import deliver
from enclave.delivery.manifest import verify_folder
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.projects import applications, demo_forms
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation, projects
from tests.builders.projects import TODAY, at


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [{key.lower(): cell for key, cell in row.items()} for row in rows]


def deliver_everything(settings, database, source, question, window):
    """Deliver every variable that the catalogue offers; return the folder."""
    folder, mapping = source
    warehouse = Warehouse(settings)
    warehouse.load(str(folder), Mapping.load(mapping), clock=at())
    projects.cast(database)
    form = demo_forms.proposal(question, today=TODAY)
    with database.begin() as session:
        made = applications.create(session, "proposal", form, "rikke", at())
        for action, who in projects.PROPOSAL_PATHS["approved"]:
            projects.take(session, made.id, action, who)
    variables = [
        one.full_name
        for table in warehouse.snapshot().catalogue.tables
        for one in table.variables
        if table.kind != "reference" and "person" not in (one.role, one.type)
    ]
    request = installation.agreed(
        settings, database, variables=variables, window=window
    )
    with database.begin() as session:
        grant = grants.issue(session, settings, request, "mads", at())
    return deliver(settings, database, grant.id, clock=at()).folder


def named(settings, folder: Path, table: str) -> list[dict]:
    """Rows of a delivered table, with the source's ids in the place of pseudonyms."""
    rows = pq.read_table(folder / f"{table}.parquet").to_pylist()
    reader = Pseudonyms.for_project(settings, 1)
    keys = {one: reader.reveal(one) for one in {row["pseudonym"] for row in rows}}
    known = Vault.of(settings).ids_of(sorted(keys.values())).to_pylist()
    ids = {one["person"]: one["id"] for one in known}
    return [{**row, "pseudonym": ids[keys[row["pseudonym"]]]} for row in rows]


@pytest.fixture
def nafld(shared_data) -> Path:
    return shared_data / "nafld"


def test_nafld(settings, database, nafld):
    origin, window = date(2000, 1, 1), (date(1998, 5, 1), date(2012, 6, 30))
    fatty_liver = EventCriterion(codes=CodeList.of("nafld-event", "nafld"))
    question = Question(population=Population(sex="female"), index=fatty_liver)

    folder = deliver_everything(settings, database, (nafld, "nafld"), question, window)

    verify_folder(folder)
    women = {row["id"] for row in read(nafld, "nafld1") if row["male"] == "0"}
    diagnosed = {
        row["id"]: origin + timedelta(days=int(row["days"]))
        for row in sorted(read(nafld, "nafld3"), key=lambda row: -int(row["days"] or 0))
        if row["event"] == "nafld" and row["days"]
    }
    cohort = {key: day for key, day in diagnosed.items() if key in women}
    found = named(settings, folder, "population")
    assert {row["pseudonym"]: row["index_date"] for row in found} == cohort

    def expected(name: str, *columns: str) -> set[tuple]:
        # A table is a set of rows: what a source has twice is loaded once.
        return {
            (row["id"], day, *(row[column] for column in columns))
            for row in read(nafld, name)
            if row["id"] in cohort and row["days"] not in ("", "NA")
            for day in [origin + timedelta(days=int(row["days"]))]
            if window[0] <= day <= window[1]
        }

    labs = named(settings, folder, "lab")
    delivered = {
        (row["pseudonym"], row["date"], row["code"], row["value"]) for row in labs
    }
    assert len(labs) == len(delivered)
    assert delivered == {
        (key, day, test, float(value))
        for key, day, test, value in expected("nafld2", "test", "value")
    }
    diagnoses = {
        (row["pseudonym"], row["date"], row["code"])
        for row in named(settings, folder, "diagnosis")
    }
    assert diagnoses == expected("nafld3", "event")


def test_omop(settings, database, shared_data):
    source = shared_data / "omop_gibleed"
    window = (date(1970, 1, 1), date(1999, 12, 31))

    folder = deliver_everything(
        settings,
        database,
        (source, "omop"),
        Question(population=Population(sex="male")),
        window,
    )

    verify_folder(folder)
    men = {
        row["person_id"]
        for row in read(source, "person")
        if row["gender_concept_id"] == "8507"
    }
    persons = named(settings, folder, "person")
    assert {row["pseudonym"] for row in persons} == men
    assert {(row["birth_date"].month, row["birth_date"].day) for row in persons} == {
        (7, 1)
    }
    conditions = Counter(
        (row["pseudonym"], row["date"], str(row["code"]))
        for row in named(settings, folder, "condition")
    )
    expected = Counter(
        (row["person_id"], day, row["condition_concept_id"])
        for row in read(source, "condition_occurrence")
        if row["person_id"] in men
        for day in [date.fromisoformat(row["condition_start_date"][:10])]
        if window[0] <= day <= window[1]
    )
    assert conditions.keys() == expected.keys()
    assert conditions == expected
