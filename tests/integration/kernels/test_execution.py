"""A notebook in the sandbox, from beginning to end, however it ends."""

import platform

import nbformat
import pytest

from enclave.archive.execution import Progress
from enclave.archive.execution_sandbox import DETERMINISTIC
from enclave.archive.run_record import Cause, RunRecord, Status
from enclave.errors import InputError, NotFoundError
from enclave.sandbox.released_kernels import DEFAULT
from enclave.settings import Settings


pytestmark = pytest.mark.sandbox

AWKWARD = "æ\"'\n#\\{x}"


def test_a_clean_run_is_told_whole(execute, executed, tmp_path):
    steps = []

    record = execute(
        ("share = 0.5\nlabel: str = 'x'", ["parameters"]),
        "import pandas as pd\npersons = pd.read_csv('/project/data/person.csv')",
        "print(persons.age.mean() * share, label)",
        ("raise ValueError('on purpose')", ["raises-exception"]),
        "open('figure.txt', 'w').write('the work folder takes files')",
        parameters={"share": 2, "label": AWKWARD},
        watch=steps.append,
    )

    assert record.completed
    assert record.failure is None
    assert [cell.status for cell in record.cells] == [Status.COMPLETED] * 6
    assert [cell.raised for cell in record.cells] == [None] * 4 + ["ValueError", None]
    assert all(cell.seconds >= 0 for cell in record.cells)
    assert record.injected == 1
    assert executed()[3] == f"100.0 {AWKWARD}\n"
    assert steps[:2] == [
        Progress(1, 6, Status.RUNNING),
        Progress(1, 6, Status.COMPLETED),
    ]
    assert steps[-1] == Progress(6, 6, Status.COMPLETED)
    kept = (tmp_path / "out" / "run.json").read_bytes()
    assert RunRecord.model_validate_json(kept) == record


def test_the_software_is_written_down(execute):
    software = execute("1").software

    assert software.kernel == DEFAULT
    assert software.python == platform.python_version()
    assert software.packages["pandas"] == "2.3.3"
    assert software.environment == DETERMINISTIC
    assert software.environment["LC_ALL"] == "C.UTF-8"
    assert software.environment["TZ"] == "UTC"


def test_two_runs_of_the_same_are_the_same(execute, executed):
    cells = (
        "import os, time; print(hash('a'), time.tzname, sorted(os.listdir()))",
        "import threadpoolctl, numpy; numpy.ones(3) @ numpy.ones(3)",
        "print({pool['num_threads'] for pool in threadpoolctl.threadpool_info()})",
        "open('left', 'w'); open(os.path.expanduser('~/left'), 'w'); 0",
    )
    execute(*cells)
    first = executed()

    execute(*cells)

    assert executed() == first
    assert first[0].endswith("('UTC', 'UTC') []\n")
    assert first[2] == "{1}\n"


@pytest.mark.parametrize(
    ("source", "cause", "error"),
    [
        ("open('/project/data/no.csv')", Cause.MISSING_DATA, "FileNotFoundError"),
        (
            "import socket; socket.create_connection(('1.1.1.1', 443))",
            Cause.NETWORK,
            "OSError",
        ),
        ("import os; os.kill(os.getpid(), 9)", Cause.DEAD_KERNEL, None),
        # A class that is called after a patient, as user code could.
        ("raise type('Anna0101901234', (Exception,), {})", Cause.ERROR, "Error"),
    ],
)
def test_a_failure_is_told_by_its_class_and_by_nothing_else(
    execute, source, cause, error, tmp_path
):
    record = execute("secret = 'Anna Andersen 010190-1234'", source, "print('not run')")

    assert not record.completed
    assert record.failure.cause is cause
    assert record.failure.error == error
    assert record.failed_cell == 2
    assert [cell.status for cell in record.cells] == [
        Status.COMPLETED,
        Status.FAILED,
        Status.PENDING,
    ]
    told = (tmp_path / "out" / "run.json").read_text()
    assert not any(word in told for word in ("Anna", "0101", "secret", "socket", "csv"))


def test_a_kernel_that_answers_nobody_is_ended_from_outside(execute):
    # It stops the run itself from ending in time: interrupts are refused.
    stubborn = (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "while True:\n    try: time.sleep(600)\n    except BaseException: pass"
    )

    record = execute(stubborn, seconds=12)

    assert record.failure.cause is Cause.TIMEOUT


def test_more_output_than_anybody_could_read_is_an_error(execute):
    record = execute(
        "import time\nfor _ in range(100): print('x' * 1_000_000); time.sleep(0.01)"
    )

    assert record.failure.cause is Cause.ERROR
    assert record.failure.error == "TooMuchOutput"


def test_an_older_notebook_takes_parameters_too(execute, executed):
    record = execute(
        ("n = 1", ["parameters"]), "print(n)", parameters={"n": 3}, minor=4
    )

    assert record.completed
    assert executed()[2] == "3\n"


@pytest.mark.parametrize(
    "parameters",
    [{"m": 1}, {"n; import os": 1}, {"n": float("nan")}, {"class": 1}, {"": 1}],
)
def test_parameters_that_are_not_declared_or_no_values_are_refused(execute, parameters):
    with pytest.raises(InputError, match="parameter"):
        execute(("n = 1", ["parameters"]), parameters=parameters)


def test_a_kernel_that_is_not_installed_is_not_found(execute, tmp_path):
    execute.settings = Settings.at(tmp_path / "elsewhere")

    with pytest.raises(NotFoundError, match="enclave kernels install"):
        execute("1")


def test_nothing_is_left_of_a_run_but_its_results(execute, tmp_path):
    execute("import ipywidgets; ipywidgets.IntSlider(value=7)")

    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {"executed.ipynb", "run.json"}
    node = nbformat.read(out / "executed.ipynb", as_version=4)
    (state,) = node.metadata.widgets.values()
    values = [model["state"].get("value") for model in state["state"].values()]
    assert 7 in values, "it is compared by what it shows"
    assert node.cells[0].outputs, "the widget was shown"
