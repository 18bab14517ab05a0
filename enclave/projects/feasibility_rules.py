"""Rules of the feasibility request that need more than the form."""

from collections.abc import Iterator
from datetime import date

from enclave.projects.form_rules import variable_problems
from enclave.projects.forms import FeasibilityRequestForm, Problem, Window
from enclave.warehouse.catalogue import Catalogue


def problems(
    form: FeasibilityRequestForm, today: date, catalogue: Catalogue
) -> list[Problem]:
    """Return what keeps a feasibility request from being submitted."""
    return [
        *variable_problems(form.variables, catalogue),
        *_about_persons(form, catalogue),
        *_window(form.window, catalogue),
        *_years(form),
        *_deadline(form, today),
    ]


def _about_persons(
    form: FeasibilityRequestForm, catalogue: Catalogue
) -> Iterator[Problem]:
    reference = {table.name for table in catalogue.tables if table.kind == "reference"}
    for number, name in enumerate(form.variables):
        if name.partition(".")[0] in reference:
            yield Problem(
                f"variables[{number}]",
                f"{name} is not about persons, so nobody has a value in it: remove it",
            )


def _window(window: Window, catalogue: Catalogue) -> Iterator[Problem]:
    starts = [table.coverage_from for table in catalogue.tables if table.coverage_from]
    ends = [table.coverage_to for table in catalogue.tables if table.coverage_to]
    if not starts or not ends:
        return
    if window.start < min(starts) or window.end > max(ends):
        yield Problem(
            "window",
            f"is not inside what the warehouse has, {min(starts)} to {max(ends)}:"
            " choose days in that period",
        )


def _years(form: FeasibilityRequestForm) -> Iterator[Problem]:
    if "index-year" in form.counts_by and form.population.index is None:
        yield Problem(
            "counts_by",
            "index-year needs an index event in the patient group: add one, or leave"
            " the years out",
        )


def _deadline(form: FeasibilityRequestForm, today: date) -> Iterator[Problem]:
    if form.deadline is not None and form.deadline < today:
        yield Problem("deadline", "has passed: give a day from today on")
