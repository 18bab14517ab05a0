"""What changed between two versions, and why."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver
from enclave.delivery.difference import difference
from enclave.errors import InputError
from enclave.identity.opt_outs import OptOut, OptOuts, Source
from enclave.projects import lifecycle
from enclave.projects.forms import DatePolicy
from tests.builders import installation, projects
from tests.builders.installation import issued, load_rows
from tests.builders.projects import NOW, at


def number(clinic):
    with clinic.begin() as session:
        return lifecycle.get(session, "demo").number


def says_no(settings, *ids):
    lines = [OptOut(each, date(2026, 1, 1)) for each in ids]
    OptOuts.of(settings).record(lines, Source.EHDS, kind="clinic", at=NOW)


@pytest.fixture
def changed(settings, clinic):
    """New: a patient, a woman. Gone: one unknown now, one opted out, one a man now.

    One value is corrected, one came late.
    """
    grant = issued(settings, clinic, refresh="daily")
    deliver(settings, clinic, grant.id, clock=at())
    persons = [row for row in installation.persons() if row["id"] != "p1"]
    for row in persons:
        row["sex"] = "female" if row["id"] == "p13" else row["sex"]
        row["sex"] = "male" if row["id"] == "p12" else row["sex"]
    persons.append({**persons[0], "id": "p99", "sex": "female"})
    labs = [row for row in installation.labs() if row["id"] != "p1"]
    second = [row for row in labs if row["id"] == "p2"]
    second[3]["value"] = 77
    day = date(2015, 1, 1)
    labs.append({"id": "p99", "day": day, "code": "NPU19748", "value": 1})
    labs.append({"id": "p2", "day": day, "code": "NPU19748", "value": 1})
    says_no(settings, "p6")
    load_rows(settings, persons, labs)
    deliver(settings, clinic, grant.id, clock=at())
    return clinic


def test_each_change_has_its_reason(settings, changed):
    found = difference(settings, "demo", number(changed), 1, 2)

    assert {said.code: said.n for said in found.statements} == {
        "new_patients": 1,
        "corrected_in": 1,
        "opted_out": 1,
        "left_warehouse": 1,
        "corrected_out": 1,
        "rows_of_new": 5,
        "rows_of_gone": 12,
        "rows_late": 2,
        "rows_corrected": 1,
    }
    (lab,) = [change for change in found.tables if change.table == "lab"]
    assert lab.model_dump() == {
        "table": "lab",
        "of_new_persons": 5,
        "of_gone_persons": 12,
        "added": 2,
        "removed": 1,
        "late": 2,
        "corrected_persons": 1,
    }


def test_the_same_twice_is_no_change(settings, clinic):
    grants = [issued(settings, clinic).id for _ in range(2)]
    for grant in grants:
        deliver(settings, clinic, grant, clock=at())

    found = difference(settings, "demo", number(clinic), 1, 2)

    assert [said.code for said in found.statements] == ["other_grant", "same_persons"]


def test_versions_without_parquet_are_not_compared(settings, clinic):
    for _ in range(2):
        grant = issued(settings, clinic, formats=("csv",))
        deliver(settings, clinic, grant.id, clock=at())

    with pytest.raises(InputError, match="only Parquet is compared"):
        difference(settings, "demo", number(clinic), 1, 2)


def test_the_command_says_it_in_either_language(settings, changed):
    del changed

    def run(*words):
        command = ["delivery", "diff", "demo", "1", "2", *words]
        return CliRunner().invoke(enclave, command, obj=settings).output

    assert "did not know before: 1." in run()
    assert "ikke kendte før: 1." in run("--language", "da")
    assert json.loads(run("--json"))["new"] == 2


@pytest.mark.parametrize("policy", DatePolicy)
def test_late_data_are_told_from_new_ones_under_each_date_policy(
    settings, database, policy
):
    """A result of before the first snapshot that came late, and one of after it."""
    rows = installation.persons(), installation.labs()
    load_rows(settings, *rows, at(date(2016, 6, 15)))
    projects.cast(database)
    projects.project(database)
    grant = issued(settings, database, refresh="daily", date_policy=policy)
    deliver(settings, database, grant.id, clock=at())
    lab = {"id": "p2", "code": "NPU19748", "value": 1}
    rows[1].extend({**lab, "day": date(year, 1, 1)} for year in (2015, 2017))
    load_rows(settings, *rows)
    deliver(settings, database, grant.id, clock=at())

    found = difference(settings, "demo", number(database), 1, 2)

    counted = {said.code: said.n for said in found.statements}
    assert counted == {"same_persons": None, "rows_late": 1, "rows_added": 1}
