"""What goes through a conversion comes out as it was, from every format."""

import tempfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from enclave.airlock.typed_values import typed
from enclave.projects.forms.own_data import OwnColumn
from tests.builders.uploads import WRITERS, converted


FAST = (Phase.explicit, Phase.generate)
# Blanks at an end are filling in SAS; control characters are no letters in XML.
LETTERS = st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
ANY_TEXT = st.text(LETTERS, min_size=1, max_size=40).map(str.strip).filter(bool)
# A workbook takes these for formulas and errors; everywhere else they are letters.
SPREADSHEETS_TAKE = {"xlsx": "=#"}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
# Whole numbers of SAS, Stata and SPSS are doubles.
WHOLE = {"parquet": 2**63 - 1, "csv": 2**63 - 1, "xlsx": 10**15}
DOUBLES = 2**53
SINCE = {"xlsx": date(1900, 3, 1)}
# What writes workbooks here writes 16 digits.
SHORT = st.floats(-1e308, 1e308).map(lambda x: float(f"{x:.15g}"))
# Stata and SPSS keep the largest doubles for missing values.
STATA = st.floats(-8e307, 8e307)
# An IBM number has another range, and is exact to 53 bits within it.
IBM = st.floats(min_value=-1e70, max_value=1e70).filter(
    lambda x: x == 0 or abs(x) > 1e-70
)
ALL = {
    "a": "text",
    "b": "integer",
    "c": "number",
    "d": "date",
    "e": "text",
}


def _values(kind: str):
    taken = SPREADSHEETS_TAKE.get(kind, "")
    text = ANY_TEXT.filter(lambda one: one[0] not in taken)
    most = WHOLE.get(kind, DOUBLES)
    days = st.dates(SINCE.get(kind, date(1582, 10, 15)), date(9999, 12, 31))
    return {
        "a": st.text("0123456789", min_size=1, max_size=30),
        "b": st.integers(-most, most),
        "c": {"xpt": IBM, "dta": STATA, "sav": STATA, "xlsx": SHORT}.get(kind, NUMBERS),
        "d": days,
        "e": text,
    }


@pytest.mark.parametrize("kind", WRITERS)
@settings(deadline=None, max_examples=8, phases=FAST)
@given(data=st.data())
def test_every_value_is_the_same_afterwards(kind, data):
    rows = data.draw(st.integers(1, 4))
    column = {
        name: data.draw(st.lists(st.none() | one, min_size=rows, max_size=rows))
        for name, one in _values(kind).items()
    }
    # A format needs one value to tell the type of a column by.
    first = {"a": "007", "b": 1, "c": 0.5, "d": date(1931, 5, 9), "e": "æøå"}
    if kind not in SPREADSHEETS_TAKE:
        first["e"] = "#æøå"
    # Empty rows at the end of a sheet are none: so nothing is empty there.
    columns = {
        name: [first[name], *values, first[name]] for name, values in column.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        WRITERS[kind](columns, Path(folder, "upload"))
        said, table = converted(Path(folder, "upload"))
        assert table is not None, said
        for name, word in ALL.items():
            described = OwnColumn(name=name, label=name, type=word)
            found = typed(table.column(name), described).to_pylist()
            assert found == columns[name], (kind, name)


@settings(deadline=None, max_examples=10, phases=FAST)
@given(st.lists(st.none() | st.text(LETTERS | st.just("\n"), max_size=9), min_size=1))
def test_an_empty_text_and_none_are_two_things_in_parquet(texts):
    with tempfile.TemporaryDirectory() as folder:
        columns = {"a": ["x", *texts], "b": [1, *[None] * len(texts)]}
        WRITERS["parquet"](columns, Path(folder, "upload"))
        _, table = converted(Path(folder, "upload"))
        assert table is not None
        assert table.column("a").to_pylist() == columns["a"]


@settings(deadline=None, max_examples=10, phases=FAST)
@given(st.lists(st.datetimes(), min_size=1))
def test_a_moment_is_exact_to_the_microsecond(moments):
    with tempfile.TemporaryDirectory() as folder:
        columns = {"a": moments, "b": [1] * len(moments)}
        WRITERS["parquet"](columns, Path(folder, "upload"))
        _, table = converted(Path(folder, "upload"))
        assert table is not None
        written = table.column("a").to_pylist()
        assert [datetime.fromisoformat(one) for one in written] == moments
