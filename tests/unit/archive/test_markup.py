import pytest

from enclave.archive.comparison.markup import compare_markup, tables
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


COMPARER = TextComparer(Policy())
SAME, EQUAL, _, DIFFERS = list(Verdict)[:4]

FRAME = """
<div><style scoped>.dataframe td { vertical-align: top; }</style>
<table border="1" class="dataframe">
  <thead><tr style="text-align: right;"><th></th><th>n</th><th>mean</th></tr></thead>
  <tbody>
    <tr><th>women</th><td>120</td><td>54.25</td></tr>
    <tr><th>men</th><td>98</td><td>57.5</td></tr>
  </tbody>
</table></div>
"""


def _verdict(archived: str, rerun: str) -> Verdict:
    return compare_markup(COMPARER, archived, rerun).verdict


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("54.25", "54.25", SAME),
        ("<td>120</td>", "<td> 120\n</td>", SAME),  # a browser shows the same
        ("54.25", "54.250000000001", EQUAL),
        ("54.25", "54.26", DIFFERS),
        ("120", "121", DIFFERS),
        ("women", "females", DIFFERS),
        ("<td>98</td>", "<td><b>98</b></td>", DIFFERS),
        ('class="dataframe"', 'class="secret"', DIFFERS),
        ('class="dataframe"', 'name="dataframe"', DIFFERS),
        ("text-align: right", "text-align: left", DIFFERS),
    ],
)
def test_a_table_is_compared_cell_by_cell(old: str, new: str, verdict: Verdict):
    assert _verdict(FRAME, FRAME.replace(old, new)) is verdict


def test_a_changed_cell_is_named():
    finding = compare_markup(COMPARER, FRAME, FRAME.replace("57.5", "58.5"))

    (difference,) = finding.differences
    assert difference.where == "table 1, row 3, column 3"
    assert (difference.archived, difference.rerun) == ("57.5", "58.5")


def test_a_removed_row_is_another_structure():
    row = "    <tr><th>men</th><td>98</td><td>57.5</td></tr>\n"

    finding = compare_markup(COMPARER, FRAME, FRAME.replace(row, ""))

    assert finding.verdict is DIFFERS
    assert "structure" in finding.differences[0].reason


def test_reordered_rows_differ():
    one = "<tr><th>women</th><td>120</td><td>54.25</td></tr>"
    two = "<tr><th>men</th><td>98</td><td>57.5</td></tr>"
    swapped = FRAME.replace(one, "@").replace(two, one).replace("@", two)

    assert _verdict(FRAME, swapped) is DIFFERS


STYLED = """<style>#T_{id}_row0_col0 {{ color: {colour} }}</style>
<table id="T_{id}"><tr><td id="T_{id}_row0_col0" class="data">{value}</td></tr></table>
"""


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({"id": "0b9c1"}, SAME),
        ({"id": "0b9c1", "value": "1.6"}, DIFFERS),
        ({"id": "0b9c1", "colour": "blue"}, DIFFERS),
    ],
)
def test_ids_that_a_library_draws_are_noise(changed: dict[str, str], verdict: Verdict):
    first = {"id": "a1b2c", "colour": "red", "value": "1.5"}

    found = _verdict(STYLED.format(**first), STYLED.format(**(first | changed)))

    assert found is verdict


def test_an_id_in_the_text_is_no_noise():
    assert _verdict("<p>T_a1b2c</p>", "<p>T_0b9c1</p>") is DIFFERS


def test_svg_points_are_numbers():
    svg = (
        '<svg><clipPath id="p0123456789"/>'
        '<g clip-path="url(#p{i})"><path d="M 1.5 {y} L 3 4"/></g></svg>'
    )
    archived = svg.format(i="0123456789", y="2.25")

    assert _verdict(archived, svg.format(i="aa23456789", y="2.25")) is SAME
    assert _verdict(archived, svg.format(i="aa23456789", y="2.26")) is DIFFERS


@pytest.mark.parametrize("comment", ["<!-- {} -->", "<!DOCTYPE {}>", "<?pi {}?>"])
def test_what_a_browser_does_not_show_is_compared_as_well(comment: str):
    assert _verdict(comment.format("a"), comment.format("b")) is DIFFERS


def test_tables_are_extracted_as_text():
    assert tables(FRAME) == [
        [["", "n", "mean"], ["women", "120", "54.25"], ["men", "98", "57.5"]]
    ]


def test_a_table_inside_a_cell_and_unclosed_elements_are_survived():
    odd = "<table><tr><td>a<table><tr>b<td>c<br>d<table></table>"

    assert tables(odd)[0] == [["a"]]
    assert _verdict(odd, odd.replace("c", "e")) is DIFFERS


@pytest.mark.parametrize(
    "odd", ["<![foo[bar]]>", "<![x[", "<![ x", "<![foo[bar", "<![", "<!x", "<![CDATA["]
)
def test_no_output_keeps_its_verdict_from_being_given(odd: str):
    page = f"<table><tr><td>1{odd} <b>2</b></td></tr></table>"
    finished = f"<table><tr><td>1</td></tr></table> {odd}"

    for whole in (page, finished):
        assert _verdict(whole, whole.replace(">1", "> 1")) is SAME
        assert _verdict(whole, whole.replace(">1", ">7")) is DIFFERS
    assert tables(finished) == [[["1"]]]


def test_what_a_section_of_an_unknown_kind_holds_is_compared():
    assert _verdict("<p>n<![foo[1]]></p>", "<p>n<![foo[2]]></p>") is DIFFERS
