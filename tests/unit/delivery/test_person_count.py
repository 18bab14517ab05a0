"""Each person of a cohort is counted once, under the first reason that fits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from enclave.delivery.extraction import Tally
from enclave.delivery.person_count import Found, PersonCount, count_persons
from tests.builders.delivery import a_table


LAB, STAY, PERSON = map(a_table, ("lab.value", "stay.ward", "person.sex"))


def tally(counts: dict[int, tuple[int, int]]) -> Tally:
    """Persons with their rows, and their rows inside the window."""
    rows = np.array(list(counts.values()), dtype=np.int64).reshape(-1, 2)
    return Tally(np.array(list(counts), dtype=np.int64), rows[:, 0], rows[:, 1])


def count(cohort, deaths, *tallies) -> PersonCount:
    return count_persons(Found(np.array(cohort), np.array(deaths, np.int64), tallies))


def test_every_reason_once():
    found = count(
        [1, 2, 3, 4, 5],
        [2, 5],
        (LAB, tally({1: (3, 1), 3: (2, 0), 5: (1, 1)})),
        (STAY, tally({1: (1, 0), 2: (1, 0)})),
        (PERSON, tally(dict.fromkeys((1, 2, 3, 4, 5), (1, 1)))),
    )

    assert found == PersonCount(
        cohort=5, with_rows=2, died_before_window=1, only_outside_window=1, no_rows=1
    )


def test_the_table_of_persons_gives_nobody_rows():
    found = count([1, 2], [], (PERSON, tally({1: (1, 1), 2: (1, 1)})))

    assert (found.with_rows, found.no_rows) == (0, 2)


def test_nobody():
    assert count([], [], (LAB, tally({}))).cohort == 0


persons = st.integers(1, 30)
counts = st.dictionaries(
    persons,
    st.tuples(st.integers(1, 9), st.integers(0, 9)).map(lambda n: (sum(n), n[1])),
)


@given(st.sets(persons), st.sets(persons), counts, counts)
def test_the_parts_are_the_whole(cohort, deaths, lab, stay):
    lab, stay = (
        {key: n for key, n in table.items() if key in cohort} for table in (lab, stay)
    )

    found = count(
        sorted(cohort), sorted(deaths & cohort), (LAB, tally(lab)), (STAY, tally(stay))
    )

    inside = {key for table in (lab, stay) for key, (_, n) in table.items() if n}
    others = cohort - inside
    assert found.with_rows == len(inside)
    assert found.died_before_window == len(others & deaths)
    assert found.only_outside_window == len((others - deaths) & (lab.keys() | stay))
    parts = found.model_dump()
    assert parts.pop("cohort") == sum(parts.values()) == len(cohort)
