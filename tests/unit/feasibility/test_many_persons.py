"""Questions that the engine answers, of more persons than it gives back in order."""

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Question, VariableWindow
from enclave.feasibility.cohorts import find, found_in_window
from enclave.feasibility.index.bitmaps import ordinals
from tests.builders.small_hospital import small_hospital


# Of fewer, the engine groups by person in order.
PERSONS = 6_000
DIABETES = EventCriterion(codes=CodeList.of("SKS", "DE11*"))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Make a hospital in which two of three have diabetes, and one of two a result."""
    numbers = range(PERSONS)
    born = "".join(f"p{n},F,{1930 + n % 60}-06-01,,101\n" for n in numbers)
    ill = "".join(f"p{n},2019-03-{1 + n % 28:02},DE110\n" for n in numbers if n % 3)
    results = "".join(f"p{n},2019-04-10,NPU19748,12,mg/L\n" for n in numbers if n % 2)
    files = {
        "persons.csv": f"id,sex,born,died,municipality\n{born}",
        "diagnoses.csv": f"id,date,code\n{ill}",
        "labs.csv": f"id,date,code,value,unit\n{results}",
        "vitals.csv": "id,date,code,value\np0,2019-03-10,sbp,140\n",
    }
    return small_hospital(tmp_path_factory.mktemp("large"), files)


def test_the_engine_finds_whom_the_index_finds(large):
    earliest = Question(index=DIABETES)
    # With nothing else to meet, the earliest is the first that fits.
    fitting = Question(index=DIABETES, index_rule="first_that_fits")

    by_index, by_engine = find(earliest, large), find(fitting, large)

    assert len(by_engine.persons) == PERSONS * 2 // 3
    assert by_engine.persons == by_index.persons
    who = ordinals(by_index.persons)
    assert (by_engine.first[who] == by_index.first[who]).all()


def test_whoever_has_a_value_in_the_window_is_found(large):
    window = VariableWindow(variable="lab.value", from_days=0, to_days=90)

    found = found_in_window(Question(index=DIABETES), window, large)

    assert len(found) == PERSONS // 3
    assert found <= find(Question(index=DIABETES), large).persons
