"""Which delivered columns no archived analysis names."""

import json

import pytest
from click.testing import CliRunner

from enclave.archive import shelf
from enclave.archive.layout import SOURCE
from enclave.archive.unread import unread
from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver
from enclave.errors import NotFoundError
from tests.builders import installation, project_forms
from tests.builders.installation import issued
from tests.builders.projects import at


@pytest.fixture
def clinic(settings, database):
    installation.set_up(settings, database)
    return database


def archive(settings, clinic, *cells):
    with clinic.begin() as session:
        project_forms.archive(session, "demo")
        (analysis,) = shelf.everything(session, "demo")
        folder = settings.archive / analysis.id
    folder.mkdir(parents=True)
    content = {"nbformat": 4, "cells": [cell(*one) for one in cells]}
    (folder / SOURCE).write_text(json.dumps(content))


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
        found = unread(session, settings, "demo")

    assert found.columns == ("person.sex", "person.birth_date", "lab.date")
    assert (found.analyses, found.of, found.version) == (1, 5, 1)


def test_without_analyses_nothing_is_read(settings, clinic):
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())

    said = CliRunner().invoke(enclave, ["delivery", "unread", "demo"], obj=settings)

    assert "lab.value" in said.output
    assert "5 of 5 columns of version 1 are named in none of 0" in said.output


def test_without_data_there_is_nothing_to_compare(settings, clinic):
    with clinic.begin() as session, pytest.raises(NotFoundError):
        unread(session, settings, "demo")


def test_a_data_manager_sees_it_for_all_projects_that_may_work(settings, database):
    installation.set_up_for_long(settings, database)
    nothing = CliRunner().invoke(enclave, ["delivery", "unread"], obj=settings)
    deliver(settings, database, issued(settings, database).id)

    said = CliRunner().invoke(enclave, ["delivery", "unread"], obj=settings)

    assert nothing.output == ""
    assert said.output.startswith("demo: 5 of 5 columns of version 1 are named in none")
