"""Breakdowns and availability of loaded data, and exact counts for data managers."""

import json
import math

import pytest
from sqlalchemy import select

from enclave.cohort.question import VariableWindow
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.feasibility.by_codes import ByCodes, Code
from enclave.feasibility.by_variable import ByVariable
from enclave.feasibility.cells import ByAvailability, BySexAndAge, ByYear, persons
from enclave.feasibility.code_bands import release
from enclave.feasibility.counting import count
from enclave.feasibility.service import FeasibilityService
from enclave.feasibility.steward import exact_count
from enclave.settings import Settings
from enclave.store.audit_tables import AuditEntry
from enclave.store.disclosure_tables import (
    AnsweredCohort,
    Snap,
    StoredAnswer,
    StoredCell,
)
from enclave.warehouse.warehouse import Warehouse
from tests.builders.disclosure import but_not, event, lab, question


DIABETES = event("DE11")
REASON = "Feasibility analysis asked for by the department"


@pytest.fixture
def service(hospital: Settings, database):
    return FeasibilityService(hospital, database)


@pytest.fixture
def snapshot(hospital: Settings):
    return Warehouse(hospital).snapshot()


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        (BySexAndAge(), question(DIABETES)),
        (BySexAndAge(), question(index=DIABETES)),
        (ByYear(), question(index=DIABETES)),
    ],
)
def test_everybody_is_in_one_cell(by, asked, snapshot):
    cells = by.cells(asked, snapshot)

    assert tuple(cells) == by.layout(asked, snapshot).cells
    assert len(cells) == 20
    everybody = persons(asked, snapshot)
    assert sum(map(len, cells.values())) == len(everybody) > 100
    assert everybody == type(everybody).union(*cells.values())


def test_sexes_are_sorted_as_they_are_counted(snapshot):
    cells = BySexAndAge().cells(question(DIABETES), snapshot)

    women = sum(len(found) for name, found in cells.items() if "female" in name)
    assert women == count(question(DIABETES, sex="female"), snapshot)


def test_who_has_a_value_is_counted_once(snapshot):
    asked = question(DIABETES)
    by = ByAvailability(("lab.value", "person.sex"))
    cells = by.cells(asked, snapshot)

    assert by.layout(asked, snapshot).cells == ("all", "lab.value", "person.sex")
    assert len(cells["all"]) == len(cells["person.sex"]) == count(asked, snapshot)
    assert cells["lab.value"] <= cells["all"]


def test_a_breakdown_costs_one_question_and_adds_up(service, database):
    first = service.breakdown("rikke", question(DIABETES), "sex-age")
    again = service.breakdown("rikke", question(DIABETES), "sex-age")

    assert first.total.budget_left == again.total.budget_left == 39
    assert again.total.answered_before
    assert again.cells == first.cells
    with database.begin() as session:
        [stored] = session.scalars(select(StoredAnswer))
        noisy = [cell.noisy for cell in session.scalars(select(StoredCell))]
    assert len(noisy) == 20
    assert stored.noisy == sum(noisy)


def test_a_hidden_cell_says_why_and_what_would_show_it(service):
    # Nobody has this diagnosis, and all twenty cells are there.
    answer = service.breakdown("rikke", question(event("DQ99")), "sex-age")

    hidden = [cell for cell in answer.cells if cell.value is None]
    assert len(answer.cells) == 20
    assert len(hidden) > 10
    assert {cell.shown for cell in hidden} == {"fewer than 20"}
    assert all("wider question" in cell.hidden_en for cell in hidden)
    assert all("bredere spørgsmål" in cell.hidden_da for cell in hidden)
    shown = [cell for cell in answer.cells if cell.value is not None]
    assert all(cell.hidden_en is cell.hidden_da is None for cell in shown)


def test_a_breakdown_is_another_question_than_the_count(service):
    service.count("rikke", question(DIABETES))
    service.breakdown("rikke", question(index=DIABETES), "index-year")
    answer = service.breakdown("rikke", question(DIABETES), "sex-age")

    assert answer.total.budget_left == 37


def test_more_variables_have_more_noise_and_the_same_price(service):
    one = service.availability("rikke", question(DIABETES), ["lab.value"])
    more = service.availability(
        "rikke", question(DIABETES), ["lab.value", "person.sex", "lab.unit"]
    )

    assert one.sigma == pytest.approx(10 * math.sqrt(2))
    assert more.sigma == pytest.approx(20)
    assert more.total.budget_left == 38
    assert [cell.name for cell in more.cells] == [
        "all",
        "lab.unit",
        "lab.value",
        "person.sex",
    ]


