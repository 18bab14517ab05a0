"""A breakdown by a coded variable, whatever its codes look like."""

from enclave.cohort.question import Question
from enclave.feasibility.by_variable import LONGEST, OTHER, ByVariable
from enclave.store.disclosure_tables import StoredCell
from tests.builders.disclosure import a_gate, asker
from tests.builders.small_hospital import MAPPING, small_hospital


CODED = MAPPING.replace(
    "municipality, type: integer,", "municipality, code_system: SKS,"
)


def test_codes_that_can_name_no_cell_are_among_all_others(tmp_path, database):
    codes = ("101", OTHER, "x" * LONGEST, "y" * (LONGEST + 1))
    persons = "".join(
        f"p{number},F,1950-06-01,,{codes[number % 4]}\n" for number in range(40)
    )
    files = {
        "persons.csv": f"id,sex,born,died,municipality\n{persons}",
        "diagnoses.csv": "id,date,code\np0,2019-03-01,DE110\n",
        "labs.csv": "id,date,code,value,unit\np0,2019-03-10,NPU19748,12,mg/L\n",
        "vitals.csv": "id,date,code,value\np0,2019-03-10,sbp,140\n",
    }
    snapshot, by = (
        small_hospital(tmp_path, files, CODED),
        ByVariable("person.municipality"),
    )

    layout = by.layout(Question(), snapshot)
    assert layout.composed
    found = by.cells(Question(), snapshot)
    answer = a_gate(database).ask_cells(
        asker(), Question(), 1, layout, lambda _: by.cells(Question(), snapshot)
    )

    assert {name: len(who) for name, who in found.items()} == {
        OTHER: 20,
        "101": 10,
        "x" * LONGEST: 10,
    }
    assert [cell.name for cell in answer.cells] == list(layout.cells)
    # Only PostgreSQL holds to it.
    assert StoredCell.__table__.c.cell.type.length == LONGEST
