"""A delivery: exactly what was granted."""

import json
from datetime import date

import pyarrow.parquet as pq

from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.delivery.manifest import verify_folder
from enclave.identity.pseudonyms import Pseudonyms
from enclave.identity.vault import Vault
from enclave.projects import applications
from enclave.settings import Settings
from tests.builders import projects
from tests.builders.deliveries import column, make
from tests.builders.installation import issued
from tests.builders.projects import NOW, at


def ids(settings: Settings, pseudonyms) -> set[str]:
    """The ids that the source knows the delivered persons by."""
    reader = Pseudonyms.for_project(settings, 1)
    keys = [reader.reveal(one) for one in set(pseudonyms)]
    return set(Vault.of(settings).ids_of(keys)["id"].to_pylist())


def test_the_granted_persons_columns_and_days_are_delivered(settings, clinic):
    grant = issued(settings, clinic)
    delivery = make(settings, clinic, grant.id)

    folder = delivery.folder
    assert folder == settings.deliveries / "demo" / grant.id / "0001"
    assert sorted(path.name for path in folder.iterdir()) == [
        "dictionary.json",
        "lab.parquet",
        "manifest.json",
        "person.parquet",
        "population.parquet",
        "receipt.json",
        "receipt.md",
    ]
    women = {f"p{number}" for number in range(1, 13)}
    assert ids(settings, column(folder, "population", "pseudonym")) == women
    assert ids(settings, column(folder, "person", "pseudonym")) == women
    with_results = ids(settings, column(folder, "lab", "pseudonym"))
    assert with_results == women - {"p3", "p4", "p5"}
    assert set(column(folder, "person", "sex")) == {"female"}
    days = column(folder, "lab", "date")
    assert len(days) == 9 * 4
    assert min(days) >= date(2010, 1, 1)
    assert pq.read_schema(folder / "lab.parquet").names == [
        "pseudonym",
        "date",
        "code",
        "value",
    ]


def test_no_file_holds_an_id_or_an_address(settings, clinic):
    folder = make(settings, clinic, issued(settings, clinic).id).folder

    for table in folder.glob("*.parquet"):
        cells = {
            str(cell)
            for row in pq.read_table(table).to_pylist()
            for cell in row.values()
        }
        assert not any(cell.startswith(("p1", "Vej")) for cell in cells)
        assert "person" not in pq.read_schema(table).names
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"Vej 1" not in written


def test_the_manifest_fits_and_is_signed(settings, clinic):
    grant = issued(settings, clinic)
    delivery = make(settings, clinic, grant.id)

    manifest = verify_folder(delivery.folder)

    assert manifest == delivery.manifest
    assert manifest.grant_digest == grant.digest
    assert manifest.question_digest == grant.question.digest
    assert manifest.pseudonym_key == "project-1-epoch-1"
    counted = {table.name: (table.rows, table.persons) for table in manifest.tables}
    assert counted == {"population": (12, 12), "person": (12, 12), "lab": (36, 9)}
    assert manifest.persons == 12


def test_the_receipt_explains_who_has_no_rows(settings, clinic):
    folder = make(settings, clinic, issued(settings, clinic).id).folder

    receipt = json.loads((folder / "receipt.json").read_text())

    assert receipt["persons"] == {
        "cohort": 12,
        "with_rows": 9,
        "died_before_window": 1,
        "only_outside_window": 1,
        "no_rows": 1,
    }
    (lab,) = (table for table in receipt["tables"] if table["table"] == "lab")
    assert lab["rows_of_cohort"] - lab["rows_outside_window"] == 36
    assert lab["persons_with_rows"] == 9


def test_the_index_date_comes_with_the_persons(settings, clinic):
    first_protein = EventCriterion(codes=CodeList.of("NPU", "NPU19748"))
    question = Question(index=first_protein)
    proposal = projects.demo_forms.proposal(
        question, today=NOW.date(), short_name="index"
    )
    with clinic.begin() as session:
        made = applications.create(session, "proposal", proposal, "rikke", at())
        for action, who in projects.PROPOSAL_PATHS["approved"]:
            projects.take(session, made.id, action, who)
    grant = issued(settings, clinic, project="index", date_policy="month")

    folder = make(settings, clinic, grant.id).folder

    days = column(folder, "population", "index_date")
    assert len(days) == 19
    assert {day.day for day in days} == {15}
    assert {day.year for day in days} == {2008}


def test_two_projects_get_unrelated_pseudonyms_of_the_same_persons(settings, clinic):
    projects.project(clinic, short_name="other")
    folders = [
        make(settings, clinic, issued(settings, clinic, project=slug).id).folder
        for slug in ("demo", "other")
    ]

    one, other = (set(column(each, "population", "pseudonym")) for each in folders)

    assert len(one) == len(other) == 12
    assert not one & other
