from importlib import resources
from pathlib import Path

import pytest

from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave.errors import InputError
from enclave.tour.plan import TourPlan
from enclave.tour.result_steps import NOTEBOOKS
from enclave.warehouse.mapping import Mapping


PLANS = sorted(
    Path(file.name).stem
    for file in resources.files("enclave.tour").joinpath("plans").iterdir()
)


@pytest.mark.parametrize("mapping", PLANS)
def test_a_plan_fits_its_mapping(mapping: str):
    plan = TourPlan.for_mapping(mapping)
    tables = Mapping.load(mapping)
    known = {
        f"{table.name}.{column.name}"
        for table in tables.tables
        for column in table.columns
    }

    assert plan.mapping == mapping
    assert set(plan.justifications) <= known
    assert set(plan.question.variables) <= set(plan.justifications)
    assert (NOTEBOOKS / plan.notebook).is_file()


@pytest.mark.parametrize("mapping", PLANS)
def test_the_gate_answers_the_question_of_a_plan(mapping: str):
    plan = TourPlan.for_mapping(mapping)

    assert refusals(plan.question, policy().grammar) == []


def test_a_mapping_without_a_tour_is_refused_with_those_that_have_one():
    with pytest.raises(InputError, match="nafld, omop, synthetic"):
        TourPlan.for_mapping("ledger")
