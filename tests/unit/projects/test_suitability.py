"""Whether the enclave suits a project: the four exemptions, and what follows."""

import pytest

from enclave.projects import suitability
from enclave.projects.form_warnings import warnings
from enclave.projects.forms import read
from tests.builders.projects import proposal_form


SUITS = {
    "tools": ["python", "r"],
    "data_types": ["tables"],
    "gigabytes": 20,
    "outputs_per_month": 2,
}


def proposal(**use):
    return read("proposal", proposal_form(enclave_use={**SUITS, **use}))


def test_a_project_that_suits_meets_no_exemption():
    assert suitability.findings(proposal()) == []


@pytest.mark.parametrize(
    ("use", "exemption", "advice"),
    [
        ({"tools": ["other"], "other_tools": "MATLAB"}, "tools", "delivery to an appr"),
        ({"tools": ["r", "sas"]}, "tools", "plan the analysis in R or Python"),
        ({"data_types": ["tables", "genomes"]}, "data_types", "genome or image platf"),
        ({"data_types": ["images"]}, "data_types", "derived variables"),
        ({"gigabytes": 2_001}, "volume", "agree on a cluster"),
        ({"outputs_per_month": 9}, "outputs", "let a dashboard answer"),
    ],
)
def test_each_exemption_is_told_with_what_follows(use, exemption, advice):
    (found,) = suitability.findings(proposal(**use))

    assert found.exemption == exemption
    assert advice in found.text
    said = {(one.field, one.message) for one in warnings(proposal(**use))}
    assert ("enclave_use", found.text) in said


@pytest.mark.parametrize("use", [{"gigabytes": 2_000}, {"outputs_per_month": 8}])
def test_what_is_just_possible_is_no_exemption(use):
    assert suitability.findings(proposal(**use)) == []


def test_all_four_are_told_together():
    use = {
        "tools": ["other"],
        "data_types": ["images"],
        "gigabytes": 5_000,
        "outputs_per_month": 30,
    }
    found = {one.exemption for one in suitability.findings(proposal(**use))}
    assert found == {*suitability.Exemption}
