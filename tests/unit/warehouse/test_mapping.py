from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from enclave.errors import InputError, NotFoundError
from enclave.warehouse.mapping import Mapping, shipped
from tests.builders.source_tables import (
    CODE,
    DATE,
    PERSON,
    PERSON_COLUMNS,
    build_mapping,
    column,
    mapping_document,
    table,
)


@pytest.mark.parametrize("name", shipped())
def test_shipped_mappings_are_valid(name):
    mapping = Mapping.load(name)

    assert mapping.name == name
    labels = [each.label for part in mapping.tables for each in part.columns]
    assert all(label.en and label.da for label in labels)


def test_three_mappings_are_shipped():
    assert shipped() == ["nafld", "omop", "synthetic"]


def test_unknown_name_lists_what_there_is():
    with pytest.raises(NotFoundError, match="nafld, omop, synthetic"):
        Mapping.load("nafdl")


def test_mapping_of_ones_own_is_read_by_its_path(tmp_path: Path):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(mapping_document()))

    assert Mapping.load(str(path)) == build_mapping()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [", "cannot be read as YAML"),
        ("name: x", "version"),
        (yaml.safe_dump(mapping_document(surprise=1)), "surprise"),
    ],
)
def test_file_that_is_no_mapping_is_refused_with_the_place(tmp_path, text, place):
    path = tmp_path / "own.yaml"
    path.write_text(text)

    with pytest.raises(InputError, match=place):
        Mapping.load(str(path))


def with_person(*columns):
    return mapping_document(person=list(columns))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (with_person(*PERSON_COLUMNS[:3]), "no column has the role death_date"),
        (with_person(*PERSON_COLUMNS, column("sex", "x")), "sex is given twice"),
        (with_person(*PERSON_COLUMNS, column("s", "x", role="sex")), "given twice"),
        (mapping_document(lab=[PERSON, CODE]), "needs a date"),
        (mapping_document(lab=[DATE, CODE]), "no column has the role person"),
        (
            mapping_document(lab=[column("pid", "id", role="person"), DATE]),
            "is called person",
        ),
        (mapping_document(lab=[PERSON, DATE, column("x")]), "source or a derivation"),
        (
            mapping_document(more=[table("person", "again", PERSON_COLUMNS)]),
            "exactly one table of persons",
        ),
        (
            mapping_document(more=[table("staff", "p", PERSON_COLUMNS, kind="person")]),
            "is called person",
        ),
        (
            mapping_document(
                more=[table("lab", "lab2", [PERSON, DATE, column("value", "v")])]
            ),
            "disagree on value",
        ),
        (
            mapping_document(
                more=[table("code", "c", [column("price", "p")], kind="reference")]
            ),
            "only the columns",
        ),
        (
            with_person(
                *PERSON_COLUMNS[:3],
                column(
                    "death_date",
                    role="death_date",
                    type="date",
                    derive={"kind": "first_of", "table": "deaths", "variable": "date"},
                ),
            ),
            "deaths is no event table",
        ),
        (
            with_person(PERSON, column("sex", "s", role="sex", recode={True: "male"})),
            "in quotes",
        ),
    ],
)
def test_mapping_that_contradicts_itself_is_refused(document, reason):
    with pytest.raises(ValidationError, match=reason):
        Mapping.model_validate(document)


@pytest.mark.parametrize(
    "derivation",
    [
        {"kind": "sql", "expression": "1; DROP TABLE person"},
        {"kind": "days_after", "origin": "2000-01-01"},
        {"kind": "constant", "value": "x", "more": 1},
    ],
)
def test_derivations_are_a_closed_list(derivation):
    with pytest.raises(ValidationError):
        build_mapping(lab=[PERSON, DATE, column("x", derive=derivation)])


def test_yaml_numbers_in_a_recoding_count_as_text():
    columns = [column("sex", "s", role="sex", recode={1: "male", 0: "female"})]

    mapping = build_mapping(person=[PERSON_COLUMNS[0], *columns, *PERSON_COLUMNS[2:]])

    assert mapping.person.columns[1].recode == {"1": "male", "0": "female"}


def test_digest_changes_with_the_meaning():
    assert build_mapping().digest == build_mapping().digest
    assert build_mapping().digest != build_mapping(missing=["", "NA"]).digest


def test_parts_of_one_table_share_their_columns():
    later = table("lab", "lab2", [PERSON, DATE, column("method", "m")])

    mapping = build_mapping(more=[later])

    names = [each.name for each in mapping.columns("lab")]
    assert names == ["person", "date", "code", "value", "unit", "method"]
    assert len(mapping.parts("lab")) == 2


def test_direct_identifiers_are_not_stored_but_persons_are():
    name = column("name", "name", sensitivity="direct_identifier")
    other = column("mother", "m", type="person", sensitivity="direct_identifier")

    columns = build_mapping(person=[*PERSON_COLUMNS, name, other]).person.columns

    stored = [each.name for each in columns if each.stored]
    assert stored == ["person", "sex", "birth_date", "death_date", "mother"]
