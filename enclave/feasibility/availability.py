"""Whether the data are there: who of a cohort has values of which variable.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from enclave.cohort.availability import available
from enclave.cohort.evaluation import run
from enclave.cohort.question import Question, VariableWindow
from enclave.errors import InputError
from enclave.feasibility.finding import find, index_of
from enclave.feasibility.index.bitmaps import ordinals
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.presence import NO_YEAR
from enclave.warehouse.catalogue import Variable
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Availability:
    """How much of a variable there is for a cohort, at any time or in its window.

    Attributes
    ----------
    persons
        With at least one value.
    values
        Of all of them together.
    first_year, last_year
        Of the rows with a value; ``None`` where no such row has a date.
    """

    variable: str
    persons: int
    values: int
    first_year: int | None
    last_year: int | None


def availability(
    question: Question, snapshot: Snapshot, variables: Sequence[str]
) -> list[Availability]:
    """Return for each variable how much of it there is for a cohort.

    Parameters
    ----------
    variables
        Full names, ``lab.value``; in the window that the question gives them, or at any
        time.

    Raises
    ------
    NotFoundError
        If the catalogue has no such variable.
    InputError
        If a variable is not about persons.
    """
    asked = [_about_persons(name, snapshot) for name in variables]
    if not asked:
        return []
    index = index_of(snapshot)
    member = np.zeros(len(index), dtype=np.bool_)
    member[ordinals(find(question, snapshot).persons)] = True
    windows = {each.variable: each for each in question.variable_windows or ()}
    return [
        _in_window(question, windows[each.full_name], snapshot)
        if each.full_name in windows
        else _available(each, index, member)
        for each in asked
    ]


def _in_window(
    question: Question, window: VariableWindow, snapshot: Snapshot
) -> Availability:
    date = snapshot.catalogue.table(window.variable.split(".")[0]).role("date")
    if date is None:
        raise InputError(
            f"{window.variable} has no date, so it cannot be asked for in a window:"
            " take the window out."
        )
    with snapshot.connect() as connection:
        (found,) = run(available(question, window, date.name), connection).to_pylist()
    return Availability(variable=window.variable, **found)


def _about_persons(name: str, snapshot: Snapshot) -> Variable:
    variable = snapshot.catalogue.variable(name)
    if snapshot.catalogue.table(variable.table).kind == "reference":
        raise InputError(
            f"{name} is not about persons, so nobody has a value in it. Ask"
            " for variables of a table of persons or of events."
        )
    return variable


def _available(variable: Variable, index: Index, member: np.ndarray) -> Availability:
    values = np.zeros(len(index), dtype=np.int64)
    first, last = [], []
    for segment in index.segments:
        if segment.manifest.table != variable.table:
            continue
        number = segment.manifest.presence[variable.name]
        if number is not None:
            presence = segment.presence_of(number)
            who = ordinals(presence.persons)
            inside = member[who]
            values[who[inside]] += presence.values[inside]
            first.append(presence.first[inside])
            last.append(presence.last[inside])
    each = values[values > 0]
    return Availability(
        variable=variable.full_name,
        persons=len(each),
        values=int(each.sum()),
        first_year=_year(first, np.min),
        last_year=_year(last, np.max),
    )


def _year(
    parts: list[np.ndarray], pick: Callable[[np.ndarray], np.integer[Any]]
) -> int | None:
    years = np.concatenate(parts) if parts else np.empty(0, np.uint16)
    known = years[years != NO_YEAR]
    return int(pick(known)) if len(known) else None
