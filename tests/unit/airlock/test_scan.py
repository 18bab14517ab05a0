"""What a scan of own data finds, and what it lets pass."""

import base64
import gzip
import html
import urllib.parse
import zlib

import numpy as np
import pyarrow as pa
import pytest

from enclave.airlock.disguises import holds_cpr, nine_digits
from enclave.airlock.scan import scan
from enclave.airlock.typed_values import typed
from enclave.errors import InputError
from tests.builders.cpr_hospital import CPR
from tests.builders.own_data import form, table, write


NUMBER = "0102709981"
DASHED = "010270-9981"
FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in NUMBER)
ARABIC = "".join(chr(ord(digit) - ord("0") + 0x660) for digit in NUMBER)
BYTES = NUMBER.encode()

DISGUISES = {
    "as it is": NUMBER,
    "with a hyphen": DASHED,
    "with a blank": "010270 9981",
    "in a sentence": f"see {DASHED}, please",
    "as a float": f"{NUMBER}.0",
    "letter by letter": " ".join(NUMBER),
    "with dots": "01.02.70.9981",
    "with slashes": "01/02/70-9981",
    "in full-width digits": FULL_WIDTH,
    "in Arabic digits": ARABIC,
    "with letters of no width": "\u200b".join(NUMBER),
    "with soft hyphens": "0102\u00ad709981",
    "backwards": NUMBER[::-1],
    "in base64": base64.b64encode(BYTES).decode(),
    "in base64 for URLs": base64.urlsafe_b64encode(b"id:" + BYTES).decode(),
    "in base64 without its end": base64.b64encode(BYTES).decode().rstrip("="),
    "in base64 twice": base64.b64encode(base64.b64encode(BYTES)).decode(),
    "in hexadecimal": BYTES.hex(),
    "in gzip": base64.b64encode(gzip.compress(BYTES)).decode(),
    "in zlib": base64.b64encode(zlib.compress(BYTES)).decode(),
    "in zlib and hexadecimal": zlib.compress(BYTES).hex(),
    "in a URL": urllib.parse.quote("010270-9981 ", safe="") + "%31",
    "in URL letters": "".join(f"%{ord(digit):02x}" for digit in DASHED),
    "in HTML": "".join(f"&#{ord(digit)};" for digit in DASHED),
    "in JSON": "".join(f"\\u{ord(digit):04x}" for digit in DASHED),
    "with the day moved": "610270-9981",
    "a national replacement": "020329-1WQ3",
    "a local replacement": "2804560PJ2",
    "in HTML in base64": base64.b64encode(html.escape(f"<{DASHED}>").encode()).decode(),
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_cpr_number_is_seen_through_every_disguise(disguise):
    assert holds_cpr(DISGUISES[disguise])[0]


@pytest.mark.parametrize(
    "text",
    [
        "", "A41.9", "NPU19748", "2015-06-20", "3102701234", "12345", "99999999999",
        "1.5e-10", "urinary tract infection", "2026-11-27T04:11:12", "P-2025-1234",
        "550e8400-e29b-41d4-a716-446655440000", "13014100000123456789",
    ],
)  # fmt: skip
def test_what_is_none_is_let_pass(text):
    assert not holds_cpr(text)[0]


INNOCENT_ROWS = {
    "decimals that are a number backwards": "0.1899072010",
    "a row of a model": "age 0.10270 0.998 12.3",
    "figures between two lines": "01 02.70 99 81",
    "persons at risk": "12 10 08 07 05 03",
    "points of a drawing": "301.02 70.99 m 81.5 l",
    "figures that go on": "0 1 0 2 7 0 9 9 8 1 4",
    "figures that go on further apart": "01  02  85  10  05  99",
    "decimals and counts": "age 0.010285 10 05 and 0.010285 1005",
    "decimals and counts backwards": "5001  58.2010 and 5001 58.20",
    "an amount and a count": "0102.85  1005",
    "a count and an amount backwards": "5001.58  2010",
    "levels of a factor in R": "1 1 1 1 1 1 1 1 1 1 ...",
}


@pytest.mark.parametrize("row", INNOCENT_ROWS)
def test_rows_of_figures_are_no_number_with_signs_in_between(row):
    assert holds_cpr(INNOCENT_ROWS[row]) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "01 02 70 99 81",
        "010270 - 9981",
        "010270/9981",
        "01.02.70  9981",
        "0-1-0-2-7-0-9-9-8-1",
    ],
)
def test_signs_where_people_write_them_hide_nothing(text):
    assert holds_cpr(text)[0]


