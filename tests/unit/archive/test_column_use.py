"""Which delivered columns nobody has read."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from enclave.archive import shelf
from enclave.archive.column_use import column_use
from enclave.archive.layout import RUN_LOG, SOURCE
from enclave.archive.run_record import RunRecord, Software, Status
from enclave.archive.run_times import RunTimes
from enclave.cli.main import enclave
from enclave.delivery import readings as told
from enclave.delivery.deliver import deliver
from enclave.errors import InputError, NotFoundError
from enclave.store.project_tables import Membership
from tests.builders import installation, project_forms
from tests.builders.installation import issued
from tests.builders.projects import NOW, TODAY, at


@pytest.fixture
def clinic(settings, database):
    installation.set_up(settings, database)
    return database


def archive(settings, clinic, *cells, readings=None):
    with clinic.begin() as session:
        project_forms.archive(session, "demo")
        (analysis,) = shelf.everything(session, "demo")
        folder = settings.archive / analysis.id
    folder.mkdir(parents=True)
    content = {"nbformat": 4, "cells": [cell(*one) for one in cells]}
    (folder / SOURCE).write_text(json.dumps(content))
    software = Software(kernel="python-2026.12")
    record = RunRecord(
        status=Status.COMPLETED, seconds=1, software=software, readings=readings
    )
    times = RunTimes(started=NOW, ended=NOW, record=record)
    (folder / RUN_LOG).write_text(times.model_dump_json())


def cell(kind, source):
    return {"cell_type": kind, "source": source}


def test_columns_are_read_if_code_names_them(settings, clinic):
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    archive(
        settings,
        clinic,
        ("markdown", "We adjusted for sex and birth_date."),
        ("code", "lab.groupby('code').value.mean()\n# dates are not used: date_of_x"),
    )

    with clinic.begin() as session:
        found = column_use(session, settings, "demo")

    assert found.unread == ("person.sex", "person.birth_date", "lab.date")
    assert (found.analyses, found.untraced, found.version) == (1, 1, 1)


def test_what_a_traced_run_read_counts_and_not_what_it_names(settings, clinic):
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    names_all = ("code", "use(project, 'sex', 'birth_date', 'date', 'code', 'value')")
    archive(settings, clinic, names_all, readings=("lab.code", "person.sex"))

    with clinic.begin() as session:
        found = column_use(session, settings, "demo")

    assert found.unread == ("person.birth_date", "lab.date", "lab.value")
    assert (found.analyses, found.untraced) == (1, 0)


@pytest.mark.parametrize(
    "code",
    [
        "pandas.read_parquet('/project/data/lab.parquet').value.mean()",
        "open(folder / 'lab.parquet'); value",
        'read.csv(file.path(Sys.getenv("ENCLAVE_DATA"), name))$value',
    ],
)
def test_of_an_analysis_that_opens_files_what_it_names_counts_too(
    settings, clinic, code
):
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    archive(settings, clinic, ("code", code), readings=("lab.code",))

    with clinic.begin() as session:
        found = column_use(session, settings, "demo")

    assert found.unread == ("person.sex", "person.birth_date", "lab.date")
    assert found.untraced == 1


def test_what_was_read_in_a_workspace_is_on_record_by_its_last_day(settings, clinic):
    grant = issued(settings, clinic, formats=["csv"]).id
    deliver(settings, clinic, grant, clock=at())
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    later = TODAY + timedelta(days=3)
    with clinic.begin() as session:
        for day in (TODAY, later):
            told.record(session, settings, "demo", "rikke", [(2, "lab.value")], at(day))

    with clinic.begin() as session:
        found = column_use(session, settings, "demo")
        of_csv = column_use(session, settings, "demo", 1)
        before = column_use(session, settings, "demo", until=TODAY - timedelta(days=1))

    assert {use.column: use.last for use in found.columns if use.read} == {
        "lab.value": later
    }
    assert "lab.value" not in found.unread
    assert "lab.value" in before.unread
    assert (of_csv.unread, of_csv.file_only) == ((), ("person", "lab"))


def test_only_what_a_person_may_read_is_taken_from_their_workspace(settings, clinic):
    """Of all else the answer is the same: it tells nothing of others' versions."""
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    with clinic.begin() as session:
        session.add(
            Membership(project_number=1, account="anne", role="member", since=TODAY)
        )
    others = issued(settings, clinic, members=["anne"], variables=["person.sex"])
    deliver(settings, clinic, others.id, clock=at())
    refusals = set()
    for wrong in ((1, "lab.ssn"), (2, "person.sex"), (2, "lab.ssn"), (9, "x.y")):
        with clinic.begin() as session, pytest.raises(InputError) as caught:
            told.record(session, settings, "demo", "rikke", [wrong], at())
        refusals.add(str(caught.value).replace(f"version {wrong[0]}", "version N"))

    assert len(refusals) == 1
    with clinic.begin() as session:
        told.record(session, settings, "demo", "anne", [(2, "person.sex")], at())


def test_without_analyses_nothing_is_read(settings, clinic):
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())

    said = CliRunner().invoke(enclave, ["delivery", "unread", "demo"], obj=settings)

    assert "lab.value" in said.output
    assert "5 of 5 columns of version 1 were read in no workspace" in said.output


def test_without_data_there_is_nothing_to_compare(settings, clinic):
    with clinic.begin() as session, pytest.raises(NotFoundError):
        column_use(session, settings, "demo")


def test_a_data_manager_sees_it_for_all_projects_that_may_work(settings, database):
    installation.set_up_for_long(settings, database)
    nothing = CliRunner().invoke(enclave, ["delivery", "unread"], obj=settings)
    deliver(settings, database, issued(settings, database).id)

    said = CliRunner().invoke(enclave, ["delivery", "unread"], obj=settings)

    assert nothing.output == ""
    assert said.output.startswith("demo: 5 of 5 columns of version 1 were read in no")
