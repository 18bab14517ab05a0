"""A file that is not the dataset its codebook describes is refused whole."""

import json

import pytest

from enclave.errors import InputError
from enclave.returns.codebook import read_codebook
from enclave.returns.dataset import read_dataset


@pytest.fixture
def described(good, tmp_path):
    path = tmp_path / "codebook.json"
    path.write_text(json.dumps(good[0]))
    return read_codebook(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no rows"),
        (b"patient,transplant,age,bmi,organ,infection\n", "no rows"),
        (b"patient,transplant,age,bmi,organ,infection\n1,2\n", "first is row 2"),
        (b"patient,transplant,age,bmi,organ\n1,2,3,4,5\n", "without the columns"),
        (b"patient,age,transplant,bmi,organ,infection\n1,2,3,4,5,6\n", "another order"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_what_does_not_fit_is_refused(described, tmp_path, content, said):
    path = tmp_path / "data.csv"
    path.write_bytes(content)

    with pytest.raises(InputError, match=said):
        read_dataset(path, described)


def test_an_unknown_column_is_named_by_its_place_alone(described, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(
        "patient,transplant,age,bmi,organ,infection,0102031234\n1,2,3,4,5,6,7"
    )

    with pytest.raises(InputError, match="does not describe column 7") as refusal:
        read_dataset(path, described)
    assert "0102031234" not in str(refusal.value)


def test_what_looks_like_nothing_stays_text(described, tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("patient,transplant,age,bmi,organ,infection\n01,NaN,NULL,NA,,0\n")

    read = read_dataset(path, described)

    assert read.cells.iloc[0].tolist() == ["01", "NaN", "NULL", "NA", "", "0"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "nothing"}, "none of its columns"),
        ({"colour": "red"}, "colour"),
        ({"columns": []}, "columns"),
    ],
)
def test_an_incomplete_codebook_is_refused(good, tmp_path, change, said):
    path = tmp_path / "codebook.json"
    path.write_text(json.dumps(good[0] | change))

    with pytest.raises(InputError, match=said):
        read_codebook(path)


@pytest.mark.parametrize("lost", ["unit", "minimum"])
def test_a_number_needs_unit_and_limits(good, tmp_path, lost):
    del good[0]["columns"][2][lost]
    path = tmp_path / "codebook.json"
    path.write_text(json.dumps(good[0]))

    with pytest.raises(InputError, match="a number needs unit"):
        read_codebook(path)


def test_a_file_that_is_not_there_is_named(tmp_path, described):
    with pytest.raises(InputError, match=r"nothing\.csv cannot be read"):
        read_dataset(tmp_path / "nothing.csv", described)
    with pytest.raises(InputError, match=r"nothing\.json cannot be read"):
        read_codebook(tmp_path / "nothing.json")
