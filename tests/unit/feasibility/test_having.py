"""How many of a cohort have a code, however many sets say who has it."""

import duckdb
import pytest
from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.feasibility.having import numbers_having
from enclave.feasibility.index.members import Members
from tests.builders.cohort import a_person, an_event
from tests.builders.index import an_index


# Person 3 has both codes, and each twice: with a daily load, in both segments.
HAVE = {"DE110": [1, 3, 3, 5], "DE119": [2, 3, 3], "DI10": [1, 4]}


@pytest.mark.parametrize("split", [False, True])
def test_who_has_several_of_the_codes_counts_once(tmp_path, split):
    events = [an_event(who, code) for code, people in HAVE.items() for who in people]
    people = [a_person(key) for key in range(1, 7)]
    index = an_index(people, events, tmp_path, duckdb.connect(), split=split)
    lists = [CodeList.of("SKS", code) for code in ("DE11*", "DE119", "DI1*", "DX*")]

    def having(who):
        return numbers_having(Members.of(BitMap(who), 6), index, lists)

    assert having(range(6)) == [4, 2, 2, 0]
    assert having([2, 3]) == [1, 1, 1, 0]
    assert having([]) == [0, 0, 0, 0]
