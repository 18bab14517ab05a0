"""The shipped mappings over a few rows written as their sources write them."""

from datetime import date

import pytest

from enclave.errors import InputError
from enclave.settings import Settings
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse


# CDM 5.4 as the specification has it: lower case, plain headers.
OMOP = {
    "person": """\
person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,\
person_source_value,race_concept_id,ethnicity_concept_id
1,8532,1950,2,28,0101500017,8527,0
2,8507,1960,,,0202600028,0,0
3,8551,1970,5,,0303700039,0,0
""",
    "death": """\
person_id,death_date,cause_concept_id,death_type_concept_id
2,2015-06-01,0,32815
2,2015-05-31,4329847,32815
""",
    "visit_occurrence": """\
person_id,visit_concept_id,visit_start_date,visit_end_date,visit_type_concept_id
1,9201,2010-01-01,2010-01-04,32817
""",
    "condition_occurrence": """\
person_id,condition_concept_id,condition_start_date,condition_source_value
1,192671,2010-01-01,K92.2
1,0,2010-01-02,local
""",
    "measurement": """\
person_id,measurement_concept_id,measurement_date,value_as_number,\
operator_concept_id,unit_source_value,range_low,range_high,value_source_value
1,3020460,2010-01-01,4,4171756,mg/L,0,10,<4
2,3020460,2010-01-01,12.5,4172703,mg/L,0,10,12.5
""",
    "concept": """\
concept_id,concept_name
192671,Gastrointestinal hemorrhage
4329847,Myocardial infarction
""",
    "concept_ancestor": """\
ancestor_concept_id,descendant_concept_id,min_levels_of_separation
192671,192671,0
4000609,192671,1
440024,192671,3
""",
}
NAFLD = {
    "nafld1": """\
id,age,male,weight,height,bmi,case.id,futime,status
1,57,0,60.0,163,22.7,2,6261,0
2,67,1,NA,,,2,624,1
""",
    "nafld2": "id,days,test,value\n1,-459,hdl,75\n1,183,sbp,120\n2,0,fib4,2.7\n",
    "nafld3": "id,days,event\n2,0,nafld\n1,-1287,htn\n1,NA,htn\n",
}


def load(folder, name, files):
    (folder / "source").mkdir()
    for table, text in files.items():
        (folder / "source" / f"{table}.csv").write_text(text)
    stored = Warehouse(Settings.at(folder / "home"))
    report = stored.load(str(folder / "source"), Mapping.load(name))
    found = [(each.table, each.rule, each.rows) for each in report.problems]
    return stored.snapshot(), found


@pytest.fixture(scope="module")
def omop(tmp_path_factory):
    return load(tmp_path_factory.mktemp("omop"), "omop", OMOP)


@pytest.fixture(scope="module")
def nafld(tmp_path_factory):
    return load(tmp_path_factory.mktemp("nafld"), "nafld", NAFLD)


def rows(snapshot, query):
    with snapshot.connect() as engine:
        return engine.execute(query).fetchall()


def test_omop_persons(omop):
    snapshot, found = omop

    assert found == []
    assert rows(
        snapshot, "FROM person SELECT * EXCLUDE person ORDER BY birth_date"
    ) == [
        ("female", date(1950, 2, 28), None, "8527", None),
        ("male", date(1960, 7, 1), date(2015, 5, 31), None, None),
        (None, date(1970, 5, 15), None, None, None),
    ]


def test_omop_tables_that_a_site_lacks_are_left_out(omop):
    snapshot, _ = omop

    assert set(snapshot.manifest.tables) == {
        "person",
        "death",
        "visit",
        "condition",
        "measurement",
        "code",
        "code_ancestor",
    }


def test_omop_results_have_operator_unit_and_limits(omop):
    snapshot, _ = omop

    found = rows(
        snapshot,
        "FROM events SELECT code, code_system, value, operator, unit, low, high"
        " WHERE \"table\" = 'measurement' ORDER BY value",
    )
    assert found == [
        ("3020460", "OMOP", 4.0, "<", "mg/L", 0.0, 10.0),
        ("3020460", "OMOP", 12.5, "=", "mg/L", 0.0, 10.0),
    ]


def test_omop_concept_0_is_no_code_but_the_row_stays(omop):
    snapshot, _ = omop

    assert rows(snapshot, "FROM condition SELECT code, source_code ORDER BY date") == [
        ("192671", "K92.2"),
        (None, "local"),
    ]
    events = "FROM events SELECT count(*) WHERE \"table\" = 'condition'"
    assert rows(snapshot, events) == [(1,)]


def test_omop_concepts_have_labels_and_the_concept_right_above_them(omop):
    snapshot, _ = omop

    found = rows(snapshot, "FROM code SELECT code, label_en, parent ORDER BY ALL")
    assert found == [
        ("192671", "Gastrointestinal hemorrhage", None),
        ("192671", None, "4000609"),
        ("4329847", "Myocardial infarction", None),
    ]
    (code,) = snapshot.catalogue.search("gastro")
    assert code.label_en == "Gastrointestinal hemorrhage"


def test_omop_lacking_a_needed_column_is_refused_by_name(tmp_path):

    files = OMOP | {"condition_occurrence": "person_id,condition_start_date\n"}

    with pytest.raises(InputError, match="condition_concept_id in table condition_occ"):
        load(tmp_path, "omop", files)


def test_nafld_persons(nafld):
    snapshot, found = nafld

    assert found == [("diagnosis", "missing_date", 1)]
    persons = rows(
        snapshot,
        "FROM person SELECT sex, birth_date, entry_date, follow_up_end, death_date,"
        " age, weight, height, bmi ORDER BY age",
    )
    origin = date(2000, 1, 1)
    assert persons == [
        (
            "female",
            date(1942, 7, 1),
            origin,
            date(2017, 2, 21),
            None,
            57,
            60,
            163,
            22.7,
        ),
        (
            *("male", date(1932, 7, 1), origin, date(2001, 9, 16), date(2001, 9, 16)),
            *(67, None, None, None),
        ),
    ]


def test_nafld_cases_are_persons_and_never_to_be_delivered(nafld):
    snapshot, _ = nafld

    same = "FROM person SELECT sex, matched_case = person ORDER BY sex"
    assert rows(snapshot, same) == [("female", False), ("male", True)]
    case = snapshot.catalogue.variable("person.matched_case")
    assert (case.type, case.sensitivity) == ("person", "direct_identifier")


def test_nafld_events(nafld):
    snapshot, _ = nafld

    found = rows(
        snapshot,
        "FROM events SELECT code_system, code, date, value, unit ORDER BY date, code",
    )
    assert found == [
        ("nafld-event", "htn", date(1996, 6, 23), None, None),
        ("nafld-test", "hdl", date(1998, 9, 29), 75.0, "mg/dL"),
        ("nafld-test", "fib4", date(2000, 1, 1), 2.7, None),
        ("nafld-event", "nafld", date(2000, 1, 1), None, None),
        ("nafld-test", "sbp", date(2000, 7, 2), 120.0, "mm Hg"),
    ]


def test_nafld_codes_are_explained_in_two_languages(nafld):
    snapshot, _ = nafld

    found = snapshot.catalogue.search("ikke-alkoholisk fedtlever")

    assert [each.code for each in found] == ["nafld"]
    assert all(each.label_en and each.label_da for each in snapshot.catalogue.codes)