WITH_MUCH_AROUND = [
    "010285  1005", "010285. 1005", "010285--1005", "010285 10 05", "010285-10-05",
    "01.02.85-10 05", "0102 85 1005", "0102 851005", "01/02 85 1005",
    "01.02.85-1005 41 år", "2 01.02.85-1005", "2.01.02.85-1005", "1.010285-1005",
    "stue 4 01.02.85 1005", "7|01.02.85-1005|44", "7|010285|1005|44",
    "7|01.02.85-1005|44 8|03.04.60-1234|45", "01.02.85-1005 ...", "01.02.85-1005...",
    "0 1 0 2 8 5 - 1 0 0 5", "01 02 85 - 10 05", "4.5001582010", "4. 5001-582010",
    "990199 0102 85 1005",
]  # fmt: skip


@pytest.mark.parametrize("text", WITH_MUCH_AROUND)
def test_what_stands_beside_a_number_or_in_it_hides_nothing(text):
    assert holds_cpr(text) == (True, True)


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("stue 4 01.02.85-1006", True),
        ("010285/1006 4", True),
        ("010285  1006", False),
        ("0102 85 1006", False),
        ("2 01 02 85 1006", False),
    ],
)
def test_without_a_control_digit_it_is_sure_where_nothing_else_looks_so(text, sure):
    assert holds_cpr(text) == (True, sure)


def test_a_thousand_random_figures_are_no_list_of_persons():
    figures = np.random.default_rng(5).random((1_000, 5)) * 100
    rows = ["  ".join(f"{one:.3f}" for one in row) for row in figures]
    rows += [f"{one:.10f}" for one in figures[:, 0] / 100]

    assert [row for row in rows if holds_cpr(row)[1]] == []


@pytest.mark.parametrize("text", ["102709981", "102709981.0"])
def test_a_lost_leading_zero_is_noticed(text):
    assert nine_digits(text)
    assert not nine_digits("999999999")


def found(tmp_path, **columns):
    """Scan a table whose first column is a key that is nobody's number."""
    rows = len(next(iter(columns.values())))
    columns = {"sample": [f"S{row}" for row in range(rows)], **columns}
    path = write(tmp_path / "own.csv", columns)
    described = form(
        columns=[
            {"name": "sample", "label": "Sample", "type": "text", "use": "other_key"},
            *(
                {"name": name, "label": name, "type": "text"}
                for name in columns
                if name != "sample" and not name.endswith(".missing")
            ),
        ]
    )
    return scan(table(path), described)


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_column_with_a_disguised_number_is_refused(tmp_path, disguise):
    findings = found(tmp_path, note=["x", "y", DISGUISES[disguise], "z"] * 3)

    assert [one.column for one in findings if one.blocks] == ["note"]
    assert all(DISGUISES[disguise] not in one.spoken() for one in findings)
    assert findings[0].examples == (3,)


REFUSED = {
    "name": ["Mette Nielsen", "Hansen, Peter", "Dr. Lars Sørensen"],
    "names": ["Mette", "Peter", "Lars"],
    "address": ["Blegdamsvej 9", "2100 København", "Store Kongensgade 3 B"],
    "e-mail address": ["mette@region.example", "p.h@x.dk", "a@b.example"],
    "telephone number": ["+45 12 34 56 78", "004512345678", "+4512345678"],
    "coordinates": ["55.6961, 12.5667", "POINT(12.5 55.6)", "12.566712;55.696123"],
    "image": ["data:image/png;base64,AAAA", "iVBORw0KGgoAAAANSUhEUgAA", "/9j/4AAQSkZJ"],
    "free text": ["patienten har det godt og " * 9] * 3,
    "link": ["https://x.example/1", "www.example.org", "http://y.example"],
}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_tells_who_somebody_is_is_refused(tmp_path, rule):
    findings = found(tmp_path, note=REFUSED[rule])

    assert (rule, 3) in [(one.rule, one.rows) for one in findings if one.blocks]


def test_a_number_cut_in_two_columns_is_refused(tmp_path):
    born = ["010270", "02-02-1970", "1970-02-03", "030270"]

    (finding,) = found(tmp_path, born=born, last=["9981", "9980", "9988", "9981"])

    assert (finding.column, finding.rule) == ("born + last", "a CPR number cut in two")


def test_a_number_cut_in_two_is_refused_whatever_stands_first(tmp_path):
    blank = [f"K{row}" for row in range(250)]
    born = [f"{1 + row % 28:02d}{1 + row // 28 % 12:02d}70" for row in range(3000)]
    last = [str(1000 + row) for row in range(3000)]

    findings = found(tmp_path, born=blank + born, last=["x"] * 250 + last)

    assert ("born + last", "a CPR number cut in two") in [
        (one.column, one.rule) for one in findings
    ]


def test_a_date_beside_four_digits_that_are_none_is_let_pass(tmp_path):
    days = [f"19{year}-05-0{day}" for year in (70, 80, 90) for day in (1, 2, 3)]

    assert found(tmp_path, day=days, ward=["5123", "6001", "7123"] * 3) == []


