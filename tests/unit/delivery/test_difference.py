"""What changed between two versions, and why."""

import csv
import json
from datetime import date

import pytest
from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver, enqueue_daily
from enclave.delivery.difference import difference
from enclave.errors import InputError
from enclave.projects import lifecycle
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation
from tests.builders.installation import issued
from tests.builders.projects import at


def load(settings, persons, labs):
    folder = settings.home.parent / "clinic"
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("persons", persons), ("labs", labs)):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    mapping = Mapping.model_validate(installation.MAPPING)
    Warehouse(settings).load(str(folder), mapping, clock=at())


def number(clinic):
    with clinic.begin() as session:
        return lifecycle.get(session, "demo").number


@pytest.fixture
def changed(settings, clinic):
    """One patient is new, one is a woman now, one opted out, one value is corrected."""
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
    load(settings, persons, labs)
    deliver(settings, clinic, grant.id, clock=at())
    return clinic


def test_each_change_has_its_reason(settings, changed):
    found = difference(settings, "demo", number(changed), 1, 2)

    assert {said.code: said.n for said in found.statements} == {
        "new_patients": 1,
        "fit_now": 1,
        "left_warehouse": 1,
        "fit_no_more": 1,
        "rows_of_new": 5,
        "rows_of_gone": 8,
        "rows_added": 2,
        "rows_corrected": 1,
    }
    (lab,) = [change for change in found.tables if change.table == "lab"]
    assert lab.model_dump() == {
        "table": "lab",
        "of_new_persons": 5,
        "of_gone_persons": 8,
        "added": 2,
        "removed": 1,
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


def test_daily_grants_are_queued_once_for_each_snapshot(settings, clinic):
    daily, once = (issued(settings, clinic, refresh=how) for how in ("daily", "once"))

    first = enqueue_daily(settings, clinic, actor="mads", clock=at())
    second = enqueue_daily(settings, clinic, actor="mads", clock=at())

    assert first == second
    assert [grant for grant, _ in first] == [daily.id]
    assert once.id != daily.id