def test_numbers_and_years_cost_one_question_and_stay(service, database):
    names = ["lab.value", "person.sex"]
    first = service.extent("rikke", question(), names)
    again = service.extent("rikke", question(), names[::-1])

    assert again.answered_before
    assert first.budget_left == again.budget_left == 39
    assert again.said == first.said
    assert first.sigma == pytest.approx(10 * math.sqrt(2 * 4))
    lab, sex = first.said
    assert (lab.name, sex.name) == ("lab.value", "person.sex")
    # 900 persons with one sex each, which has no date.
    assert (sex.median_from, sex.median_to, sex.first_year) == (1, 1, None)
    assert lab.median_from > 1
    assert 1977 <= lab.first_year < lab.last_year <= 2026
    with database.begin() as session:
        [stored] = session.scalars(select(StoredAnswer))
        noisy = [cell.noisy for cell in session.scalars(select(StoredCell))]
        [kept] = session.scalars(select(AnsweredCohort))
    assert stored.noisy == sum(noisy)
    # The cohort alone is kept, not each of more than fifty cells.
    assert len(noisy) > 50
    assert len(kept.sealed) < 10_000


def test_numbers_and_years_of_nearly_the_same_patients_are_the_same(service, database):
    everybody = service.extent("rikke", question(), ["lab.value"])
    # Nobody has this, so that all others are everybody.
    nearly = service.extent("rikke", question(but_not(event("DQ99"))), ["lab.value"])

    with database.begin() as session:
        snapped = session.scalars(select(Snap)).all()
    # The edge is blurred: now and then, nothing is near enough.
    assert not snapped or nearly.said == everybody.said
    assert nearly.budget_left == 38


def test_of_few_patients_numbers_and_years_are_hidden(service):
    nobody = question(event("DQ99"), event("DQ98"))
    answer = service.extent("rikke", nobody, ["lab.value", "lab.unit", "person.sex"])

    hidden = [one for one in answer.said if one.hidden_en]
    assert len(hidden) >= 2
    assert all("Fewer variables at once" in one.hidden_en for one in hidden)
    assert all("Færre variable ad gangen" in one.hidden_da for one in hidden)


def test_halves_of_a_cohort_come_to_the_numbers_of_the_whole(service, database):
    with_it = question(DIABETES, event("DI10"))
    without = question(DIABETES, but_not(event("DI10")))
    for asked in (question(DIABETES), with_it, without):
        service.extent("rikke", asked, ["lab.value"])

    with database.begin() as session:
        answers = session.scalars(select(StoredAnswer).order_by(StoredAnswer.at)).all()
        snapped = session.scalars(select(Snap)).all()
    whole, *halves = (one.noisy for one in answers)
    assert snapped or whole == sum(halves)


def test_a_breakdown_by_a_coded_variable(service, snapshot):
    by = ByVariable("person.municipality")
    cells = by.cells(question(DIABETES), snapshot)
    answer = service.breakdown("rikke", question(DIABETES), "person.municipality")

    names = [cell.name for cell in answer.cells]
    assert names == [*cells] == [*by.layout(question(DIABETES), snapshot).cells]
    assert names[0] == "other"
    assert len(names) > 5
    assert sum(map(len, cells.values())) == count(question(DIABETES), snapshot)
    with snapshot.connect() as connection:
        of_one = f"FROM person SELECT count(*) WHERE municipality = '{names[1]}'"
        ((persons_there,),) = connection.sql(of_one).fetchall()
    assert len(by.cells(question(), snapshot)[names[1]]) == persons_there >= 5
    assert answer.sigma == 10
    assert answer.total.budget_left == 39


def test_availability_in_a_window_is_asked_through_the_gate(service):
    windows = (VariableWindow(variable="lab.value", from_days=0, to_days=90),)
    asked = question(index=DIABETES).model_copy(
        update={"variables": ("lab.value",), "variable_windows": windows}
    )

    within = service.availability("rikke", asked, ["lab.value", "person.sex"])
    ever = service.availability(
        "rikke", question(index=DIABETES), ["lab.value", "person.sex"]
    )

    assert ever.total.budget_left == 38
    assert not ever.total.answered_before
    assert [cell.name for cell in within.cells] == ["all", "lab.value", "person.sex"]


@pytest.mark.parametrize(
    ("variables", "error", "complaint"),
    [
        ([], InputError, "1 to 100 variables"),
        (["lab.value"] * 101, InputError, "1 to 100 variables"),
        (["lab.nothing"], NotFoundError, "nothing"),
        (["code.code"], InputError, "not about persons"),
    ],
)
def test_variables_that_cannot_be_asked_for(service, variables, error, complaint):
    with pytest.raises(error, match=complaint):
        service.availability("rikke", question(DIABETES), variables)

    assert service.budget("rikke").left == 40