def test_a_place_in_two_columns_is_refused(tmp_path):
    (finding,) = found(
        tmp_path,
        a=["55.69612", "56.12345", "57.00123"],
        b=["12.5667", "10.2012", "9.912"],
    )

    assert (finding.column, finding.rule) == ("a + b", "coordinates")


def test_clean_columns_pass(tmp_path):
    assert found(
        tmp_path,
        code=["DA419", "DB200", "DL409"],
        value=["1.5", "2", ""],
        text=["mild", "severe", "ukendt"],
        town_code=["101", "147", "751"],
    ) == []  # fmt: skip


def test_one_bare_hit_is_shown_and_three_block(tmp_path):
    bare = "0102701234"  # fails modulus 11

    (one,) = found(tmp_path, sample_no=[bare, "5", "6"])
    (three,) = found(tmp_path, sample_no=[bare, "0202701234", "0302701234"])
    (named,) = found(tmp_path, cpr_nr=[bare, "5", "6"])

    assert (one.blocks, three.blocks, named.blocks) == (False, True, True)


def test_columns_that_are_not_as_described_are_named(tmp_path):
    path = write(tmp_path / "own.csv", {"sample": ["1"], "extra": ["2"]})

    (finding,) = scan(table(path), form())

    assert "not described: ['extra']" in finding.rule
    assert finding.blocks


def test_values_of_another_type_are_refused(tmp_path):
    columns = [
        {"name": "sample", "label": "x", "type": "text", "use": "other_key"},
        {"name": "value", "label": "x", "type": "number"},
    ]
    path = write(tmp_path / "own.csv", {"sample": ["a", "b"], "value": ["1.5", "1,5"]})

    (finding,) = scan(table(path), form(columns=columns))

    assert (
        finding.spoken() == "value: not of the described type number, 1 rows (row 2 …)"
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", "1_234"), ("integer", " 5"), ("number", " 5.5"),
        ("number", "1_0.5"), ("date", "20240131"), ("date", "2024-W05-3"),
        ("boolean", "yes"),
    ],
)  # fmt: skip
def test_what_cannot_be_loaded_is_refused_without_its_value(tmp_path, kind, value):
    columns = [
        {"name": "sample", "label": "x", "type": "text", "use": "other_key"},
        {"name": "value", "label": "x", "type": kind},
    ]
    described = form(columns=columns)
    path = write(tmp_path / "own.csv", {"sample": ["a"], "value": [value]})

    (finding,) = scan(table(path), described)
    with pytest.raises(InputError, match="Column value has") as refused:
        typed(pa.chunked_array([[value]], pa.string()), described.columns[1])

    assert finding.rule == f"not of the described type {kind}"
    assert value not in str(refused.value)
    assert refused.value.__suppress_context__  # no traceback quotes it either


@pytest.mark.parametrize(
    "text", ["=1+1", "@SUM(A1)", "\t=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0"]
)
def test_what_a_spreadsheet_takes_for_a_formula_is_refused(tmp_path, text):
    findings = found(tmp_path, note=["x", text, "y"])

    assert [(one.rule, one.examples) for one in findings if one.blocks] == [
        ("text that a spreadsheet takes for a formula", (2,))
    ]
    assert found(tmp_path, note=["-", "+", "-5", "+ pos"]) == []


def test_why_values_are_missing_may_stand_beside_them(tmp_path):
    def beside(*kinds: str):
        return found(tmp_path, note=["5", "", ""], **{"note.missing": list(kinds)})

    assert [(one.column, one.rows, one.blocks) for one in beside("", "a", "_")] == [
        ("note.missing", 2, False)
    ]
    for kinds in (("", "0102709981", ""), ("a", "", "")):
        assert [one.rows for one in beside(*kinds) if one.blocks] == [1]


def test_what_a_file_calls_otherwise_is_shown(tmp_path):
    path = write(tmp_path / "own.csv", {"sample": ["a"], "value": ["7"]})
    columns = [
        {"name": "sample", "label": "x", "type": "text", "use": "other_key"},
        {"name": "value", "label": "x", "type": "number"},
    ]
    described = form(columns=columns)

    assert scan(table(path), described, {"sample": "text", "value": "integer"}) == []
    (one,) = scan(table(path), described, {"sample": "", "value": "text"})

    assert (one.rule, one.blocks) == (
        "text in the file, and number in the description",
        False,
    )


def test_a_line_of_values_where_names_should_be_is_not_shown(tmp_path):
    first = [CPR[0], "Mette", "Nielsen, Mette", f"k{CPR[1]}", "value"]
    path = write(tmp_path / "own.csv", {name: ["1"] for name in first})

    (finding,) = scan(table(path), form())

    assert "not described: ['…', '…', '…', '…']" in finding.rule
