"""The project's data in the Python kernel, in every form an analysis may want."""

import json

import pytest

from enclave.projects.forms import Format
from tests.builders.small_delivery import a_delivery


pytestmark = pytest.mark.sandbox


@pytest.fixture
def run(execute, executed, data):
    a_delivery(data)
    a_delivery(data / "csv", formats=(Format.CSV,))
    a_delivery(data / "stata", formats=(Format.STATA,))

    def shown(*cells) -> list[str]:
        shown.record = execute(*cells)
        assert shown.record.completed, shown.record
        return executed()

    return shown


def test_a_delivery_opens_by_one_line_in_every_form(run, tmp_path):
    shown = run(
        "from enclave_kernels import project\nproject",
        "project.lab",
        "frame = project.lab.pandas()\nprint(frame.date[0], frame.day.dtype.kind,"
        " frame.value[0] == 0.1 + 0.2, frame.date[2], frame.pseudonym.isna().sum())",
        "print(project['lab'].polars('code', where='value < 0').rows())",
        "print(project.lab.arrow('day').schema)",
        "print(project.lab.duckdb().aggregate('count(*)').fetchall())",
        "print(project.sql('FROM person JOIN lab USING (pseudonym)').shape)",
        "print(project.units, project.lab.units, len(project.lab))",
        "print(project.dictionary.loc[('lab', 'code'), 'codes'],"
        " project.lab.dictionary.label['day'], project.manifest['grant'])",
        "print(project.receipt, list(project), 'lab' in project)",
        "from enclave_kernels import Project; text = Project('/project/data/csv')\n"
        "print(project.lab.head(1).shape,"
        " text.lab.arrow().equals(project.lab.arrow()))",
    )

    assert shown[0].startswith("hiv-lipids: delivery 3 of grant G7-1, 2 persons")
    assert "small            int32     Doses [mg]" in shown[1]
    assert shown[2] == "2020-02-29 13:05:01 M True 1899-01-01 00:00:00 1\n"
    assert shown[3] == "[('CD4',)]\n"
    assert shown[4].startswith("day: date32[day]")
    assert shown[5] == "[(4,)]\n"
    assert shown[6] == "(3, 10)\n"
    assert "{'lab.small': 'mg'} {'small': 'mg'} 4" in shown[7]
    assert shown[8] == "NPU Day (to the month) G7-1\n"
    assert "2 personer" in shown[9]
    assert "['person', 'lab'] True" in shown[9]
    assert shown[10] == "(1, 9) True\n"
    page = json.loads((tmp_path / "out" / "executed.ipynb").read_text())
    html = "".join(page["cells"][1]["outputs"][0]["data"]["text/html"])
    assert "Laboratory &lt;results&gt;" in html


def test_units_by_code_stand_in_the_data(run):
    shown = run(
        "from enclave_kernels import project",
        "print(project.lab.units_by_code().to_dict('records'))",
        "print(project.lab.duckdb('code').filter('true').limit(1).fetchall())\n"
        "print(project.sql(\"FROM lab SELECT count(*) WHERE day > '2000-01-01'\"))",
    )

    assert "{'code': 'NPU02902', 'unit': '10^9/L', 'rows': 2}" in shown[1]
    # A condition reads its column; nothing of the other table was looked at.
    assert run.record.readings == ("lab.code", "lab.day", "lab.unit")


def test_names_complete_and_mistakes_are_said_in_one_sentence(run):
    attempts = {
        "project.labs": "No table labs was delivered. Did you mean lab?"
        " Delivered are: person, lab.",
        "project['laboratory']": "No table laboratory was delivered.",
        "project.lab.pandas('cod')": "The table lab has no column cod.",
        "Project('/project/data/stata').lab.pandas()": "The table lab was delivered as",
        "Project('/project/work')": "Nothing was delivered to /project/work yet.",
    }
    tried = [
        f"try:\n    {code}\nexcept Exception as error:\n    print(error)"
        for code in attempts
    ]

    _, completed, *shown = run(
        "from enclave_kernels import project, Project",
        "import warnings; warnings.simplefilter('ignore')\n"
        "print('lab' in dir(project), project._ipython_key_completions_(),"
        " [c.text for c in get_ipython().Completer.completions('project.la', 10)])",
        *tried,
    )

    assert completed == "True ['person', 'lab'] ['lab']\n"
    for said, expected in zip(shown, attempts.values(), strict=True):
        assert said.startswith(expected)


def test_the_kernel_holds_what_analyses_need(run):
    shown = run(
        "import acro, duckdb, lifelines, matplotlib, pandas, plotly, polars, pyarrow",
        "import sklearn, statsmodels.api, tableone, tqdm",
        "from importlib.metadata import version\n"
        "print(version('acro'), version('pandas'))",
        "import logging; logging.disable(); session = acro.ACRO(suppress=False)\n"
        "frame = pandas.DataFrame({'sex': ['a', 'b'] * 50, 'ill': [0, 0, 1, 1] * 25})\n"
        "print(int(session.crosstab(frame.sex, frame.ill).to_numpy().sum()))",
    )

    assert shown[2] == "1.0.2 2.3.3\n"
    assert shown[3].endswith("100\n")
