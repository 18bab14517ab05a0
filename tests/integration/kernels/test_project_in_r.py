"""The project's data in the R kernel: closed off, and exact to the last bit."""

import pytest

from enclave.archive.run_record import Cause, Status
from enclave.projects.forms import Format
from enclave.sandbox.released_kernels import release
from tests.builders.small_delivery import a_delivery


R = "r-2026.12"

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def _r_is_installed(settings, data):
    if not release(R).is_installed(settings):
        pytest.skip("no R here: enclave kernels install r-2026.12")
    a_delivery(data)
    a_delivery(data / "csv", formats=(Format.CSV,))


@pytest.fixture
def run(execute, executed):
    def shown(*cells, **how) -> list[str]:
        shown.record = execute(*cells, kernel=R, **how)
        assert shown.record.completed, shown.record
        return executed()

    return shown


def test_tables_arrive_as_they_are(run):
    shown = run(
        "project <- enclave$project()\nproject",
        "project$lab |> str()",
        "lab <- project$lab\n"
        "cat(lab$value[1] == 0.1 + 0.2, lab$value[2] == 1e300, is.na(lab$value[3]))",
        "cat(format(lab$date, '%Y-%m-%d %H:%M:%S'))",
        "cat(format(lab$day), lab$visits[3] == 2^31 + 5)\n"
        "cat('', lab$unit[4], class(lab$small))",
        "cat(is.na(lab$pseudonym[4]), lab$ill, is.na(lab$visits[2]))",
        "project$read('lab', columns = c('code', 'value'), where = 'value < 0')",
        "project$sql('FROM lab SELECT code, count(*) AS n GROUP BY ALL ORDER BY 1')$n",
        "project$units; project$receipt(); cat(project$manifest$grant)",
        "cat(nrow(project$read('lab', where = 'value > 1e301')),"
        " identical(enclave$project('/project/data/csv')$lab, project$lab))",
    )

    assert "hiv-lipids: delivery 3 of grant G7-1, 2 persons" in shown[0]
    assert "'data.frame':\t4 obs. of  9 variables" in shown[1]
    assert shown[2] == "TRUE TRUE TRUE"
    assert shown[3] == "2020-02-29 13:05:01 NA 1899-01-01 00:00:00 2024-01-01 00:00:00"
    assert shown[4] == "2020-02-29 1969-12-31 NA 2024-01-01 TRUE µmol integer"
    assert shown[5] == "TRUE TRUE NA FALSE TRUE TRUE"
    assert "CD4" in shown[6]
    assert "-7.5" in shown[6]
    assert shown[7] == "[1] 1 2 1"
    assert "mg" in shown[8]
    assert "2 personer" in shown[8]
    assert shown[9] == "0 TRUE"
    assert {one.partition(".")[0] for one in run.record.readings} == {"lab"}
    assert "lab.value" in run.record.readings


MISTAKES = {
    "project$labs": "No table labs was delivered. Delivered are: person, lab.",
    "project$read('lab', columns = 'cod')": "No column of lab cod. There are:",
    "project$read('labs')": "No table labs. There are: person, lab.",
    "project$sql('FROM nowhere')": "nowhere",
    "project$sql('SELECT 9007199254740993 AS x')": "larger than R can keep exactly",
    "enclave$project('/project/work')": "Nothing was delivered to /project/work",
}


def test_a_mistake_is_said_in_one_sentence(run):
    attempts = [
        f"tryCatch({code}, error = function(e) cat(conditionMessage(e)))"
        for code in MISTAKES
    ]

    _, *shown = run("project <- enclave$project()", *attempts)

    for said, expected in zip(shown, MISTAKES.values(), strict=True):
        assert expected in said


def test_r_takes_parameters_and_fails_honestly(execute, executed):
    record = execute(
        ("share <- 0.5\nlabel <- 'x'", ["parameters"]),
        "cat(share * 2, label)",
        "stop('on purpose')",
        "cat('never')",
        kernel=R,
        parameters={"share": 4, "label": "æ\"'\n\\{x}"},
    )

    assert [cell.status for cell in record.cells] == [
        *[Status.COMPLETED] * 3,
        Status.FAILED,
        Status.PENDING,
    ]
    assert record.failure.cause is Cause.ERROR
    assert executed()[2] == "8 æ\"'\n\\{x}"
    assert record.software.python.startswith("4.2")
    assert record.software.packages["r-cran-survival"] == "3.5-3-1"
    assert record.software.packages["duckdb"] == "2.0.0"


def test_r_sees_nothing_but_its_project(run):
    (shown, *_) = run(
        "cat(file.exists('/server'), Sys.getenv('JUPYTERHUB_API_TOKEN') == '',"
        " length(list.files('/home')), inherits("
        "suppressWarnings(try(url('http://127.0.0.1:80', 'r'), silent = TRUE)),"
        " 'try-error'))"
    )

    assert shown == "FALSE TRUE 0 TRUE"