def test_a_year_needs_an_index_event(service):
    with pytest.raises(InputError, match="add one, or ask for sex and age"):
        service.breakdown("rikke", question(lab()), "index-year")


def test_a_breakdown_of_what_is_too_fine_is_refused(service):
    with pytest.raises(PolicyRefusal, match="prefixes of 4"):
        service.breakdown("rikke", question(event("DE112")), "sex-age")


def test_a_data_manager_counts_exactly_and_on_the_record(hospital, database, snapshot):
    asked = question(event("DE112"))

    found = exact_count(hospital, database, "mads", asked, REASON)

    assert found.exact_persons == count(asked, snapshot)
    with database.begin() as session:
        entry = session.scalars(
            select(AuditEntry).order_by(AuditEntry.number.desc())
        ).first()
        assert session.scalars(select(StoredAnswer)).all() == []
    assert (entry.actor, entry.action) == ("mads", "question.exact")
    assert json.loads(entry.details) == {"question": asked.digest, "reason": REASON}


def test_nobody_else_counts_exactly(hospital, database):
    with pytest.raises(PolicyRefusal, match="for data managers alone"):
        exact_count(hospital, database, "rikke", question(), REASON)


@pytest.mark.parametrize("reason", ["", "because", " " * 40])
def test_without_a_reason_nothing_is_counted(hospital, database, reason):
    with pytest.raises(InputError, match="Say why"):
        exact_count(hospital, database, "mads", question(), reason)


def test_who_has_a_code_is_counted_in_its_cell(service, snapshot):
    asked = question(index=DIABETES)
    codes = [Code("SKS", "DE11"), Code("SKS", "DI10"), Code("NPU", "NPU19748")]
    by = ByCodes(codes, service.policy.grammar)
    kept = by.cells(asked, snapshot)
    sizes = by.sizes(kept, snapshot)

    # Whoever has a code follows from the cohort: only that is kept.
    assert tuple(kept) == by.layout(asked, snapshot).kept_sets == ("all",)
    assert {*sizes} == {*by.layout(asked, snapshot).cells}
    assert sizes["SKS DE11"] == sizes["all"] == len(kept["all"])
    with_both = count(question(event("DI10"), index=DIABETES), snapshot)
    assert 0 < sizes["SKS DI10"] == with_both < sizes["all"]

    answer = service.codes("rikke", asked, codes)
    assert answer.cells[0].name == "all"
    assert math.isclose(answer.sigma, 10 * math.sqrt(4))
    assert service.codes("rikke", asked, codes[::-1]).total.answered_before
    assert service.codes("rikke", asked, codes[::-1] + codes).cells == answer.cells


@pytest.mark.parametrize(
    "codes",
    [
        [],
        [Code("SKS", "DE119")],
        [Code("SKS", "DE11\x14")],
        [Code("", "DE11")],
        [Code("SHAK", "1301")],
        [Code("SKS", f"DA{number:02d}") for number in range(21)],
    ],
)
def test_codes_too_fine_or_too_many_are_refused_for_nothing(service, codes):
    with pytest.raises(InputError):
        service.codes("rikke", question(DIABETES), codes)

    assert service.budget("rikke").left == service.policy.person_30_days


def test_also_takes_the_codes_that_everybody_may_see(hospital, database, service):
    asked = question(DIABETES)
    with pytest.raises(NotFoundError, match="release-bands"):
        service.also("rikke", asked, "SKS")
    release(hospital, database, "mads")

    answer = service.also("rikke", asked, "SKS")

    names = {cell.name for cell in answer.cells}
    assert len(names) == 21
    assert "SKS DE11" not in names
    assert service.also("rikke", asked, "SKS").total.answered_before


def test_what_a_criterion_costs_is_what_its_variants_count(service):
    asked = question(DIABETES, lab(), sex="female")

    found = service.costs("rikke", asked)

    assert [one.number for one in found.criteria] == [0, 1]
    left = found.budget_left
    assert left == service.policy.person_30_days - 3
    alone = service.count("rikke", question(DIABETES, sex="female"))
    assert alone.answered_before
    assert alone.value == found.criteria[0].alone.value
    assert alone.value == found.criteria[1].without.value
    assert found.cohort.value == service.count("rikke", asked).value
    with pytest.raises(InputError, match="no criterion"):
        service.costs("rikke", question(sex="female"))
